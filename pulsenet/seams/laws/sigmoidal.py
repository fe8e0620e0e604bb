"""Sigmoidal response: small steps at both ends, large ones between, as domains of a ferroelectric switch."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from pulsenet.seams.laws.base import NEARLY_LINEAR, ResponseLaw


class Sigmoidal(ResponseLaw):
    """A piece of the logistic function of the number of pulses, stretched to span the range exactly.

    g(n) goes as 1/(1 + exp(-steepness (n/pulses - midpoint))) from n = 0 to ``pulses``, and a RESET runs through 1 - g.
    One pulse adds steepness/pulses to the logit, so n pulses land exactly on the curve and no exponential is computed
    at run time.

    Parameters
    ----------
    pulses_SET, pulses_RESET : float
        SET pulses from ``G_min`` to ``G_max``; RESET pulses back.
    steepness_SET, steepness_RESET : float
        The largest step is about steepness/4 times the mean one. 0 is linear. At most 20.
    midpoint_SET, midpoint_RESET : float
        Where the step is largest, as a fraction of the pulses, counted in the direction of the pulses: 0 for a step
        that only shrinks, 1 for one that only grows. steepness x midpoint is at most 10.

    Examples
    --------
    >>> shape = {"pulses_SET": 32, "steepness_SET": 8, "pulses_RESET": 32, "steepness_RESET": 8}
    >>> device = Sigmoidal(G_min="0 S", G_max="1 uS", **shape)
    >>> [round(float(device.evaluate("SET_level", n=n)) * 1e6, 3) for n in (0, 8, 16, 24, 32)]
    [0.0, 0.105, 0.5, 0.895, 1.0]
    """

    SET: ClassVar[str] = (
        "(G - G_min + foot_SET)*(G_max - G + head_SET)*growth_SET/(width_SET + (G - G_min + foot_SET)*growth_SET)"
    )
    RESET: ClassVar[str] = (
        "(G_max - G + foot_RESET)*(G - G_min + head_RESET)*growth_RESET"
        "/(width_RESET + (G_max - G + foot_RESET)*growth_RESET)"
    )
    SET_level: ClassVar[str] = (
        "G_min - foot_SET*(width_SET - foot_SET)*expm1(-rate_SET*n)"
        "/(width_SET*exp(-rate_SET*n) - foot_SET*expm1(-rate_SET*n))"
    )
    RESET_level: ClassVar[str] = (
        "G_max + foot_RESET*(width_RESET - foot_RESET)*expm1(-rate_RESET*n)"
        "/(width_RESET*exp(-rate_RESET*n) - foot_RESET*expm1(-rate_RESET*n))"
    )
    SET_count: ClassVar[str] = "(log1p((G - G_min)/foot_SET) + log1p((G - G_min)/(G_max - G + head_SET)))/rate_SET"
    RESET_count: ClassVar[str] = (
        "(log1p((G - G_min)/(G_max - G + foot_RESET)) + log1p((G - G_min)/head_RESET))/rate_RESET"
    )
    units: ClassVar[dict[str, str]] = {
        "G_min": "siemens",
        "G_max": "siemens",
        "foot_SET": "siemens",
        "head_SET": "siemens",
        "width_SET": "siemens",
        "growth_SET": "1",
        "rate_SET": "1",
        "foot_RESET": "siemens",
        "head_RESET": "siemens",
        "width_RESET": "siemens",
        "growth_RESET": "1",
        "rate_RESET": "1",
    }
    source: ClassVar[str] = "this project"

    nonlinearity: ClassVar[dict[str, tuple[float, float]]] = {"steepness": (0, 20)}

    law: Literal["sigmoidal"] = "sigmoidal"
    pulses_SET: float = Field(ge=1, le=1e6)
    steepness_SET: float = Field(ge=0, le=20)
    midpoint_SET: float = Field(default=0.5, ge=0, le=1)
    pulses_RESET: float = Field(ge=1, le=1e6)
    steepness_RESET: float = Field(ge=0, le=20)
    midpoint_RESET: float = Field(default=0.5, ge=0, le=1)

    @model_validator(mode="after")
    def _check_foot(self):
        for kind in ("SET", "RESET"):
            steepness, midpoint = getattr(self, f"steepness_{kind}"), getattr(self, f"midpoint_{kind}")
            if steepness * midpoint > 10 * (1 + 1e-12):
                raise ValueError(
                    f"steepness_{kind} = {steepness:g}, midpoint_{kind} = {midpoint:g}: their product is at most 10"
                )
        return self

    def nonlinearity_limits(self, name: str, kind: str) -> tuple[float, float]:
        """Steepness times midpoint stays at most 10."""
        return 0, min(20, 10 / max(getattr(self, f"midpoint_{kind}"), 0.5))

    def parameters(self) -> dict[str, float]:
        """``foot``, ``head``: how far the logistic function exceeds the range, in siemens; ``width``: all of it."""
        span, values = self.G_max - self.G_min, {"G_min": self.G_min, "G_max": self.G_max}
        for kind in ("SET", "RESET"):
            steepness = np.maximum(getattr(self, f"steepness_{kind}"), NEARLY_LINEAR)
            before = steepness * getattr(self, f"midpoint_{kind}")
            after = steepness - before
            width = span * 2 * np.cosh(before / 2) * np.cosh(after / 2) / np.sinh(steepness / 2)
            rate = steepness / getattr(self, f"pulses_{kind}")
            values |= {
                f"foot_{kind}": width / (1 + np.exp(before)),
                f"head_{kind}": width / (1 + np.exp(after)),
                f"width_{kind}": width,
                f"growth_{kind}": np.expm1(rate),
                f"rate_{kind}": rate,
            }
        return values
