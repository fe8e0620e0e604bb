"""Fit response laws to measured curves. The fitted model is the simulated equation: the law's own expression text."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import annotated_types
import numpy as np

from pulsenet.curves import Curves, scatter
from pulsenet.devices import LAWS, ResponseLaw, nonlinearity_label
from pulsenet.errors import DataError

BRANCHES = ("SET", "RESET")
#: Values at which the search starts, as far as a parameter's bounds allow; in pulses measured for unbounded ones.
SHAPES = (-5.0, -2.0, -0.5, 0.2, 0.5, 0.9, 2.0, 5.0)
SPANS = (1.0, 1.3, 3.0)
#: A start counts as off the other branch's end beyond this fraction of the range (and beyond four times the noise).
GAP = 0.05
#: Where the fitted law equals the points to this fraction of the range, better is not better.
EXACT = 1e-6


@dataclass(frozen=True)
class Fit:
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
        return self.law(**{name: self.values[name] for name in _floats(self.law) if name in self.values})

    def level(self, RESET: bool, n: np.ndarray) -> np.ndarray:
        """Conductance in siemens after ``n`` pulses of a measured branch."""
        return _level(self.device(), self.values, RESET, np.asarray(n, dtype=float))

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

    def report(self) -> str:
        """Everything in a few lines of text."""
        from pulsenet.fit_report import report

        return report(self)

    def write(self, folder: str | Path, force: bool = False) -> Path:
        """Write ``device.toml`` and ``curve.csv`` into a folder, each under another name first; ``force`` replaces.

        Raises
        ------
        DataError
            If the folder holds a device already, or cannot be written.
        """
        from pulsenet.fit_report import write

        return write(self, Path(folder), force)


def fit(curves: Curves, law: str = "auto", fixed: dict[str, float] | None = None) -> Fit:
    """Fit a law, or all of them and keep the one with the smallest AIC.

    Parameters
    ----------
    curves : Curves
    law : str
        ``"auto"`` or the name of a law.
    fixed : dict of str to float, optional
        Parameters that are known, in SI units.

    Returns
    -------
    Fit

    Raises
    ------
    DataError
        If there is no such law, or none can be fitted to the points.

    Examples
    --------
    >>> n = np.arange(33.0)
    >>> points = dict(device=0 * n.astype(int), cycle=0 * n.astype(int), n=n)
    >>> curves = Curves(**points, RESET=n < 0, G=1e-6 * (1 + n / 32))
    >>> round(fit(curves, "linear").values["G_max"] * 1e6, 6)
    2.0
    """
    known = {candidate.model_fields["law"].default: candidate for candidate in LAWS if fittable(candidate)}
    if law != "auto" and law not in known:
        raise DataError(f"law {law!r} cannot be fitted to curves; choose auto or one of {', '.join(known)}")
    fits = {}
    for name in known if law == "auto" else [law]:
        unknown = set(fixed or ()) - set(_floats(known[name]))
        if unknown and law != "auto":
            raise DataError(f"fixed: {law} has no parameter {', '.join(sorted(unknown))}; allowed: {', '.join(_floats(known[name]))}")
        problem = Problem(known[name], curves, {key: value for key, value in (fixed or {}).items() if key not in unknown})
        found = [problem.solve(set(optional)) for optional in ((), problem.optional)[: 1 + bool(problem.optional)]]
        fits[name] = [one for one in found if one is not None]
    if not any(fits.values()):
        raise DataError(f"no parameters of law {law} come near these points; is it pulses against conductance?")
    nearest = min(itertools.chain(*fits.values()), key=lambda one: one.rms)
    independent = len(curves) * (1 - nearest.neighbours) / (1 + nearest.neighbours)
    ranked = sorted(
        ((one.akaike(independent), name, one) for name, found in fits.items() for one in found), key=lambda item: item[0]
    )
    AIC: dict[str, float] = {}
    for value, name, _ in ranked:
        AIC.setdefault(name, value)
    best = replace(ranked[0][2], AIC=AIC)
    from pulsenet.fit_report import doubts, spread

    best = replace(best, spread=spread(best))
    return replace(best, warnings=doubts(best))


def fittable(law: type[ResponseLaw]) -> bool:
    """Whether a law is given by numbers and a closed form for SET and RESET."""
    return hasattr(law, "SET_level") and hasattr(law, "RESET_level") and bool(_floats(law))


def _floats(law: type[ResponseLaw]) -> dict[str, tuple[float, float]]:
    """Bounds of every parameter that is a number."""
    found = {}
    for name, info in law.model_fields.items():
        if info.annotation is float:
            bounds = {type(rule): rule for rule in info.metadata}
            low = getattr(bounds.get(annotated_types.Ge), "ge", getattr(bounds.get(annotated_types.Gt), "gt", -np.inf))
            high = getattr(bounds.get(annotated_types.Le), "le", getattr(bounds.get(annotated_types.Lt), "lt", np.inf))
            found[name] = (float(low), float(high))
    return found


def _level(device: ResponseLaw, values: dict[str, float], RESET: bool, n: np.ndarray) -> np.ndarray:
    kind = BRANCHES[RESET]
    level = device.evaluate(f"{kind}_level", n=n + values.get(f"start_{kind}", 0.0))
    return np.clip(level, device.G_min, device.G_max)  # a step ends at the bound


class Problem:
    """Least squares of one law on one set of curves, in units of the measured range.

    Points of the same branch and pulse number enter as their mean, weighted by their number: the same minimum.
    """

    def __init__(self, law: type[ResponseLaw], curves: Curves, fixed: dict[str, float]):
        self.law, self.curves, self.fixed, self.bounds = law, curves, fixed, _floats(law)
        keys, group, self.count = np.unique(
            np.stack([curves.RESET.astype(float), curves.n]), axis=1, return_inverse=True, return_counts=True
        )
        self.RESET, self.n = keys[0] > 0, keys[1]
        self.G = np.bincount(group.ravel(), curves.G) / self.count
        self.within = float(np.sum((curves.G - self.G[group.ravel()]) ** 2))
        self.scale = float(np.ptp(self.G))
        if self.scale <= 1e-9 * np.abs(self.G).max():
            raise DataError(f"the conductance is {self.G[0]:.4g} S at every pulse; there is nothing to fit")
        self.units = {name: self.scale if name in ("G_min", "G_max") else 1.0 for name in self.bounds}
        self.optional = {
            name for name in self.bounds if not law.model_fields[name].is_required() and name not in fixed
        }
        self.pulses = {kind: float(self.n[self.RESET == bool(i)].max(initial=0)) for i, kind in enumerate(BRANCHES)}
        self._anchor()

    def _anchor(self) -> None:
        """Which branches do not start at a bound, and which bounds only the end of a branch tells."""
        self.starts, self.ties, self.held, self.notes = [], {}, {}, []
        ends = {kind: (self.G[self.RESET == bool(i)], self.n[self.RESET == bool(i)]) for i, kind in enumerate(BRANCHES)}
        present = [kind for kind in BRANCHES if len(ends[kind][0])]
        if len(present) == 1:
            (kind,) = present
            other = BRANCHES[kind == "SET"]
            self.ties[f"pulses_{kind}"] = None
            self.notes.append(f"no {other} points: its parameters are those of {kind}; the pulses measured span the range")
            return
        for kind, other, sign in (("SET", "RESET", 1), ("RESET", "SET", -1)):
            (G, n), (G_end, _) = ends[kind], ends[other]
            noise = max(scatter(G), scatter(G_end))
            gap = sign * (G[0] - np.median(G_end[-3:]))
            if n[0] == 0 and gap > max(GAP * self.scale, 4 * noise) and f"pulses_{other}" in self.bounds:
                self.starts.append(f"start_{kind}")
                self.ties[f"pulses_{other}"] = f"start_{other}"
                self.notes.append(f"{kind} starts {100 * gap / self.scale:.0f} % of the range off the end of {other}: its start was "
                                  f"fitted, and {other} taken to end at its bound")  # fmt: skip

    def solve(self, free_optional: set[str], start: dict[str, float] | None = None) -> Fit | None:
        """The best fit from several starts (from one, if given); None if the law comes near from none of them."""
        import lmfit  # takes half a second

        held = dict.fromkeys(self.fixed, "given")
        held |= dict.fromkeys(self.optional - free_optional, "default of the law")
        best = None
        for values in [start] if start else self._starts(held):
            parameters = self._parameters(lmfit, values, held)
            with np.errstate(invalid="ignore"):  # lmfit divides 0 by 0 where a law meets the points exactly
                result = lmfit.minimize(self._residuals, parameters, method="least_squares", max_nfev=400, x_scale="jac")
            if best is None or result.chisqr < best.chisqr:
                best = result
        if best is None or best.chisqr > 0.9 * np.sum(self.count * ((self.G - np.average(self.G, weights=self.count)) / self.scale) ** 2):
            return None
        return self._fit(best, held)

    def _parameters(self, lmfit, values: dict[str, float], held: dict[str, str]):
        parameters = lmfit.Parameters()
        for name in self.starts:
            parameters.add(name, values.get(name, 0.1 * self.pulses[name.removeprefix("start_")]), min=0, max=1e6)
        for name, (low, high) in self.bounds.items():
            if name in ("G_min", "G_max"):
                middle = (self.G.min() + self.G.max()) / 2 / self.scale
                low, high = (0.0, middle) if name == "G_min" else (middle, middle + 100)
            value = self.fixed.get(name, values[name]) / self.units[name]
            margin = 1e-9 * max(1.0, abs(value))
            parameters.add(name, min(max(value, low + margin), high - margin), min=low, max=high, vary=name not in held)
        for name, start in self.ties.items():
            if name in self.bounds and name not in held:
                pulses = self.pulses[name.removeprefix("pulses_")]
                parameters[name].set(expr=f"{start} + {pulses}" if start in self.starts else f"{pulses}")
        if len(set(self.RESET.tolist())) == 1:  # the branch that was not measured mirrors the other
            kind = BRANCHES[bool(self.RESET[0])]
            other = BRANCHES[kind == "SET"]
            for name in self.bounds:
                if name.endswith(f"_{other}") and name not in held:
                    parameters[name].set(expr=f"{name.removesuffix(other)}{kind}")
        return parameters

    def _device(self, values: dict[str, float]) -> ResponseLaw:
        return self.law(**{name: values[name] * self.units[name] for name in self.bounds})

    def _residuals(self, parameters) -> np.ndarray:
        values = parameters.valuesdict() if hasattr(parameters, "valuesdict") else parameters
        try:
            device, level = self._device(values), np.empty(len(self.n))
            for RESET in (False, True):
                own = self.RESET == RESET
                level[own] = _level(device, values, RESET, self.n[own])
        except (ValueError, ZeroDivisionError, OverflowError):  # what the law does not allow
            level = np.full(len(self.n), np.nan)
        residuals = (self.G - level) / self.scale
        return np.sqrt(self.count) * np.where(np.isfinite(residuals), residuals, 10.0)

    def _starts(self, held: dict[str, str]) -> list[dict[str, float]]:
        """Values from which to search: the best few of a grid of shapes, for SET and RESET separately."""
        base = {name: self.law.model_fields[name].default for name in self.optional}
        base |= {"G_min": self.G.min(), "G_max": self.G.max()} | self.fixed
        base["G_min"] = max(base["G_min"], 1e-4 * base["G_max"])
        shapes = {name.rsplit("_", 1)[0] for name in self.bounds if name.endswith(BRANCHES) and name not in held}
        grid = {shape: self._candidates(shape) for shape in sorted(shapes)}
        ranked = {kind: [] for kind in BRANCHES}
        for choice in itertools.product(*grid.values()):
            values = dict(base)
            for (shape, _), share in zip(grid.items(), choice, strict=True):
                for kind in BRANCHES:
                    name = f"{shape}_{kind}"
                    if name in self.bounds and name not in held:
                        pulses = self.pulses[kind] or max(self.pulses.values())
                        values[name] = share * pulses if shape == "pulses" or not np.isfinite(self.bounds[name]).any() else share
            for name in self.bounds:
                values.setdefault(name, next((x for x in SHAPES if self.bounds[name][0] < x < self.bounds[name][1]), 1.0))
            squares = self._residuals({name: values[name] / self.units[name] for name in self.bounds}) ** 2
            for i, kind in enumerate(BRANCHES):
                ranked[kind].append((float(squares[self.RESET == bool(i)].sum()), len(ranked[kind]), values))
        ranked = {kind: sorted(tries)[:3] for kind, tries in ranked.items()}
        starts = []
        for tries in zip(*ranked.values(), strict=True):
            values = dict(tries[0][2])
            values |= {name: value for name, value in tries[1][2].items() if name.endswith("_RESET")}
            starts.append(values)
        return starts

    def _candidates(self, shape: str) -> list[float]:
        if shape == "pulses":
            return list(SPANS)
        low, high = next(bounds for name, bounds in self.bounds.items() if name.rsplit("_", 1)[0] == shape)
        return [value for value in SHAPES if low < value < high] or [(low + high) / 2]

    def _fit(self, result, held: dict[str, str]) -> Fit:
        """Values and covariance in SI; the scatter within repeated pulse numbers counts as residual, too."""
        n_points = int(self.count.sum())
        squares = result.chisqr * self.scale**2 + self.within
        names = tuple(result.var_names)
        units = np.array([self.units.get(key, 1.0) for key in names])
        at_bound = tuple(
            key for key in names for bound in (result.params[key].min, result.params[key].max)
            if np.isfinite(bound) and abs(result.params[key].value - bound) <= 1e-6 * max(1.0, abs(bound))
        )  # fmt: skip
        variance = squares / self.scale**2 / max(1, n_points - len(names))
        covariance = self._covariance(result.params, [key for key in names if key not in at_bound], names, variance)
        covariance *= np.outer(units, units)
        tied = {key: f"= {result.params[key].expr}" for key in self.bounds if result.params[key].expr}
        values = {key: float(f"{value * self.units.get(key, 1.0):.10g}") for key, value in result.params.valuesdict().items()}
        total = np.sum((self.curves.G - self.curves.G.mean()) ** 2)
        return Fit(
            self.law, self.curves, values, names, covariance, held | tied, float(1 - squares / total),
            float(np.sqrt(squares / n_points)), {}, tuple(self.notes), bounded=at_bound,
        )  # fmt: skip

    def _covariance(self, parameters, free: list[str], names: tuple[str, ...], variance: float) -> np.ndarray:
        """Covariance of the free parameters, NaN for others and where the points do not determine them.

        The slopes are secants over the size of the standard error, from a first estimate with a small step: where a
        curve ends at its bound, or bends, they hold better than the tangent does.
        """
        steps = {name: 1e-5 * max(abs(parameters[name].value), 1e-3) for name in free}
        covariance = np.full((len(names), len(names)), np.nan)
        where = np.ix_(*[[names.index(name) for name in free]] * 2)

        def here(name: str) -> tuple[float, np.ndarray]:
            return parameters[name].value, self._residuals(parameters)

        for _ in range(2):
            jacobian = np.empty((len(self.n), len(free)))
            for i, name in enumerate(free):
                sides = []
                for sign in (-1, 1):
                    moved = parameters.copy()
                    moved[name].value = parameters[name].value + sign * steps[name]  # lmfit keeps it within its bounds
                    moved.update_constraints()
                    there = moved[name].value, self._residuals(moved)
                    allowed = np.all(np.abs(there[1]) < 10 * np.sqrt(self.count))
                    sides.append(there if allowed else here(name))
                (low, before), (high, after) = sides
                if low == high:  # neither side is allowed
                    return np.full_like(covariance, np.nan)
                jacobian[:, i] = (after - before) / (high - low)
            size = np.sqrt(np.sum(jacobian**2, axis=0))
            size[size == 0] = np.nan
            if np.isnan(size).any():
                return covariance
            alike = (jacobian / size).T @ (jacobian / size)
            if np.linalg.cond(alike) > 1e13:
                return covariance
            covariance[where] = variance * np.linalg.inv(alike) / np.outer(size, size)
            errors = np.sqrt(np.diag(covariance[where]))
            steps = {
                name: min(max(error, steps[name]), 0.3 * abs(parameters[name].value) + 0.01)
                for name, error in zip(free, errors, strict=True)
            }
        return covariance
