"""Cycle-to-cycle noise: no two programming pulses do the same.

Source: relative to the step, aihwkit (Rasch et al. 2021, 10.1109/AICAS51828.2021.9458494); as a fraction of the range,
NeuroSim (MLP+NeuroSim V3.0 manual, section 5.1).
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from pulsenet.seams.effects.base import Effect
from pulsenet.seams.setting import Purpose, Setting


class CycleNoise(Effect):
    """Every programming pulse makes the law's step with an error of its own, a normal deviate.

    Parameters
    ----------
    ctoc_step : float
        Cycle-to-cycle standard deviation of a pulse's step, relative to the step.
    ctoc_range : float
        The same as a fraction of the device's range, whatever the step: the convention of NeuroSim.
    """

    title: ClassVar[str] = "cycle-to-cycle noise"
    improved_by: ClassVar[str] = "the device: pulses that repeat"
    made_ideal: ClassVar[str] = "steps exactly as the law says"
    strengths: ClassVar[tuple[str, ...]] = ("ctoc_step", "ctoc_range")
    units: ClassVar[dict[str, str]] = {"noise_key": "1", "range_key": "1", "ctoc_step": "1", "ctoc_range": "1"}
    source: ClassVar[str] = "10.1109/AICAS51828.2021.9458494; MLP+NeuroSim V3.0 manual, section 5.1"

    effect: Literal["cycle-noise"] = "cycle-noise"
    ctoc_step: float = Field(default=0.0, ge=0, le=10)
    ctoc_range: Annotated[float, Field(ge=0, le=1)] = 0.0

    def told(self) -> str:
        found = [f"{100 * self.ctoc_step:.2f} % of the step per pulse"] if self.ctoc_step else []
        found += [f"{100 * self.ctoc_range:.2f} % of the range per pulse"] if self.ctoc_range else []
        return " and ".join(found)

    def as_step(self, step: str) -> str:
        if self.ctoc_step:
            step = f"({step})*(1 + ctoc_step*normal(noise_key, device, pulse))"
        if self.ctoc_range:
            step = f"({step} + (G_max - G_min)*ctoc_range*normal(range_key, device, pulse))"
        return step

    def values(self, setting: Setting, layer: int) -> dict[str, float]:
        noise_key, range_key = setting.keys(Purpose.PULSE_NOISE, 2, layer)
        keys = {"noise_key": noise_key, "range_key": range_key}
        return keys | {"ctoc_step": self.ctoc_step, "ctoc_range": self.ctoc_range}
