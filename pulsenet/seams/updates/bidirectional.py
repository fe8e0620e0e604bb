"""Bidirectional updating: one device of the pair up, the other down, with every programming pulse.

Source: the common differential scheme that 10.1007/s00521-018-3659-y compares with.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pulsenet.seams.updates.base import UpdateMethod


class Bidirectional(UpdateMethod):
    """SET on one device and RESET on the other: twice the step, but as asymmetric as the device."""

    drive_plus: ClassVar[str] = "polarity"
    drive_minus: ClassVar[str] = "-polarity"
    pulses_per_update: ClassVar[int] = 2
    source: ClassVar[str] = "compared with in 10.1007/s00521-018-3659-y (abstract)"

    method: Literal["bidirectional"] = "bidirectional"
