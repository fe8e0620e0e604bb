"""NeuroSim's response: the step shrinks (or grows) by the same factor from pulse to pulse."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator, model_validator

from pulsenet.seams.laws.base import NEARLY_LINEAR, ResponseLaw, not_zero
from pulsenet.seams.laws.label import neurosim_curvature


class NeuroSim(ResponseLaw):
    """G = G_min + B (1 - exp(-n/A)) for SET, G = G_max - B (1 - exp(-n/A)) for RESET, n the pulses from the end.

    One pulse takes the device a fixed fraction 1 - exp(-1/A) of the way to G_min + B (or G_max - B), so that n pulses
    land exactly on the curve and no exponential is computed at run time. B follows from A and the number of pulses.
    It is the curve of `SoftBounds` too, with slope = 1 - exp(-pulses/A).

    Parameters
    ----------
    pulses_SET, pulses_RESET : float
        SET pulses from ``G_min`` to ``G_max``; RESET pulses back.
    A_SET, A_RESET : float
        Curvature, in pulses: the first step is exp(pulses/A) times the last. A large A of either sign is linear; a
        negative A has the small steps first. pulses/A lies from -10 to 20.

    Notes
    -----
    NeuroSim's code gives depression the A of the curve read backwards, so that its negative depression label is our
    positive ``A_RESET``; `from_labels` takes labels as NeuroSim's tables print them.

    Examples
    --------
    >>> device = NeuroSim(G_min="0 S", G_max="1 uS", pulses_SET=64, A_SET=20, pulses_RESET=64, A_RESET=20)
    >>> float(device.evaluate("SET_level", n=64))
    1e-06
    """

    SET: ClassVar[str] = "approach_SET*(B_SET - (G - G_min))"
    RESET: ClassVar[str] = "approach_RESET*(B_RESET - (G_max - G))"
    SET_level: ClassVar[str] = "G_min - B_SET*expm1(-n/A_SET)"
    RESET_level: ClassVar[str] = "G_max + B_RESET*expm1(-n/A_RESET)"
    SET_count: ClassVar[str] = "pulses_SET - A_SET*log1p((G_max - G)/(G_max - G_min)*expm1(pulses_SET/A_SET))"
    RESET_count: ClassVar[str] = "A_RESET*log1p((G - G_min)/(G_max - G_min)*expm1(pulses_RESET/A_RESET))"
    units: ClassVar[dict[str, str]] = {
        "G_min": "siemens",
        "G_max": "siemens",
        "pulses_SET": "1",
        "A_SET": "1",
        "B_SET": "siemens",
        "approach_SET": "1",
        "pulses_RESET": "1",
        "A_RESET": "1",
        "B_RESET": "siemens",
        "approach_RESET": "1",
    }
    source: ClassVar[str] = (
        "MLP+NeuroSim V3.0 manual, 5.1; Chen, Peng, Yu 2018, 10.1109/TCAD.2018.2789723; as a recursion: this project"
    )

    in_pulses: ClassVar[tuple[str, ...]] = ("pulses", "A")
    nonlinearity: ClassVar[dict[str, tuple[float, float]]] = {"pulses/A": (-10, 20)}

    law: Literal["neurosim"] = "neurosim"
    pulses_SET: float = Field(ge=1, le=1e6)
    A_SET: float = Field(allow_inf_nan=False)
    pulses_RESET: float = Field(ge=1, le=1e6)
    A_RESET: float = Field(allow_inf_nan=False)

    @field_validator("A_SET", "A_RESET")
    @classmethod
    def _check_A(cls, A):
        if A == 0:
            raise ValueError("A is in pulses and never 0; a linear device has a large one")
        return A

    @model_validator(mode="after")
    def _check_curvature(self):
        for kind, pulses, A in (("SET", self.pulses_SET, self.A_SET), ("RESET", self.pulses_RESET, self.A_RESET)):
            if not -10 * (1 + 1e-12) <= pulses / A <= 20 * (1 + 1e-12):
                raise ValueError(f"pulses_{kind}/A_{kind} = {pulses / A:g} lies from -10 to 20")
        return self

    @classmethod
    def from_labels(cls, G_min, G_max, *, pulses_SET: float, SET: float, pulses_RESET: float, RESET: float) -> NeuroSim:
        """A device from the nonlinearity labels of SET (potentiation) and RESET (depression), signed as in NeuroSim.

        Parameters
        ----------
        SET, RESET : float
            A positive SET has the large steps first; a **negative** RESET has the large steps first.

        Examples
        --------
        >>> PCMO = NeuroSim.from_labels("6.36 nS", "43.5 nS", pulses_SET=50, SET=3.68, pulses_RESET=50, RESET=-6.76)
        >>> round(PCMO.pulses_SET / PCMO.A_SET, 2), round(PCMO.pulses_RESET / PCMO.A_RESET, 2)
        (3.33, 9.98)
        """
        return cls(
            G_min=G_min,
            G_max=G_max,
            pulses_SET=pulses_SET,
            A_SET=pulses_SET / float(not_zero(neurosim_curvature(SET))),
            pulses_RESET=pulses_RESET,
            A_RESET=pulses_RESET / float(not_zero(neurosim_curvature(-RESET))),
        )

    @classmethod
    def bend(
        cls, fields: dict[str, Any], name: str, kind: str, amount: np.ndarray, limits: tuple[float, float]
    ) -> None:
        """The nonlinearity is pulses/A: nearly the exponential law's beta."""
        curvature = np.clip(fields[f"pulses_{kind}"] / fields[f"A_{kind}"] + amount, *limits)
        fields[f"A_{kind}"] = fields[f"pulses_{kind}"] / not_zero(curvature)

    def parameters(self) -> dict[str, float]:
        span, values = self.G_max - self.G_min, {"G_min": self.G_min, "G_max": self.G_max}
        for kind in ("SET", "RESET"):
            pulses, A = getattr(self, f"pulses_{kind}"), getattr(self, f"A_{kind}")
            A = np.where(np.abs(A) * NEARLY_LINEAR > pulses, pulses / NEARLY_LINEAR, A)[()]
            values |= {
                f"pulses_{kind}": pulses,
                f"A_{kind}": A,
                f"B_{kind}": -span / np.expm1(-pulses / A),
                f"approach_{kind}": -np.expm1(-1 / A),
            }
        return values
