"""A response law of one's own: parabolic growth, as of a layer that slows down what feeds it."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from pulsenet import ResponseLaw

RANGE = "(G_max - G_min)"
ABOVE = f"(G - G_min)/{RANGE}"
BELOW = f"(G_max - G)/{RANGE}"


class Parabolic(ResponseLaw):
    """g grows with the square root of the number of pulses, so the first one does most; a RESET is its mirror image.

    Parameters
    ----------
    pulses : float
        SET pulses from ``G_min`` to ``G_max``, and RESET pulses back.
    """

    #: Steps of one pulse at G: from g to sqrt(g^2 + 1/pulses).
    SET: ClassVar[str] = f"{RANGE}*(sqrt({ABOVE}*{ABOVE} + 1/pulses) - {ABOVE})"
    RESET: ClassVar[str] = f"{RANGE}*(sqrt({BELOW}*{BELOW} + 1/pulses) - {BELOW})"
    #: Where n pulses from the end of the range lead.
    SET_level: ClassVar[str] = f"G_min + {RANGE}*sqrt(n/pulses)"
    RESET_level: ClassVar[str] = f"G_max - {RANGE}*sqrt(n/pulses)"
    #: How many SET pulses lead from G_min to G, and how many RESET pulses from G to G_min.
    SET_count: ClassVar[str] = f"pulses*{ABOVE}*{ABOVE}"
    RESET_count: ClassVar[str] = f"pulses*(1 - {BELOW}*{BELOW})"
    units: ClassVar[dict[str, str]] = {"G_min": "siemens", "G_max": "siemens", "pulses": "1"}
    source: ClassVar[str] = "this tutorial"

    law: Literal["parabolic"] = "parabolic"
    pulses: float = Field(ge=1, le=1e6)
