"""Linear response: every pulse makes the same step, wherever the device stands."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from pulsenet.seams.laws.base import ResponseLaw


class Linear(ResponseLaw):
    """Identical pulses make identical steps; ``pulses`` of them span the range.

    Parameters
    ----------
    pulses_SET, pulses_RESET : float
        SET pulses from ``G_min`` to ``G_max``; RESET pulses back. The number of levels of the device.

    Examples
    --------
    >>> device = Linear(G_min="0.1 uS", G_max="5 uS", pulses_SET=64, pulses_RESET=64)
    >>> float(device.evaluate("SET_level", n=64)) == device.G_max
    True
    """

    SET: ClassVar[str] = "(G_max - G_min)/pulses_SET"
    RESET: ClassVar[str] = "(G_max - G_min)/pulses_RESET"
    SET_level: ClassVar[str] = "G_min + n*(G_max - G_min)/pulses_SET"
    RESET_level: ClassVar[str] = "G_max - n*(G_max - G_min)/pulses_RESET"
    SET_count: ClassVar[str] = "(G - G_min)/(G_max - G_min)*pulses_SET"
    RESET_count: ClassVar[str] = "(G - G_min)/(G_max - G_min)*pulses_RESET"
    SET_sum: ClassVar[str] = "n*G + 0.5*n*n*(G_max - G_min)/pulses_SET"
    RESET_sum: ClassVar[str] = "n*G - 0.5*n*n*(G_max - G_min)/pulses_RESET"
    units: ClassVar[dict[str, str]] = {"G_min": "siemens", "G_max": "siemens", "pulses_SET": "1", "pulses_RESET": "1"}
    source: ClassVar[str] = "the ideal device of 10.1007/s00521-018-3659-y (abstract); text: this project"

    law: Literal["linear"] = "linear"
    pulses_SET: float = Field(ge=1, le=1e6)
    pulses_RESET: float = Field(ge=1, le=1e6)
