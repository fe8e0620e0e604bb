"""Exponential response: the step shrinks exponentially as the device approaches the bound it moves to."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from pulsenet.seams.laws.base import ResponseLaw, not_zero


class Exponential(ResponseLaw):
    """Querlioz's law, dg/dn = alpha exp(-beta g) for SET and -alpha exp(-beta (1 - g)) for RESET, g in [0, 1].

    One pulse moves the device by one along the *integral* of that law, so n pulses land exactly on
    g(n) = log(1 + (exp(beta) - 1) n / pulses) / beta, and ``pulses`` of them span the range exactly. To first order in
    the step this is the published g += alpha exp(-beta g); alpha follows from beta and the number of pulses.

    Parameters
    ----------
    pulses_SET, pulses_RESET : float
        SET pulses from ``G_min`` to ``G_max``; RESET pulses back.
    beta_SET, beta_RESET : float
        Nonlinearity: the first step is about exp(beta) times the last. 0 is linear; a negative value grows.

    Examples
    --------
    >>> device = Exponential(G_min="0.1 uS", G_max="5 uS", pulses_SET=64, beta_SET=3, pulses_RESET=64, beta_RESET=3)
    >>> 0.7 < (float(device.evaluate("SET_level", n=32)) - device.G_min) / (device.G_max - device.G_min) < 0.8
    True
    """

    # max(...): a growing step (negative beta) that leaves the range would be infinite; it ends at the bound.
    SET: ClassVar[str] = (
        "(G_max - G_min)/beta_SET*log1p(max(beta_SET*alpha_SET*exp(-beta_SET*(G - G_min)/(G_max - G_min)), -1 + 1e-16))"
    )
    RESET: ClassVar[str] = (
        "(G_max - G_min)/beta_RESET*log1p(max(beta_RESET*alpha_RESET*exp(-beta_RESET*(G_max - G)/(G_max - G_min)), -1 "
        "+ 1e-16))"
    )
    SET_level: ClassVar[str] = "G_min + (G_max - G_min)/beta_SET*log1p(max(beta_SET*alpha_SET*n, -1 + 1e-16))"
    RESET_level: ClassVar[str] = "G_max - (G_max - G_min)/beta_RESET*log1p(max(beta_RESET*alpha_RESET*n, -1 + 1e-16))"
    SET_count: ClassVar[str] = "expm1(beta_SET*(G - G_min)/(G_max - G_min))/(beta_SET*alpha_SET)"
    RESET_count: ClassVar[str] = (
        "(expm1(beta_RESET) - expm1(beta_RESET*(G_max - G)/(G_max - G_min)))/(beta_RESET*alpha_RESET)"
    )
    units: ClassVar[dict[str, str]] = {
        "G_min": "siemens",
        "G_max": "siemens",
        "alpha_SET": "1",
        "beta_SET": "1",
        "alpha_RESET": "1",
        "beta_RESET": "1",
    }
    source: ClassVar[str] = (
        "Querlioz et al. 2013, 10.1109/TNANO.2013.2250995, the SET and RESET laws; integrated: this project"
    )

    nonlinearity: ClassVar[dict[str, tuple[float, float]]] = {"beta": (-10, 20)}

    law: Literal["exponential"] = "exponential"
    pulses_SET: float = Field(ge=1, le=1e6)
    beta_SET: float = Field(ge=-10, le=20)
    pulses_RESET: float = Field(ge=1, le=1e6)
    beta_RESET: float = Field(ge=-10, le=20)

    def parameters(self) -> dict[str, float]:
        beta_SET, beta_RESET = (not_zero(beta) for beta in (self.beta_SET, self.beta_RESET))
        return {
            "G_min": self.G_min,
            "G_max": self.G_max,
            "alpha_SET": np.expm1(beta_SET) / beta_SET / self.pulses_SET,
            "beta_SET": beta_SET,
            "alpha_RESET": np.expm1(beta_RESET) / beta_RESET / self.pulses_RESET,
            "beta_RESET": beta_RESET,
        }
