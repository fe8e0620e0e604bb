"""Drift: between programming pulses, a conductance falls towards 0 as a power law of the time since the last one.

Source: the power law in time of phase-change memories; an onset that keeps it finite at t = 0: this project.
"""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator

from pulsenet.seams.effects.base import Effect
from pulsenet.seams.setting import Setting
from pulsenet.text.quantities import Duration

#: Of its conductance, what a device that was just programmed may lose between two updates that are left at "auto".
FALL = 0.01
#: Most frames between these: more save no time.
MOST_FRAMES = 200


class Drift(Effect):
    """Conductances fall while nothing programs them.

    Parameters
    ----------
    drift_exponent : float
        A conductance falls towards 0 as (1 + t/drift_onset)^-drift_exponent.
    drift_onset : seconds
    drift_every : int or "auto"
        Frames after which the drift is brought up to date: without error, however many, for a device that gets no pulse
        meanwhile; one that does forgets what it had drifted since. As fine as one frame, at the price of time. "auto":
        so many that a device that was just programmed loses no more than 1 % meanwhile, but one at least, and no more
        than 200.

    Notes
    -----
    The clock is the hardware's: a frame begins when reading, errors, programming and refreshes of all frames before it
    are over, as the trace tells their times. Within a frame it stands still.

    Examples
    --------
    >>> Drift(drift_exponent=1, drift_onset="20 s").frames_between(0.1), 20 * (1 / 0.99 - 1)
    (2, 0.20202020202020332)
    """

    title: ClassVar[str] = "drift"
    improved_by: ClassVar[str] = "the device: retention"
    strengths: ClassVar[tuple[str, ...]] = ("drift_exponent",)
    version: ClassVar[int] = 2
    units: ClassVar[dict[str, str]] = {"drift_exponent": "1", "drift_onset": "second"}
    memory: ClassVar[dict[str, str]] = {"programmed": "second"}
    remembers: ClassVar[dict[str, str]] = {"programmed": "time_in(t)*second"}
    event: ClassVar[str] = "drift"
    needs_clock: ClassVar[bool] = True
    #: Since the last drift, or the last programming pulse if that was later, the conductance fell as a power law.
    every: ClassVar[str] = """
age_{side} = time_in(t)*second - programmed_{side}
drifted_{side} = clip(last_drift_in(t)*second - programmed_{side}, 0*second, age_{side})
fall_{side} = log((drift_onset + age_{side})/(drift_onset + drifted_{side}))
G_{side} = clip(G_{side}*exp(-drift_exponent*fall_{side}), G_min, G_{side})
"""
    source: ClassVar[str] = "power law of phase-change memories; onset: this project"

    effect: Literal["drift"] = "drift"
    drift_exponent: Annotated[float, Field(ge=0, le=1)] = 0.0
    drift_onset: Duration = 1.0
    drift_every: Literal["auto"] | Annotated[int, Field(ge=1, le=1_000_000)] = "auto"

    @field_validator("drift_onset")
    @classmethod
    def _check_onset(cls, onset):
        if not 1e-12 <= onset <= 1e9:
            raise ValueError(f"{onset:g} s: drift sets in after 1 ps to 1e9 s")
        return onset

    def told(self) -> str:
        return f"(1 + t/{self.drift_onset:g} s)^-{self.drift_exponent:g}"

    def told_of(self, setting: Setting) -> str:
        every = self.frames_between(setting.frame_seconds)
        auto = ", by drift_every = 'auto'" if self.drift_every == "auto" else ""
        return f"drift: brought up to date every {every} frame{'s' * (every > 1)}{auto}"

    def frames_between(self, frame_seconds: float) -> int:
        """Frames after which the drift is brought up to date.

        Parameters
        ----------
        frame_seconds : float
            Duration of a training frame without a refresh.
        """
        if self.drift_every != "auto":
            return self.drift_every
        growth = min(-math.log1p(-FALL) / self.drift_exponent, 700.0)  # of onset + t, as a logarithm: finite
        seconds = self.drift_onset * math.expm1(growth)
        return max(1, int(min(seconds / frame_seconds, MOST_FRAMES)))

    def inputs(self, populations: dict[str, int]) -> dict[str, int]:
        return {"drift_in": 0, "time_in": 0, "last_drift_in": 0}

    def values(self, setting: Setting, layer: int) -> dict[str, float]:
        return {"drift_exponent": self.drift_exponent, "drift_onset": self.drift_onset}

    def fed(self, setting: Setting, first: int, last: int) -> dict[str, np.ndarray]:
        every = self.frames_between(setting.frame_seconds)
        return {"drift_in": np.arange(first + 1, last + 1) % every == 0}

    def timed(self, setting: Setting, first: int, last: int, starts: np.ndarray) -> dict[str, np.ndarray]:
        every = self.frames_between(setting.frame_seconds)
        before = np.arange(first, last) // every * every - 1  # the last frame before this one that ended with a drift
        return {"time_in": starts[first:last], "last_drift_in": np.where(before < 0, 0.0, starts[before])}
