"""A response law by its step alone: two processes in one device, a fast one that ends soon, a slow one that goes on."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from pulsenet import ResponseLaw


class TwoExponentials(ResponseLaw):
    """The step is the sum of two exponentials of the part of the range that is used; it has no closed form.

    Parameters
    ----------
    fast, slow : float
        First steps of the two processes, as fractions of the range.
    decay_fast, decay_slow : float
        How fast the steps shrink over the range.
    """

    local: ClassVar[dict[str, str]] = {"span": "G_max - G_min", "used": "(G - G_min)/span", "left": "(G_max - G)/span"}
    SET: ClassVar[str] = "span*(fast*exp(-decay_fast*used) + slow*exp(-decay_slow*used))"
    RESET: ClassVar[str] = "span*(fast*exp(-decay_fast*left) + slow*exp(-decay_slow*left))"
    units: ClassVar[dict[str, str]] = {
        "G_min": "siemens", "G_max": "siemens", "fast": "1", "slow": "1", "decay_fast": "1", "decay_slow": "1",
    }  # fmt: skip
    source: ClassVar[str] = "this tutorial"

    law: Literal["two-exponentials"] = "two-exponentials"
    fast: float = Field(default=0.05, gt=0, lt=1)
    slow: float = Field(default=0.01, gt=0, lt=1)
    decay_fast: float = Field(default=8.0, ge=0, le=20)
    decay_slow: float = Field(default=1.0, ge=0, le=20)
