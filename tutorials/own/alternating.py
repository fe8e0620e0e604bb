"""An update method of one's own: SET in even slots, RESET in odd ones, so that a driver needs one voltage at a time."""

from __future__ import annotations

from typing import ClassVar, Literal

from pulsenet import UpdateMethod


class Alternating(UpdateMethod):
    """To strengthen a weight, SET G+ in an even slot and RESET G- in an odd one; to weaken it, the other way round.

    One pulse per update, as unidirectional; both directions in use, as bidirectional, so that no refresh is needed. It
    looks at the slot of the update phase, and so does not go with rules that program after it, at the end of a batch.
    """

    drive_plus: ClassVar[str] = (
        "int(polarity > 0)*int(update_slot % 2 == 0) - int(polarity < 0)*int(update_slot % 2 == 1)"
    )
    drive_minus: ClassVar[str] = (
        "int(polarity < 0)*int(update_slot % 2 == 0) - int(polarity > 0)*int(update_slot % 2 == 1)"
    )
    pulses_per_update: ClassVar[int] = 1
    source: ClassVar[str] = "this tutorial"

    method: Literal["alternating"] = "alternating"
