"""Gated Schottky diode: read current exponential in the stored charge, charge logarithmic in the pulses."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from pulsenet.seams.laws.base import ResponseLaw


class GatedSchottkyDiode(ResponseLaw):
    """I = I0 (1 + n/n0)^k for SET and I = I1 (1 + n/n0)^(-k) for RESET: a power law of the number of pulses.

    The exponential and the logarithm nearly cancel: k is about 1, where SET is linear. The curve is laid over the range
    from ``G_min`` to ``G_max``; where n0 is left out it is the diode's own, with I0 the current at ``G_min`` and I1
    that at ``G_max``, and n0 = pulses/((G_max/G_min)^(1/k) - 1) follows. One pulse adds 1 to n, so n pulses land
    exactly on the curve.

    Parameters
    ----------
    pulses_SET, pulses_RESET : float
        SET pulses from ``G_min`` to ``G_max``; RESET pulses back.
    k_SET, k_RESET : float
        Exponents, from 0.1 to 10.
    n0_SET, n0_RESET : float, optional
        Pulses after which the current has grown (fallen) by 2^k; given where ``G_min`` holds a leakage that is not the
        diode's. (1 + pulses/n0)^k lies from 1.001 to 1e6, as G_max/G_min does where n0 is left out.

    Examples
    --------
    >>> device = GatedSchottkyDiode(G_min="1 nS", G_max="10 nS", pulses_SET=64, k_SET=1.1, pulses_RESET=64, k_RESET=1)
    >>> round((float(device.evaluate("SET_level", n=32)) - device.G_min) / (device.G_max - device.G_min), 3)
    0.478
    """

    # The diode's own conductance runs from ``first`` (no pulse yet) to ``last``: G without the leakage, if there is
    # any.
    SET: ClassVar[str] = (
        "first_SET*exp(k_SET*log(exp(log((G - G_min + first_SET)/first_SET)/k_SET) + 1/n0_SET)) - (G - G_min + "
        "first_SET)"
    )
    RESET: ClassVar[str] = (
        "G - G_min + last_RESET"
        " - first_RESET*exp(-k_RESET*log(exp(-log((G - G_min + last_RESET)/first_RESET)/k_RESET) + 1/n0_RESET))"
    )
    SET_level: ClassVar[str] = "G_min + first_SET*expm1(k_SET*log1p(n/n0_SET))"
    RESET_level: ClassVar[str] = "G_max + first_RESET*expm1(-k_RESET*log1p(n/n0_RESET))"
    SET_count: ClassVar[str] = "n0_SET*expm1(log1p((G - G_min)/first_SET)/k_SET)"
    RESET_count: ClassVar[str] = "-(n0_RESET + pulses_RESET)*expm1(-log1p((G - G_min)/last_RESET)/k_RESET)"
    units: ClassVar[dict[str, str]] = {
        "G_min": "siemens",
        "G_max": "siemens",
        "k_SET": "1",
        "n0_SET": "1",
        "first_SET": "siemens",
        "pulses_RESET": "1",
        "k_RESET": "1",
        "n0_RESET": "1",
        "first_RESET": "siemens",
        "last_RESET": "siemens",
    }
    source: ClassVar[str] = (
        "exponential x logarithm: Bae, Lim, Park, Lee 2017, 10.1109/LED.2017.2713460 (abstract); the power law: this "
        "project"
    )

    in_pulses: ClassVar[tuple[str, ...]] = ("pulses", "n0")
    nonlinearity: ClassVar[dict[str, tuple[float, float]]] = {"k": (0.1, 10)}

    law: Literal["gated-schottky-diode"] = "gated-schottky-diode"
    pulses_SET: float = Field(ge=1, le=1e6)
    k_SET: float = Field(ge=0.1, le=10)
    n0_SET: float | None = Field(default=None, gt=0, le=1e9)
    pulses_RESET: float = Field(ge=1, le=1e6)
    k_RESET: float = Field(ge=0.1, le=10)
    n0_RESET: float | None = Field(default=None, gt=0, le=1e9)

    @model_validator(mode="after")
    def _check_growth(self):
        if self.G_min == 0 and None in (self.n0_SET, self.n0_RESET):
            raise ValueError("n0_SET and n0_RESET follow from G_max/G_min, so G_min > 0; or give both")
        for kind in ("SET", "RESET"):
            if not np.log(1.001) * (1 - 1e-12) <= self._log_growth(kind) <= np.log(1e6) * (1 + 1e-12):
                given = getattr(self, f"n0_{kind}") is not None
                what = f"(1 + pulses_{kind}/n0_{kind})^k_{kind}" if given else "G_max/G_min"
                raise ValueError(f"{what} lies from 1.001 to 1e6")
        return self

    def nonlinearity_limits(self, name: str, kind: str) -> tuple[float, float]:
        """The diode's current grows (falls) by 1.001 to 1e6."""
        n0 = getattr(self, f"n0_{kind}")
        if n0 is None:
            return self.nonlinearity[name]
        growth = np.log1p(getattr(self, f"pulses_{kind}") / n0)
        return max(0.1, np.log(1.001) / growth), min(10, np.log(1e6) / growth)

    def _log_growth(self, kind: str) -> float:
        """Logarithm of the ratio of the diode's currents at the two ends."""
        n0 = getattr(self, f"n0_{kind}")
        if n0 is None:
            return np.log(self.G_max / self.G_min)
        return getattr(self, f"k_{kind}") * np.log1p(getattr(self, f"pulses_{kind}") / n0)

    def parameters(self) -> dict[str, float]:
        values = {"G_min": self.G_min, "G_max": self.G_max, "pulses_RESET": self.pulses_RESET}
        span = self.G_max - self.G_min
        for kind in ("SET", "RESET"):
            k, growth = getattr(self, f"k_{kind}"), self._log_growth(kind)
            values |= {f"k_{kind}": k, f"n0_{kind}": getattr(self, f"pulses_{kind}") / np.expm1(growth / k)}
            low, high = span / np.expm1(growth), -span / np.expm1(-growth)
            values |= {"first_SET": low} if kind == "SET" else {"first_RESET": high, "last_RESET": low}
        return values
