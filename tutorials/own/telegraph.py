"""An effect of one's own: random telegraph noise, as of a single trap that lets more current through when empty."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from pulsenet import Effect
from pulsenet.seams.setting import Purpose


class Telegraph(Effect):
    """The conductance that a reading sees jumps between two values, G (1 + depth) and G (1 - depth).

    A trap is filled or emptied every ``dwell`` frames: its state is drawn anew then, from the device and the time
    alone, so that nothing need be remembered. So the number of such times for which it stays as it is follows a
    geometric distribution.

    Parameters
    ----------
    telegraph_depth : float
        Half of the jump, relative to the conductance.
    telegraph_dwell : int
        Frames between two times at which the trap may change its state.
    """

    title: ClassVar[str] = "random telegraph noise"
    improved_by: ClassVar[str] = "the device: fewer traps near its conducting path"
    strengths: ClassVar[tuple[str, ...]] = ("telegraph_depth",)
    units: ClassVar[dict[str, str]] = {"telegraph_depth": "1", "telegraph_dwell": "1", "telegraph_key": "1"}
    source: ClassVar[str] = "this tutorial"

    effect: Literal["telegraph"] = "telegraph"
    telegraph_depth: float = Field(default=0.0, ge=0, lt=1)
    telegraph_dwell: int = Field(default=10, ge=1)

    def as_read(self, G: str) -> str:
        empty = "int(uniform(telegraph_key, {device}, floor(frame/telegraph_dwell)) < 0.5)"
        return f"({G})*(1 + telegraph_depth*(2*{empty} - 1))"

    def values(self, setting, layer):
        key = setting.keys(Purpose.OWN, 1, layer)[0]
        return {"telegraph_depth": self.telegraph_depth, "telegraph_dwell": self.telegraph_dwell, "telegraph_key": key}
