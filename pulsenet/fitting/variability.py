"""Spread over cycles and devices, and noise of pulses and of readings."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import numpy as np

from pulsenet.fitting.problem import Problem
from pulsenet.fitting.solution import BRANCHES, Solution

#: Fits of single cycles or devices are at most so many, evenly chosen.
MOST_FITS = 100


@dataclass(frozen=True)
class Spread:
    """How much cycles and devices differ.

    Attributes
    ----------
    cycle_to_cycle, device_to_device : dict of str to float
        Standard deviation of each parameter over cycles of a device, over devices, beyond its standard error; in its
        unit. Empty without repetition.
    n_cycles, n_devices : int
        Fits behind them.
    pulse_noise : dict of str to float
        Standard deviation that one pulse adds, by branch, as a fraction of the range (NeuroSim's cycle-to-cycle
        variation). 0 where it does not exceed twice its own error.
    read_noise : dict of str to float
        Standard deviation of one reading, by branch, as a fraction of the range.
    """

    cycle_to_cycle: dict[str, float]
    device_to_device: dict[str, float]
    n_cycles: int
    n_devices: int
    pulse_noise: dict[str, float]
    read_noise: dict[str, float]


def spread(fit: Solution) -> Spread:
    """Spread from fits of every cycle and device by itself, and noise from successive residuals."""
    devices = [(number,) for number in np.unique(fit.curves.device)]
    cycles = np.unique(np.stack([fit.curves.device, fit.curves.cycle]), axis=1).T
    of_devices = _fits(fit, [fit.curves.device == device for (device,) in devices])
    of_cycles = _fits(fit, [(fit.curves.device == d) & (fit.curves.cycle == c) for d, c in _evenly(cycles)])
    groups = [int(d) for d, _ in _evenly(cycles)]
    per_cycle = _beyond_error(fit, of_cycles, groups) if len(cycles) > len(devices) else {}
    per_device = _beyond_error(fit, of_devices, [0] * len(of_devices)) if len(devices) > 1 else {}
    noise = {kind: _noise(fit, bool(RESET)) for RESET, kind in enumerate(BRANCHES)}
    noise = {kind: value for kind, value in noise.items() if value is not None}
    return Spread(
        per_cycle, per_device, sum(one is not None for one in of_cycles) if per_cycle else 0,
        sum(one is not None for one in of_devices) if per_device else 0,
        {kind: value[0] for kind, value in noise.items()}, {kind: value[1] for kind, value in noise.items()},
    )  # fmt: skip


def _evenly(items):
    return items if len(items) <= MOST_FITS else items[np.linspace(0, len(items) - 1, MOST_FITS).round().astype(int)]


def _fits(fit: Solution, masks: list[np.ndarray]) -> list[Solution | None]:
    """The same law fitted to parts of the points, from the whole fit; None where a part does not determine it."""
    if len(masks) < 2:
        return []
    fixed = {name: fit.values[name] for name, reason in fit.held.items() if not reason.startswith("=")}
    found = []
    for mask in masks[:MOST_FITS]:
        part = fit.curves.select(mask)
        complete = set(part.RESET.tolist()) == set(fit.curves.RESET.tolist()) and len(part) > len(fit.names)
        problem = Problem(fit.law, part, fixed) if complete and np.ptp(part.G) > 0 else None
        found.append(problem and problem.solve(problem.optional, fit.values))
    return found


def _beyond_error(fit: Solution, fits: list[Solution | None], groups: list[int]) -> dict[str, float]:
    """Pooled standard deviation within groups of each parameter, without the part that its standard error explains."""
    kept = [(one, group) for one, group in zip(fits, groups, strict=False) if one is not None]
    found = {}
    for name in fit.names:
        usable = [
            (one.values[name], one.errors[name], group) for one, group in kept if isfinite(one.errors.get(name, np.nan))
        ]
        squares, degrees = 0.0, 0
        for group in {group for _, _, group in usable}:
            own = np.array([value for value, _, g in usable if g == group])
            squares, degrees = squares + np.sum((own - own.mean()) ** 2), degrees + len(own) - 1
        if degrees:
            error = np.mean([error**2 for _, error, _ in usable])
            found[name] = float(np.sqrt(max(0.0, squares / degrees - error)))
    return found


def _noise(fit: Solution, RESET: bool) -> tuple[float, float] | None:
    """(added by a pulse, added by a reading), as fractions of the range, from the changes of successive residuals.

    A reading's error appears in two successive changes with opposite signs; a pulse's stays.
    """
    curves, residuals = fit.curves, fit.residuals / (fit.values["G_max"] - fit.values["G_min"])
    own = np.flatnonzero(curves.RESET == RESET)
    adjacent = np.diff(own) == 1
    for key, step in ((curves.device, 0), (curves.cycle, 0), (curves.n, 1)):
        adjacent &= np.diff(key[own]) == step
    change = np.where(adjacent, np.diff(residuals[own]), np.nan)
    change -= np.nanmean(change) if adjacent.any() else 0.0
    products = change[1:] * change[:-1]
    if np.count_nonzero(np.isfinite(products)) < 10:
        return None
    both = change[1:] ** 2 + 2 * products
    error = np.nanstd(both) / np.sqrt(np.count_nonzero(np.isfinite(both)))
    pulse = max(0.0, float(np.nanmean(both)))
    pulse = pulse if pulse > 2 * error else 0.0
    return float(np.sqrt(pulse)), float(np.sqrt(max(0.0, (np.nanmean(change**2) - pulse) / 2)))
