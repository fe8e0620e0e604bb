"""The search: least squares of one law on one set of curves, from several starts."""

from __future__ import annotations

import itertools

import numpy as np

from pulsenet.errors import DataError
from pulsenet.fitting.branches import scatter
from pulsenet.fitting.curves import Curves
from pulsenet.fitting.solution import BRANCHES, Solution, branch_level, floats
from pulsenet.seams.laws import ResponseLaw

#: Values at which the search starts, as far as a parameter's bounds allow; in pulses measured for unbounded ones.
SHAPES = (-5.0, -2.0, -0.5, 0.2, 0.5, 0.9, 2.0, 5.0)
SPANS = (1.0, 1.3, 3.0)
#: A start counts as off the other branch's end beyond this fraction of the range (and beyond four times the noise).
GAP = 0.05


class Problem:
    """Least squares of one law on one set of curves, in units of the measured range.

    Points of the same branch and pulse number enter as their mean, weighted by their number: the same minimum.
    """

    def __init__(self, law: type[ResponseLaw], curves: Curves, fixed: dict[str, float]):
        self.law, self.curves, self.fixed, self.bounds = law, curves, fixed, floats(law)
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
        self.optional = {name for name in self.bounds if not law.model_fields[name].is_required() and name not in fixed}
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
            self.notes.append(
                f"no {other} points: its parameters are those of {kind}; the pulses measured span the range"
            )
            return
        for kind, other, sign in (("SET", "RESET", 1), ("RESET", "SET", -1)):
            (G, n), (G_end, _) = ends[kind], ends[other]
            noise = max(scatter(G), scatter(G_end))
            gap = sign * (G[0] - np.median(G_end[-3:]))
            if n[0] == 0 and gap > max(GAP * self.scale, 4 * noise) and f"pulses_{other}" in self.bounds:
                self.starts.append(f"start_{kind}")
                self.ties[f"pulses_{other}"] = f"start_{other}"
                self.notes.append(
                    f"{kind} starts {100 * gap / self.scale:.0f} % of the range off the end of {other}: "
                    f"its start was fitted, and {other} taken to end at its bound"
                )

    def solve(self, free_optional: set[str], start: dict[str, float] | None = None) -> Solution | None:
        """The best fit from several starts (from one, if given); None if the law comes near from none of them."""
        import lmfit  # takes half a second

        held = dict.fromkeys(self.fixed, "given")
        held |= dict.fromkeys(self.optional - free_optional, "default of the law")
        best = None
        for values in [start] if start else self._starts(held):
            parameters = self._parameters(lmfit, values, held)
            with np.errstate(invalid="ignore"):  # lmfit divides 0 by 0 where a law meets the points exactly
                result = lmfit.minimize(
                    self._residuals, parameters, method="least_squares", max_nfev=400, x_scale="jac"
                )
            if best is None or result.chisqr < best.chisqr:
                best = result
        if best is None or best.chisqr > 0.9 * np.sum(
            self.count * ((self.G - np.average(self.G, weights=self.count)) / self.scale) ** 2
        ):
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
                level[own] = branch_level(device, values, RESET, self.n[own])
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
                        values[name] = (
                            share * pulses if shape == "pulses" or not np.isfinite(self.bounds[name]).any() else share
                        )
            for name in self.bounds:
                values.setdefault(
                    name, next((x for x in SHAPES if self.bounds[name][0] < x < self.bounds[name][1]), 1.0)
                )
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

    def _fit(self, result, held: dict[str, str]) -> Solution:
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
        values = {
            key: float(f"{value * self.units.get(key, 1.0):.10g}") for key, value in result.params.valuesdict().items()
        }
        total = np.sum((self.curves.G - self.curves.G.mean()) ** 2)
        return Solution(
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
