"""Unidirectional updating: pulses of one kind only, on one device to strengthen and on the other to weaken.

Source: the method that 10.1007/s00521-018-3659-y proposes (abstract: "unidirectional"); the refresh policies are this
project's choice, but for the one named at `Unidirectional`.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from pulsenet.seams.updates.refresh import ROUNDING, rewrite
from pulsenet.seams.updates.row_by_row import RowByRow

#: A threshold that every device is beyond, in siemens, for devices that SET or RESET pulses program.
_ALWAYS = {"SET": -1e6, "RESET": 1e6}


class Unidirectional(RowByRow):
    """Pulses of the gradual kind only; the other, often abrupt and always of another shape, is left to the refresh.

    With SET pulses, devices start near ``G_min``; a SET of G+ strengthens, a SET of G- weakens. With RESET pulses (for
    filamentary RRAM, whose RESET is the gradual one) they start near ``G_max``; a RESET of G- strengthens, a RESET of
    G+ weakens. The *used* part of a device's range is what lies between its start and its conductance.

    Every ``refresh_every`` frames, a pair is *refreshed* if one device has used at least ``refresh_above`` of its range
    and both have used ``refresh_margin``: both are erased by counted pulses, and the one of the weight's sign is
    programmed until the pair has its old difference. A fraction of 0 is no condition:

    ============================  =============  ==============
    policy                        refresh_above  refresh_margin
    ============================  =============  ==============
    every pair                    0              0
    one device saturated          0.95 or so     0
    both used (aihwkit's)         0.75           0.25
    both used (default)           0.9            0.5
    early, to keep counts         0.3            0.1
    ============================  =============  ==============

    aihwkit's is the one of its OneSidedUnitCell (10.1109/AICAS51828.2021.9458494).

    Parameters
    ----------
    programs : str
        ``"SET"`` or ``"RESET"``.
    refresh_every, refresh_rows, refresh_turns
        Of `pulsenet.seams.updates.row_by_row.RowByRow`.
    refresh_above, refresh_margin : float
        Fractions of each device's own range G_max - G_min, which was measured once; less a billionth of it, so that
        rounding does not decide about a device that stands on a threshold after whole pulses.
    write_back : str
        ``"nearest"``, ``"counts"``, ``"recount"`` or ``"verify"``, see `pulsenet.seams.updates.refresh`.

    Examples
    --------
    >>> Unidirectional(programs="RESET").drive_plus
    '-int(polarity < 0)'
    """

    pulses_per_update: ClassVar[int] = 1
    source: ClassVar[str] = "10.1007/s00521-018-3659-y (abstract); refresh policy: this project"

    method: Literal["unidirectional"] = "unidirectional"
    programs: Literal["SET", "RESET"] = "SET"
    refresh_above: float = Field(default=0.9, ge=0, le=1)
    refresh_margin: float = Field(default=0.5, ge=0, le=1)
    write_back: Literal["nearest", "counts", "recount", "verify"] = "nearest"

    @model_validator(mode="after")
    def _check_thresholds(self):
        if self.refresh_margin > self.refresh_above:
            raise ValueError(
                f"refresh_margin = {self.refresh_margin:g} must not be above refresh_above = {self.refresh_above:g}"
            )
        return self

    @property
    def drive_plus(self) -> str:
        return "int(polarity > 0)" if self.programs == "SET" else "-int(polarity < 0)"

    @property
    def drive_minus(self) -> str:
        return "int(polarity < 0)" if self.programs == "SET" else "-int(polarity > 0)"

    @property
    def kinds(self) -> tuple[str, ...]:
        return (self.programs,)

    @property
    def refresh(self) -> str:
        past = ">=" if self.programs == "SET" else "<="
        plus, minus = f"reading(0, G_plus) {past}", f"reading(0, G_minus) {past}"
        full = f"{plus} G_room and {minus} G_room and ({plus} G_full or {minus} G_full)"
        return rewrite(self.in_turn(full), self.programs, self.write_back)

    @property
    def verifies(self) -> bool:
        return self.write_back == "verify"

    @property
    def recounts(self) -> bool:
        return self.write_back == "recount"

    def parameters(self, G_min: float, G_max: float) -> dict[str, float]:
        def used(fraction: float) -> float:
            if not fraction:
                return _ALWAYS[self.programs]
            fraction = fraction - ROUNDING
            return G_min + fraction * (G_max - G_min) if self.programs == "SET" else G_max - fraction * (G_max - G_min)

        return {"G_full": used(self.refresh_above), "G_room": used(self.refresh_margin)}

    def start_range(self, side: str, spread: float) -> tuple[float, float]:
        return (0.0, spread) if self.programs == "SET" else (1.0 - spread, 1.0)
