"""An update method of one's own: SET pulses in even frames, RESET pulses in odd ones."""

from __future__ import annotations

from typing import ClassVar, Literal

from pulsenet import UpdateMethod

_EVEN = "int(frame % 2 == 0)"
_ODD = "int(frame % 2 == 1)"


class Turns(UpdateMethod):
    """In an even frame, a SET of G+ strengthens and one of G- weakens; in an odd one, a RESET of the other device does.

    A driver needs one voltage per frame. One pulse per update, as unidirectional; both directions in use, as
    bidirectional, so that no refresh is needed.
    """

    drive_plus: ClassVar[str] = f"int(polarity > 0)*{_EVEN} - int(polarity < 0)*{_ODD}"
    drive_minus: ClassVar[str] = f"int(polarity < 0)*{_EVEN} - int(polarity > 0)*{_ODD}"
    pulses_per_update: ClassVar[int] = 1
    source: ClassVar[str] = "this tutorial"

    method: Literal["turns"] = "turns"
