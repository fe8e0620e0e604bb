"""Fit response laws to measured curves. The fitted model is the simulated equation: the law's own expression text."""

from __future__ import annotations

import itertools
from dataclasses import fields, replace
from pathlib import Path

from pulsenet.errors import DataError
from pulsenet.fitting.curves import Curves
from pulsenet.fitting.doubts import doubts
from pulsenet.fitting.folder import write
from pulsenet.fitting.problem import Problem
from pulsenet.fitting.solution import Solution, fittable, floats
from pulsenet.fitting.telling import report
from pulsenet.fitting.variability import spread
from pulsenet.seams.laws import LAWS


class Fit(Solution):
    """A law fitted to curves: a solution that can be told and written."""

    def report(self) -> str:
        """Everything in a few lines of text."""
        return report(self)

    def write(self, folder: str | Path, force: bool = False) -> Path:
        """Write ``device.toml`` and ``curve.csv`` into a folder, each under another name first; ``force`` replaces.

        Raises
        ------
        DataError
            If the folder holds a device already, or cannot be written.
        """
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
    >>> import numpy as np
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
        unknown = set(fixed or ()) - set(floats(known[name]))
        if unknown and law != "auto":
            raise DataError(
                f"fixed: {law} has no parameter {', '.join(sorted(unknown))}; allowed: {', '.join(floats(known[name]))}"
            )
        problem = Problem(
            known[name], curves, {key: value for key, value in (fixed or {}).items() if key not in unknown}
        )
        found = [problem.solve(set(optional)) for optional in ((), problem.optional)[: 1 + bool(problem.optional)]]
        fits[name] = [one for one in found if one is not None]
    if not any(fits.values()):
        raise DataError(f"no parameters of law {law} come near these points; is it pulses against conductance?")
    nearest = min(itertools.chain(*fits.values()), key=lambda one: one.rms)
    independent = len(curves) * (1 - nearest.neighbours) / (1 + nearest.neighbours)
    ranked = sorted(
        ((one.akaike(independent), name, one) for name, found in fits.items() for one in found),
        key=lambda item: item[0],
    )
    AIC: dict[str, float] = {}
    for value, name, _ in ranked:
        AIC.setdefault(name, value)
    best = ranked[0][2]
    best = Fit(**{part.name: getattr(best, part.name) for part in fields(best)} | {"AIC": AIC})
    best = replace(best, spread=spread(best))
    return replace(best, warnings=doubts(best))
