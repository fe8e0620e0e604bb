"""Unidirectional updating: SET pulses only, on G+ to strengthen and on G- to weaken; a refresh makes room again.

Source: the method that 10.1007/s00521-018-3659-y proposes (abstract: "unidirectional"); the refresh policy with its
two thresholds is this project's choice.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from pulsenet.updates.base import UpdateMethod


class Unidirectional(UpdateMethod):
    """SET pulses only. RESET, often abrupt and always of another shape, is left to the refresh.

    Every ``refresh_every`` frames, a pair is *refreshed* if one device is above ``refresh_above`` and both are above
    ``refresh_margin`` (fractions of the range): both are RESET to ``G_min`` by counted pulses, and the one of the
    weight's sign is SET by the number of pulses that comes nearest to the old difference.

    Parameters
    ----------
    refresh_every : int
        Frames between refreshes.
    refresh_above, refresh_margin : float
        Fractions of G_max - G_min above G_min.
    """

    drive_plus: ClassVar[str] = "int(polarity > 0)"
    drive_minus: ClassVar[str] = "int(polarity < 0)"
    kinds: ClassVar[tuple[str, ...]] = ("SET",)
    pulses_per_update: ClassVar[int] = 1
    refresh: ClassVar[str] = """
full = int(G_plus >= G_full or G_minus >= G_full)*int(G_plus >= G_room and G_minus >= G_room)
SET_pulses_plus = SET_pulses(full*int(G_plus > G_minus), G_min + G_plus - G_minus)
SET_pulses_minus = SET_pulses(full*int(G_minus > G_plus), G_min + G_minus - G_plus)
RESET_pulses_plus = RESET_pulses(full, G_plus)
RESET_pulses_minus = RESET_pulses(full, G_minus)
G_plus = written(full, SET_pulses_plus, G_plus)
G_minus = written(full, SET_pulses_minus, G_minus)
"""
    source: ClassVar[str] = "10.1007/s00521-018-3659-y (abstract); refresh policy: this project"

    method: Literal["unidirectional"] = "unidirectional"
    refresh_every: int = Field(default=100, ge=1)
    refresh_above: float = Field(default=0.9, gt=0, le=1)
    refresh_margin: float = Field(default=0.5, ge=0, le=1)

    @model_validator(mode="after")
    def _check_thresholds(self):
        if self.refresh_margin > self.refresh_above:
            raise ValueError(
                f"refresh_margin = {self.refresh_margin:g} must not be above refresh_above = {self.refresh_above:g}"
            )
        return self

    def refresh_period(self) -> int:
        return self.refresh_every

    def parameters(self, G_min: float, G_max: float) -> dict[str, float]:
        span = G_max - G_min
        return {"G_full": G_min + self.refresh_above * span, "G_room": G_min + self.refresh_margin * span}
