"""Stuck devices: some answer no pulse, and stay where they are.

Source: this project; stuck-on and stuck-off devices are the common model of yield.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from pulsenet.seams.effects.base import Devices, Effect
from pulsenet.seams.laws.base import ResponseLaw
from pulsenet.seams.setting import Purpose, Setting

_Fraction = Annotated[float, Field(ge=0, le=1)]


class Stuck(Effect):
    """Fractions of the devices that answer no pulse, and stay where the name says.

    Parameters
    ----------
    stuck_G_min, stuck_G_max, stuck_random : float
    """

    title: ClassVar[str] = "stuck devices"
    improved_by: ClassVar[str] = "the process: yield"
    strengths: ClassVar[tuple[str, ...]] = ("stuck_G_min", "stuck_G_max", "stuck_random")
    answers: ClassVar[str] = "responds_{side}"
    source: ClassVar[str] = "this project"

    effect: Literal["stuck"] = "stuck"
    stuck_G_min: _Fraction = 0.0
    stuck_G_max: _Fraction = 0.0
    stuck_random: _Fraction = 0.0

    @model_validator(mode="after")
    def _check_sum(self):
        if self.stuck > 1:
            raise ValueError(f"stuck_G_min + stuck_G_max + stuck_random = {self.stuck:g}: must not be above 1")
        return self

    @property
    def stuck(self) -> float:
        """Fraction of all devices that answer no pulse."""
        return self.stuck_G_min + self.stuck_G_max + self.stuck_random

    def told(self) -> str:
        return f"{100 * self.stuck:.2f} % of the devices"

    def own(self, law: ResponseLaw) -> dict[str, str]:
        return {"responds": "1"}

    def alter(self, devices: Devices, setting: Setting, layer: int, side: int) -> Devices:
        chance, place = setting.generator(Purpose.STUCK, layer, side).random((2, *devices.stuck.shape))
        at_min, at_max = self.stuck_G_min, self.stuck_G_min + self.stuck_G_max
        level = np.where(chance < at_min, 0.0, np.where(chance < at_max, 1.0, place))
        law, stuck = devices.law, devices.stuck | (chance < self.stuck)
        altered = replace(devices, stuck=stuck, stuck_at=law.G_min + level * (law.G_max - law.G_min))
        return altered.with_own(responds=1.0 - stuck)
