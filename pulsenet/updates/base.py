"""What an update method is: which device of a pair gets which pulse, and whether pairs are refreshed."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class UpdateMethod(BaseModel):
    """An update method as Brian2 equation text.

    Notes
    -----
    ``drive_plus`` and ``drive_minus`` are expressions of ``polarity`` (-1, 0 or 1: the change that the learning rule
    wants of the weight); their value is 1 for a SET pulse, -1 for a RESET pulse, 0 for none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    drive_plus: ClassVar[str]
    drive_minus: ClassVar[str]
    #: Kinds of pulses that the two drives can ask for.
    kinds: ClassVar[tuple[str, ...]] = ("SET", "RESET")
    #: Programming pulses that one error pulse behind an open gate sends to a device pair.
    pulses_per_update: ClassVar[int]
    #: What a refresh does to a pair; empty for a method that needs none. It sets ``full`` (1 for a pair that is refreshed)
    #: and the numbers of pulses ``SET_pulses_plus``, ``SET_pulses_minus``, ``RESET_pulses_plus``, ``RESET_pulses_minus``.
    refresh: ClassVar[str] = ""
    source: ClassVar[str]

    def refresh_period(self) -> int:
        """Frames between refreshes; 0 for a method that needs none."""
        return 0

    def parameters(self, G_min: float, G_max: float) -> dict[str, float]:
        """Values of the parameters that ``refresh`` uses, in siemens."""
        return {}
