"""Soft bounds: the step falls linearly towards a bound beyond the end of the range."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from pulsenet.seams.laws.base import NEARLY_LINEAR, ResponseLaw


class SoftBounds(ResponseLaw):
    """dg = alpha (1 - slope g) for SET and -alpha (1 - slope (1 - g)) for RESET, g in [0, 1]; aihwkit's linear step.

    Every pulse takes the device the same fraction of the way to the soft bound at 1/slope, so that n pulses land
    exactly on g(n) = (1 - (1 - slope)^(n/pulses))/slope, and alpha follows from the number of pulses that span the
    range. It is NeuroSim's curve, with slope = 1 - exp(-pulses/A).

    Parameters
    ----------
    pulses_SET, pulses_RESET : float
        SET pulses from ``G_min`` to ``G_max``; RESET pulses back.
    slope_SET, slope_RESET : float
        How much smaller the step gets over the range, from 0 (linear) to 1 - 2e-9. At 1 the bound would be the end of
        the range itself, which no number of pulses reaches.

    Notes
    -----
    aihwkit refers its ``gamma`` to the step at weight 0, not at the start of the range: slope_SET = gamma_up (w_max -
    w_min)/(w_max - gamma_up w_min) and slope_RESET = gamma_down (w_max - w_min)/(gamma_down w_max - w_min). Its
    soft-bounds device has gamma = 1: there ``G_max`` is where one chooses to stop, below the bound.

    Examples
    --------
    >>> device = SoftBounds(G_min="0 S", G_max="1 uS", pulses_SET=64, slope_SET=0.9, pulses_RESET=64, slope_RESET=0.9)
    >>> first, last = device.evaluate("SET", G=0.0), device.evaluate("SET", G=1e-6)
    >>> round(float(last / first), 6)
    0.1
    """

    SET: ClassVar[str] = "approach_SET*(bound_SET - (G - G_min))"
    RESET: ClassVar[str] = "approach_RESET*(bound_RESET - (G_max - G))"
    SET_level: ClassVar[str] = "G_min - bound_SET*expm1(-rate_SET*n)"
    RESET_level: ClassVar[str] = "G_max + bound_RESET*expm1(-rate_RESET*n)"
    SET_count: ClassVar[str] = "log1p((G - G_min)/(rest_SET + (G_max - G)))/rate_SET"
    RESET_count: ClassVar[str] = "log1p((G - G_min)/rest_RESET)/rate_RESET"
    units: ClassVar[dict[str, str]] = {
        "G_min": "siemens",
        "G_max": "siemens",
        "bound_SET": "siemens",
        "rest_SET": "siemens",
        "rate_SET": "1",
        "approach_SET": "1",
        "bound_RESET": "siemens",
        "rest_RESET": "siemens",
        "rate_RESET": "1",
        "approach_RESET": "1",
    }
    source: ClassVar[str] = (
        "aihwkit's LinearStepDevice and SoftBoundsDevice, Rasch et al. 2021, 10.1109/AICAS51828.2021.9458494"
    )

    nonlinearity: ClassVar[dict[str, tuple[float, float]]] = {"slope": (0, 1 - 2e-9)}

    law: Literal["soft-bounds"] = "soft-bounds"
    pulses_SET: float = Field(ge=1, le=1e6)
    slope_SET: float = Field(ge=0, le=1 - 2e-9)
    pulses_RESET: float = Field(ge=1, le=1e6)
    slope_RESET: float = Field(ge=0, le=1 - 2e-9)

    def parameters(self) -> dict[str, float]:
        """``bound``: how far the soft bound lies from the start of the range; ``rest``: from its end."""
        span, values = self.G_max - self.G_min, {"G_min": self.G_min, "G_max": self.G_max}
        for kind in ("SET", "RESET"):
            slope = np.maximum(getattr(self, f"slope_{kind}"), NEARLY_LINEAR)
            rate = -np.log1p(-slope) / getattr(self, f"pulses_{kind}")
            values |= {
                f"bound_{kind}": span / slope,
                f"rest_{kind}": span * (1 - slope) / slope,
                f"rate_{kind}": rate,
                f"approach_{kind}": -np.expm1(-rate),
            }
        return values
