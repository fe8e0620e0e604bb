"""Soft bounds with a power: the step falls as a power of the distance to a bound beyond the end of the range."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from pulsenet.seams.laws.base import NEARLY_LINEAR, ResponseLaw, not_zero


class SoftBoundsPower(ResponseLaw):
    """dg/dn = alpha (1 - slope g)^power for SET and -alpha (1 - slope (1 - g))^power for RESET, g in [0, 1].

    One pulse moves the device by one along the *integral* of that law: with y = 1 - slope g, and p the power,
    y^(1-p) = 1 - (1-p) slope alpha n, which for p = 1 is y = exp(-slope alpha n). So n pulses land exactly on the
    curve, and alpha follows from the number of pulses that span the range. To first order in the step this is
    g += alpha (1 - slope g)^p. A power of 1 is `SoftBounds`, which computes faster; a power of 0 is linear.

    Parameters
    ----------
    pulses_SET, pulses_RESET : float
        SET pulses from ``G_min`` to ``G_max``; RESET pulses back.
    slope_SET, slope_RESET : float
        The soft bound lies at 1/slope ranges: 0 is linear, and 1 would put it at the end of the range.
    power_SET, power_RESET : float
        From 0 to 10. The last step, (1 - slope)^power of the first, is at least exp(-20) = 2e-9 of it.

    Examples
    --------
    >>> curve = {"slope_SET": 0.9, "power_SET": 2, "slope_RESET": 0.9, "power_RESET": 2}
    >>> device = SoftBoundsPower(G_min="0 S", G_max="1 uS", pulses_SET=1000, pulses_RESET=1000, **curve)
    >>> round(float(device.evaluate("SET", G=0.0) / device.evaluate("SET", G=1e-6)))
    99
    """

    # max(..., -1 + 1e-16): a power below 1 gets to its soft bound, and there the device stays.
    SET: ClassVar[str] = (
        "-(G_max - G_min)/slope_SET*(1 - slope_SET + slope_SET*(G_max - G)/(G_max - G_min))"
        "*expm1(log1p(max(-exponent_SET*rate_SET"
        "*exp(-exponent_SET*log(1 - slope_SET + slope_SET*(G_max - G)/(G_max - G_min))), -1 + 1e-16))/exponent_SET)"
    )
    RESET: ClassVar[str] = (
        "-(G_max - G_min)/slope_RESET*(1 - slope_RESET + slope_RESET*(G - G_min)/(G_max - G_min))"
        "*expm1(log1p(max(-exponent_RESET*rate_RESET"
        "*exp(-exponent_RESET*log(1 - slope_RESET + slope_RESET*(G - G_min)/(G_max - G_min))), -1 + "
        "1e-16))/exponent_RESET)"
    )
    SET_level: ClassVar[str] = (
        "G_min - (G_max - G_min)/slope_SET*expm1(log1p(max(-exponent_SET*rate_SET*n, -1 + 1e-16))/exponent_SET)"
    )
    RESET_level: ClassVar[str] = (
        "G_max + (G_max - G_min)/slope_RESET*expm1(log1p(max(-exponent_RESET*rate_RESET*n, -1 + 1e-16))/exponent_RESET)"
    )
    SET_count: ClassVar[str] = (
        "-expm1(-exponent_SET*log1p(slope_SET*(G - G_min)"
        "/((1 - slope_SET)*(G_max - G_min) + slope_SET*(G_max - G))))/(exponent_SET*rate_SET)"
    )
    RESET_count: ClassVar[str] = (
        "exp(exponent_RESET*log1p(-slope_RESET))"
        "*expm1(exponent_RESET*log1p(slope_RESET/(1 - slope_RESET)*(G - G_min)/(G_max - "
        "G_min)))/(exponent_RESET*rate_RESET)"
    )
    units: ClassVar[dict[str, str]] = {
        "G_min": "siemens",
        "G_max": "siemens",
        "slope_SET": "1",
        "exponent_SET": "1",
        "rate_SET": "1",
        "slope_RESET": "1",
        "exponent_RESET": "1",
        "rate_RESET": "1",
    }
    source: ClassVar[str] = (
        "the (1 - w)^mu of Gutig et al. 2003, 10.1523/JNEUROSCI.23-09-03697.2003; integrated: this project"
    )

    nonlinearity: ClassVar[dict[str, tuple[float, float]]] = {"power": (0, 10)}

    law: Literal["soft-bounds-power"] = "soft-bounds-power"
    pulses_SET: float = Field(ge=1, le=1e6)
    slope_SET: float = Field(ge=0, lt=1)
    power_SET: float = Field(ge=0, le=10)
    pulses_RESET: float = Field(ge=1, le=1e6)
    slope_RESET: float = Field(ge=0, lt=1)
    power_RESET: float = Field(ge=0, le=10)

    @model_validator(mode="after")
    def _check_last_step(self):
        for kind in ("SET", "RESET"):
            slope, power = getattr(self, f"slope_{kind}"), getattr(self, f"power_{kind}")
            if -power * np.log1p(-slope) > 20 * (1 + 1e-12):
                raise ValueError(
                    f"slope_{kind} = {slope:g}, power_{kind} = {power:g}: the last step, (1 - slope)^power of the "
                    "first, must be at least 2e-9"
                )
        return self

    def nonlinearity_limits(self, name: str, kind: str) -> tuple[float, float]:
        """The last step stays at least 2e-9 of the first."""
        slope = max(getattr(self, f"slope_{kind}"), NEARLY_LINEAR)
        return 0, min(10, 20 / -np.log1p(-slope))

    def parameters(self) -> dict[str, float]:
        values = {"G_min": self.G_min, "G_max": self.G_max}
        for kind in ("SET", "RESET"):
            slope = np.maximum(getattr(self, f"slope_{kind}"), NEARLY_LINEAR)
            exponent = not_zero(1 - getattr(self, f"power_{kind}"))
            values |= {
                f"slope_{kind}": slope,
                f"exponent_{kind}": exponent,
                f"rate_{kind}": -np.expm1(exponent * np.log1p(-slope)) / exponent / getattr(self, f"pulses_{kind}"),
            }
        return values
