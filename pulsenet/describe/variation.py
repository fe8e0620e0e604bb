"""The section of a run file on how devices differ: from the device described, from each other, from pulse to pulse."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from pulsenet.text.quantities import Duration
from pulsenet.describe.sections import Section

_Fraction = Annotated[float, Field(ge=0, le=1)]


class Variation(Section):
    """How devices differ from the device described, from each other, and from pulse to pulse. All 0: not at all.

    Draws depend on the seed, the device and the pulse alone: they are the same on every engine, however the run is cut,
    and after a resume.

    Parameters
    ----------
    dtod_G_min, dtod_G_max, dtod_step : float
        Device-to-device standard deviation, relative to the nominal value. The step is that of SET and of RESET, drawn
        apart: a device of a larger step needs fewer pulses for its range.
    dtod_nonlinearity : float
        Device-to-device standard deviation of the law's nonlinearity (its ``nonlinearity`` parameters: beta, k,
        steepness ...), in its own unit; SET and RESET drawn apart.
    distribution : str
        ``"gaussian"`` or ``"log-normal"`` (of the same relative deviation, with the nominal value as its median), of
        ``dtod_G_min``, ``dtod_G_max`` and ``dtod_step``.
    truncate : float
        No draw lies further out than so many standard deviations.
    correlation : float
        Between the properties of one device: 0 independent, 1 all from one draw.
    pair_correlation : float
        Between the two devices of a weight: 0 independent, 1 alike in all properties, as neighbours on a chip may be.
    ctoc_step : float
        Cycle-to-cycle standard deviation of a pulse's step, relative to the step.
    ctoc_range : float
        The same as a fraction of the device's range, whatever the step: the convention of NeuroSim.
    read_noise : float
        Standard deviation of a device's current, relative to it, from read pulse to read pulse.
    stuck_G_min, stuck_G_max, stuck_random : float
        Fractions of the devices that answer no pulse, and stay where the name says.
    drift_exponent : float
        Between programming pulses, a conductance falls towards 0 as (1 + t/drift_onset)^-drift_exponent.
    drift_onset : seconds
    drift_every : int
        Frames after which the drift is brought up to date: without error, however many, for a device that gets no pulse
        meanwhile; one that does forgets what it had drifted since. As fine as one frame, at the price of time.
    """

    dtod_G_min: _Fraction = 0.0
    dtod_G_max: _Fraction = 0.0
    dtod_step: float = Field(default=0.0, ge=0, le=3)
    dtod_nonlinearity: float = Field(default=0.0, ge=0, le=10)
    distribution: Literal["gaussian", "log-normal"] = "gaussian"
    truncate: float = Field(default=3.0, gt=0, le=6)
    correlation: _Fraction = 0.0
    pair_correlation: _Fraction = 0.0
    ctoc_step: float = Field(default=0.0, ge=0, le=10)
    ctoc_range: _Fraction = 0.0
    read_noise: float = Field(default=0.0, ge=0, le=10)
    stuck_G_min: _Fraction = 0.0
    stuck_G_max: _Fraction = 0.0
    stuck_random: _Fraction = 0.0
    drift_exponent: _Fraction = 0.0
    drift_onset: Duration = 1.0
    drift_every: int = Field(default=200, ge=1, le=1_000_000)

    @field_validator("drift_onset")
    @classmethod
    def _check_onset(cls, onset):
        if not 1e-12 <= onset <= 1e9:
            raise ValueError(f"{onset:g} s: drift sets in after 1 ps to 1e9 s")
        return onset

    @model_validator(mode="after")
    def _check_stuck(self):
        if self.stuck > 1:
            raise ValueError(f"stuck_G_min + stuck_G_max + stuck_random = {self.stuck:g}: must not be above 1")
        return self

    @property
    def stuck(self) -> float:
        """Fraction of all devices that answer no pulse."""
        return self.stuck_G_min + self.stuck_G_max + self.stuck_random
