"""What a fit finds: a law, its parameters, and how well they tell the points."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import annotated_types
import numpy as np

from pulsenet.fitting.curves import Curves
from pulsenet.seams.laws import ResponseLaw, nonlinearity_label

BRANCHES = ("SET", "RESET")
#: Where the fitted law equals the points to this fraction of the range, better is not better.
EXACT = 1e-6


@dataclass(frozen=True)
class Solution:
    """A law fitted to curves.

    Attributes
    ----------
    law : subclass of ResponseLaw
    curves : Curves
    values : dict of str to float
        Every parameter of the law, and ``start_SET``, ``start_RESET`` (pulses from the bound at which a branch starts)
        where they were fitted. Conductances in siemens, numbers of pulses, numbers.
    names : tuple of str
        Parameters that were fitted, in the order of ``covariance``.
    covariance : float array
        In the units of the values; NaN where the points do not determine it.
    held : dict of str to str
        Why a parameter was not fitted.
    R2 : float
    rms : float, siemens
        Root mean square of the residuals.
    AIC : dict of str to float
        Akaike's criterion by law, smallest first; only differences matter. Points whose residuals resemble their
        neighbours' count as fewer.
    notes, warnings : tuple of str
        Assumptions of the fit; what the points cannot support.
    spread : Spread or None
        From repeated cycles and devices.
    """

    law: type[ResponseLaw]
    curves: Curves
    values: dict[str, float]
    names: tuple[str, ...]
    covariance: np.ndarray
    held: dict[str, str]
    R2: float
    rms: float
    AIC: dict[str, float]
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    spread: object = None
    bounded: tuple[str, ...] = field(default=(), repr=False)

    @cached_property
    def errors(self) -> dict[str, float]:
        """Standard error of every fitted parameter, in the unit of its value."""
        with np.errstate(invalid="ignore"):
            return dict(zip(self.names, np.sqrt(np.diag(self.covariance)).tolist(), strict=True))

    @cached_property
    def correlation(self) -> np.ndarray:
        """Correlation matrix of the fitted parameters."""
        sd = np.array(list(self.errors.values()))
        with np.errstate(all="ignore"):
            return self.covariance / np.outer(sd, sd)

    def device(self) -> ResponseLaw:
        """The law with the fitted parameters: what a run simulates."""
        return self.law(**{name: self.values[name] for name in floats(self.law) if name in self.values})

    def level(self, RESET: bool, n: np.ndarray) -> np.ndarray:
        """Conductance in siemens after ``n`` pulses of a measured branch."""
        return branch_level(self.device(), self.values, RESET, np.asarray(n, dtype=float))

    @cached_property
    def residuals(self) -> np.ndarray:
        """Measured minus fitted conductance of every point, in siemens."""
        fitted = np.empty(len(self.curves))
        for RESET in (False, True):
            own = self.curves.RESET == RESET
            fitted[own] = self.level(RESET, self.curves.n[own])
        return self.curves.G - fitted

    @cached_property
    def neighbours(self) -> float:
        """Correlation of neighbouring residuals along the branches; 0 below 0.3, where it may be chance."""
        same = np.ones(len(self.curves) - 1, bool)
        for key in (self.curves.device, self.curves.cycle, self.curves.RESET):
            same &= np.diff(key) == 0
        if same.sum() < 10 or self.rms < 10 * EXACT * (self.values["G_max"] - self.values["G_min"]):
            return 0.0
        found = float(np.mean((self.residuals[1:] * self.residuals[:-1])[same])) / self.rms**2
        return min(found, 0.99) if found > 0.3 else 0.0

    def akaike(self, independent: float) -> float:
        """Akaike's criterion for so many independent points."""
        relative = self.rms / np.ptp(self.curves.G)
        return float(independent * np.log(max(relative, EXACT) ** 2) + 2 * len(self.names))

    @cached_property
    def labels(self) -> tuple[float, float]:
        """NeuroSim's nonlinearity labels of SET and RESET."""
        return nonlinearity_label(self.device())


def fittable(law: type[ResponseLaw]) -> bool:
    """Whether a law is given by numbers and by closed forms of its own for SET and RESET."""
    return bool(law.SET_level and law.RESET_level and floats(law))


def floats(law: type[ResponseLaw]) -> dict[str, tuple[float, float]]:
    """Bounds of every parameter that is a number."""
    found = {}
    for name, info in law.model_fields.items():
        if info.annotation is float:
            bounds = {type(rule): rule for rule in info.metadata}
            low = getattr(bounds.get(annotated_types.Ge), "ge", getattr(bounds.get(annotated_types.Gt), "gt", -np.inf))
            high = getattr(bounds.get(annotated_types.Le), "le", getattr(bounds.get(annotated_types.Lt), "lt", np.inf))
            found[name] = (float(low), float(high))
    return found


def branch_level(device: ResponseLaw, values: dict[str, float], RESET: bool, n: np.ndarray) -> np.ndarray:
    kind = BRANCHES[RESET]
    level = device.evaluate(f"{kind}_level", n=n + values.get(f"start_{kind}", 0.0))
    return np.clip(level, device.G_min, device.G_max)  # a step ends at the bound
