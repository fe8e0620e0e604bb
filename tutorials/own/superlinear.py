"""A reading of one's own: a device that conducts the better, the higher the voltage."""

from __future__ import annotations

from math import sinh
from typing import ClassVar, Literal

from pydantic import Field

from pulsenet import Reading


class Superlinear(Reading):
    """I = G V sinh(k V)/(k V), as of a barrier that a field makes thinner: Ohm's law at a small voltage.

    Parameters
    ----------
    k : float, per volt
    """

    seen: ClassVar[str] = "G*enhancement"
    units: ClassVar[dict[str, str]] = {"enhancement": "1"}
    source: ClassVar[str] = "this tutorial"

    reading: Literal["superlinear"] = "superlinear"
    k: float = Field(default=10.0, gt=0, le=1000)

    def parameters(self, V_read):
        return {"enhancement": sinh(self.k * V_read) / (self.k * V_read)}
