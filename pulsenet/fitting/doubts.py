"""What the points cannot support."""

from __future__ import annotations

from math import isfinite

from pulsenet.fitting.solution import BRANCHES, Solution
from pulsenet.text.quantities import from_si


def doubts(fit: Solution) -> tuple[str, ...]:
    """What the points cannot support, one line each."""
    found = []
    if len(fit.curves) < 3 * len(fit.names):
        found.append(f"only {len(fit.curves)} points for {len(fit.names)} parameters")
    for i, name in enumerate(fit.names):
        value, error = fit.values[name], fit.errors[name]
        if name in fit.bounded:
            found.append(f"{name} = {in_unit(name, value)} is at the end of what the law allows")
        elif not isfinite(error):
            found.append(f"{name}: the points do not determine it")
        elif error > abs(value):
            found.append(f"{name} = {in_unit(name, value)} +- {in_unit(name, error)}: the points cannot tell it from 0")
        for j in range(i):
            if abs(fit.correlation[i, j]) > 0.99:
                found.append(
                    f"{fit.names[j]} and {name} have a correlation of {fit.correlation[i, j]:.4f}: "
                    "the points tell them only together"
                )
    ends = []
    for RESET, kind in enumerate(BRANCHES):
        own = fit.curves.RESET == bool(RESET)
        if own.any():
            n = fit.curves.n[own].max()
            ends.append((float(fit.level(bool(RESET), fit.curves.n[own].min())), float(fit.level(bool(RESET), n))))
            pulses, measured = fit.values.get(f"pulses_{kind}", 0), n + fit.values.get(f"start_{kind}", 0)
            if pulses > 1.5 * measured:
                found.append(f"pulses_{kind} = {pulses:.4g} goes far beyond the {measured:.4g} pulses measured")
    if len(ends) == 2:
        span = fit.values["G_max"] - fit.values["G_min"]
        for (start, _), (_, end), text in ((ends[1], ends[0], "SET ends at {} and RESET starts at {}"),
                                           (ends[0], ends[1], "RESET ends at {} and SET starts at {}")):  # fmt: skip
            first = fit.curves.n[fit.curves.RESET == ("RESET starts" in text)].min()
            if abs(start - end) > 0.05 * span and (first == 0 or abs(start - end) > 0.2 * span):
                found.append(text.format(from_si(end, "S"), from_si(start, "S")) + ": the curves do not join")
    if together := fit.neighbours:
        factor = ((1 + together) / (1 - together)) ** 0.5
        found.append(
            f"neighbouring residuals have a correlation of {together:.2f} (noise that pulses add up, or a law that "
            f"does not fit): the standard errors are about {factor:.1f} times too small"
        )
    if fit.R2 < 0.9:
        found.append(f"R2 = {fit.R2:.3f}: the law does not describe these points")
    best, *others = fit.AIC.items()
    close = [name for name, AIC in others if AIC - best[1] < 2]
    if close:
        found.append(f"the points do not tell {best[0]} from {', '.join(close)}")
    return tuple(found)


def in_unit(name: str, value: float) -> str:
    return from_si(value, "S") if name.startswith("G_") else f"{value:.4g}"
