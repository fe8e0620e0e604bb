"""Drift: between programming pulses, a conductance falls towards 0 as a power law of the time since the last one.

Source: the power law in time of phase-change memories; an onset that keeps it finite at t = 0: this project.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator

from pulsenet.seams.effects.base import Effect
from pulsenet.seams.setting import Setting
from pulsenet.text.quantities import Duration


class Drift(Effect):
    """Conductances fall while nothing programs them.

    Parameters
    ----------
    drift_exponent : float
        A conductance falls towards 0 as (1 + t/drift_onset)^-drift_exponent.
    drift_onset : seconds
    drift_every : int
        Frames after which the drift is brought up to date: without error, however many, for a device that gets no pulse
        meanwhile; one that does forgets what it had drifted since. As fine as one frame, at the price of time.
    """

    title: ClassVar[str] = "drift"
    improved_by: ClassVar[str] = "the device: retention"
    strengths: ClassVar[tuple[str, ...]] = ("drift_exponent",)
    units: ClassVar[dict[str, str]] = {"drift_exponent": "1", "drift_onset": "second", "drift_period": "second"}
    memory: ClassVar[dict[str, str]] = {"programmed": "second"}
    remembers: ClassVar[dict[str, str]] = {"programmed": "time_in(t)*second"}
    event: ClassVar[str] = "drift"
    #: Since the last drift, or the last programming pulse if that was later, the conductance fell as a power law.
    every: ClassVar[str] = """
age_{side} = time_in(t)*second - programmed_{side}
drifted_{side} = clip(age_{side} - drift_period, 0*second, age_{side})
fall_{side} = log((drift_onset + age_{side})/(drift_onset + drifted_{side}))
G_{side} = clip(G_{side}*exp(-drift_exponent*fall_{side}), G_min, G_{side})
"""
    source: ClassVar[str] = "power law of phase-change memories; onset: this project"

    effect: Literal["drift"] = "drift"
    drift_exponent: Annotated[float, Field(ge=0, le=1)] = 0.0
    drift_onset: Duration = 1.0
    drift_every: int = Field(default=200, ge=1, le=1_000_000)

    @field_validator("drift_onset")
    @classmethod
    def _check_onset(cls, onset):
        if not 1e-12 <= onset <= 1e9:
            raise ValueError(f"{onset:g} s: drift sets in after 1 ps to 1e9 s")
        return onset

    def told(self) -> str:
        return f"(1 + t/{self.drift_onset:g} s)^-{self.drift_exponent:g}"

    def inputs(self, populations: dict[str, int]) -> dict[str, int]:
        return {"drift_in": 0, "time_in": 0}

    def values(self, setting: Setting, layer: int) -> dict[str, float]:
        period = self.drift_every * setting.frame_seconds
        return {"drift_exponent": self.drift_exponent, "drift_onset": self.drift_onset, "drift_period": period}

    def fed(self, setting: Setting, first: int, last: int) -> dict[str, np.ndarray]:
        frame = np.arange(first, last)
        return {"time_in": frame * setting.frame_seconds, "drift_in": (frame + 1) % self.drift_every == 0}
