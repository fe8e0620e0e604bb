"""A learning rule of one's own: a device pair that was programmed is left alone for a while."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from pulsenet import AdaptiveBP, LearningRule


class DeadTime(LearningRule):
    """Adaptive back-propagation in which a pair takes no pulse within a dead time after its last one.

    As a selector that must recover, or a device that must cool down, would ask for. Every pair remembers the slot of
    its last pulse.

    Parameters
    ----------
    dead_slots : int
        Slots that must pass between two pulses of a pair.
    """

    error_pulses: ClassVar[str] = AdaptiveBP.error_pulses
    fires: ClassVar[str] = AdaptiveBP.fires
    gate: ClassVar[str] = f"{AdaptiveBP.gate} and pulse - last_pulse >= dead_slots"
    on_error: ClassVar[str] = "last_pulse = last_pulse*(1 - is_open) + pulse*is_open"
    memory: ClassVar[dict[str, str]] = {"last_pulse": "1"}
    pair_units: ClassVar[dict[str, str]] = {"dead_slots": "1"}
    source: ClassVar[str] = "this tutorial"

    rule: Literal["dead-time"] = "dead-time"
    dead_slots: int = Field(default=4, ge=0, le=1_000_000)

    def pair_values(self, setting):
        return {layer: {"dead_slots": float(self.dead_slots)} for layer in setting.layers}
