"""What a fit tells: spread over cycles and devices, doubts, text, a device folder, a figure."""

from __future__ import annotations

import json
import os
import tomllib
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from math import isfinite
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pulsenet.curves import Curves
from pulsenet.errors import DataError
from pulsenet.figures.style import GREY, NEGATIVE, POSITIVE, scale, styled
from pulsenet.fit import BRANCHES, Fit, Problem
from pulsenet.quantities import PREFIXES, from_si

#: Fits of single cycles or devices, and points in a panel, are at most so many, evenly chosen.
MOST_FITS, MOST_POINTS = 100, 20_000


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


def spread(fit: Fit) -> Spread:
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


def _fits(fit: Fit, masks: list[np.ndarray]) -> list[Fit | None]:
    """The same law fitted to parts of the points, starting from the whole fit; None where a part does not determine it."""
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


def _beyond_error(fit: Fit, fits: list[Fit | None], groups: list[int]) -> dict[str, float]:
    """Pooled standard deviation within groups of each parameter, without the part that its standard error explains."""
    kept = [(one, group) for one, group in zip(fits, groups, strict=False) if one is not None]
    found = {}
    for name in fit.names:
        usable = [(one.values[name], one.errors[name], group) for one, group in kept if isfinite(one.errors.get(name, np.nan))]
        squares, degrees = 0.0, 0
        for group in {group for _, _, group in usable}:
            own = np.array([value for value, _, g in usable if g == group])
            squares, degrees = squares + np.sum((own - own.mean()) ** 2), degrees + len(own) - 1
        if degrees:
            error = np.mean([error**2 for _, error, _ in usable])
            found[name] = float(np.sqrt(max(0.0, squares / degrees - error)))
    return found


def _noise(fit: Fit, RESET: bool) -> tuple[float, float] | None:
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


def doubts(fit: Fit) -> tuple[str, ...]:
    """What the points cannot support, one line each."""
    found = []
    if len(fit.curves) < 3 * len(fit.names):
        found.append(f"only {len(fit.curves)} points for {len(fit.names)} parameters")
    for i, name in enumerate(fit.names):
        value, error = fit.values[name], fit.errors[name]
        if name in fit.bounded:
            found.append(f"{name} = {_value(name, value)} is at the end of what the law allows")
        elif not isfinite(error):
            found.append(f"{name}: the points do not determine it")
        elif error > abs(value):
            found.append(f"{name} = {_value(name, value)} +- {_value(name, error)}: the points cannot tell it from 0")
        for j in range(i):
            if abs(fit.correlation[i, j]) > 0.99:
                found.append(f"{fit.names[j]} and {name} have a correlation of {fit.correlation[i, j]:.4f}: the points tell "
                             "them only together")  # fmt: skip
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
        found.append(f"neighbouring residuals have a correlation of {together:.2f} (noise that pulses add up, or a law that does "
                     f"not fit): the standard errors are about {factor:.1f} times too small")  # fmt: skip
    if fit.R2 < 0.9:
        found.append(f"R2 = {fit.R2:.3f}: the law does not describe these points")
    best, *others = fit.AIC.items()
    close = [name for name, AIC in others if AIC - best[1] < 2]
    if close:
        found.append(f"the points do not tell {best[0]} from {', '.join(close)}")
    return tuple(found)


def _value(name: str, value: float) -> str:
    return from_si(value, "S") if name.startswith("G_") else f"{value:.4g}"


def report(fit: Fit) -> str:
    """The fit in a few lines."""
    span = fit.values["G_max"] - fit.values["G_min"]
    best = next(iter(fit.AIC))
    lines = [f"{best} law, {len(fit.curves)} points: R2 = {fit.R2:.5f}, residuals {100 * fit.rms / span:.2f} % of the range"]
    for name, value in fit.values.items():
        error = f" +- {_value(name, fit.errors[name])}" if name in fit.errors else f" ({fit.held.get(name, 'given')})"
        lines.append(f"  {name:14} {_value(name, value)}{error}")
    lines.append("nonlinearity label (NeuroSim): SET {:.2f}, RESET {:.2f}".format(*fit.labels))
    if len(fit.AIC) > 1:
        first = fit.AIC[best]
        lines.append("AIC above the best: " + ", ".join(f"{name} {AIC - first:.1f}" for name, AIC in fit.AIC.items()))
    for text, values, number in (
        ("cycle to cycle", fit.spread.cycle_to_cycle, fit.spread.n_cycles),
        ("device to device", fit.spread.device_to_device, fit.spread.n_devices),
    ):
        if values:
            lines.append(f"spread {text} ({number} fits): " + ", ".join(f"{k} {_value(k, v)}" for k, v in values.items()))
    for kind, pulse in fit.spread.pulse_noise.items():
        read = fit.spread.read_noise[kind]
        lines.append(f"noise of {kind}: {100 * pulse:.2f} % of the range per pulse, {100 * read:.2f} % per reading")
    lines += [f"note: {text}" for text in (*fit.curves.notes, *fit.notes)]
    return "\n".join(lines + [f"warning: {text}" for text in fit.warnings])


def write(fit: Fit, folder: Path, force: bool) -> Path:
    """Write the device folder; device.toml comes last, so a folder with one is complete."""
    curve = _csv(fit.curves)
    contents = {"curve.csv": curve, "device.toml": _toml(fit, curve)}
    tomllib.loads(contents["device.toml"])
    there = [name for name in contents if (folder / name).exists()]
    if there and not force:
        raise DataError(f"{folder / there[-1]}: exists already; choose another folder, or replace it with force")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in contents.items():
            temporary = folder / f".{name}.{os.getpid()}"
            try:
                with open(temporary, "w", encoding="utf-8", newline="\n") as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(temporary, folder / name)
            finally:
                temporary.unlink(missing_ok=True)
    except OSError as error:
        raise DataError(f"{folder}: cannot hold a device ({error.strerror}); choose a folder that can be written") from None
    return folder


def _csv(curves: Curves) -> str:
    rows = zip(curves.device, curves.cycle, curves.RESET, curves.n, curves.G, strict=True)
    lines = [f"{d + 1},{c + 1},{BRANCHES[int(RESET)]},{n:g},{G!r}" for d, c, RESET, n, G in
             ((d, c, R, n, float(G)) for d, c, R, n, G in rows)]  # fmt: skip
    return "\n".join(["device,cycle,kind,pulse,G (S)", *lines, ""])


def _toml(fit: Fit, curve: str) -> str:
    device = {"law": next(iter(fit.AIC))}
    for name in fit.device().model_dump(exclude_none=True):
        if name != "law":
            device[name] = _quantity(fit.values[name]) if name.startswith("G_") else fit.values[name]
    ranked = {"R2": fit.R2, "rms": _quantity(fit.rms), "label_SET": fit.labels[0], "label_RESET": fit.labels[1]}
    tables = {
        "device": device,
        "fit": {
            "status": "fitted", "points": len(fit.curves), **ranked, "parameters": list(fit.names),
            "starts": {k: v for k, v in fit.values.items() if k.startswith("start_")}, "held": fit.held,
            "notes": [*fit.curves.notes, *fit.notes], "warnings": list(fit.warnings),
        },
        "fit.standard_error": {k: _quantity(v) if k.startswith("G_") else v for k, v in fit.errors.items()},
        "fit.covariance": {"SI": fit.covariance.tolist()},
        "fit.AIC": fit.AIC,
        "spread.cycle_to_cycle": {"fits": fit.spread.n_cycles, **fit.spread.cycle_to_cycle},
        "spread.device_to_device": {"fits": fit.spread.n_devices, **fit.spread.device_to_device},
        "spread.noise": {"per_pulse": fit.spread.pulse_noise, "per_reading": fit.spread.read_noise},
        "source": {
            "files": [{"name": name, "sha256": digest} for name, digest in fit.curves.sources],
            "curve_sha256": sha256(curve.encode()).hexdigest(),
            "versions": {name: version(name) for name in ("pulsenet", "lmfit", "numpy", "scipy")},
        },
    }  # fmt: skip
    parts = ["# Fitted by pulsenet. [device] can be pasted into a run file. Numbers without a unit are in SI units."]
    for title, table in tables.items():
        parts.append("\n".join([f"[{title}]", *(f"{key} = {_item(value)}" for key, value in table.items())]))
    return "\n\n".join(parts) + "\n"


def _item(value) -> str:
    """A value in TOML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_item(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_item, value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f") if isinstance(value, str) else repr(value)


def _quantity(value: float) -> str:
    """A conductance as text that reads back as the same number."""
    exponent = next((e for e in sorted(PREFIXES, reverse=True) if abs(value) >= 10.0**e), 0)
    return f"{float(f'{value / 10.0**exponent:.10g}')!r} {PREFIXES[exponent]}S"


@styled
def fit_figure(fit: Fit) -> Figure:
    """Points and fit of LTP and LTD, residuals, and the change per pulse against conductance.

    Returns
    -------
    matplotlib.figure.Figure
    """
    factor, unit = scale(fit.values["G_max"], "S")
    figure = Figure(figsize=(10.5, 6.4), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.08)
    files = ", ".join(name for name, _ in fit.curves.sources)
    figure.suptitle(f"{next(iter(fit.AIC))} law · R² = {fit.R2:.4f}" + (f" · {files}" if files else ""), x=0.015, ha="left", weight="bold")
    panels = figure.subplot_mosaic([["curve", "steps"], ["residual", "steps"]], height_ratios=(2.2, 1), width_ratios=(1.5, 1))
    panels["curve"].sharex(panels["residual"])
    turn = float(fit.curves.n[~fit.curves.RESET].max(initial=0))
    for RESET, name, colour in ((False, "SET (LTP)", POSITIVE), (True, "RESET (LTD)", NEGATIVE)):
        own = np.flatnonzero(fit.curves.RESET == RESET)
        if len(own):
            _draw_branch(fit, panels, RESET, own, turn if RESET else 0.0, factor, colour, name)
            _draw_steps(fit, panels["steps"], RESET, own, factor, colour)
    panels["curve"].set(ylabel=f"conductance ({unit})", title="points and fit (line)")
    panels["curve"].tick_params(labelbottom=False)
    panels["curve"].legend()
    panels["residual"].set(xlabel="pulses, SET then RESET", ylabel=f"residual ({unit})")
    panels["steps"].set(xlabel=f"conductance ({unit})", ylabel=f"change per pulse ({unit})", title="step of one pulse")
    for panel in (panels["residual"], panels["steps"]):
        panel.axhline(0, color=GREY, lw=0.8, zorder=0)
    return figure


def _draw_branch(fit: Fit, panels: dict[str, Axes], RESET, own, offset, factor, colour, name) -> None:
    n = np.linspace(0, fit.curves.n[own].max(), 400)
    some = own[np.linspace(0, len(own) - 1, min(len(own), MOST_POINTS)).round().astype(int)]
    panels["curve"].plot(offset + fit.curves.n[some], factor * fit.curves.G[some], ".", color=colour, ms=4, alpha=0.6, label=name)
    panels["curve"].plot(offset + n, factor * fit.level(RESET, n), color="black", lw=1.2)
    panels["residual"].plot(offset + fit.curves.n[some], factor * fit.residuals[some], ".", color=colour, ms=4, alpha=0.6)


def _draw_steps(fit: Fit, axes: Axes, RESET, own, factor, colour) -> None:
    """Measured and simulated change by one pulse against the conductance before it."""
    curves, device = fit.curves, fit.device()
    before, after = own[:-1], own[1:]
    same = (curves.device[before] == curves.device[after]) & (curves.cycle[before] == curves.cycle[after])
    same &= curves.n[after] > curves.n[before]
    before, after = before[same][:MOST_POINTS], after[same][:MOST_POINTS]
    step = (curves.G[after] - curves.G[before]) / (curves.n[after] - curves.n[before])
    axes.plot(factor * curves.G[before], factor * step, ".", color=colour, ms=4, alpha=0.6)
    G = np.linspace(device.G_min, device.G_max, 400)[1:-1]
    level = np.clip(G - device.evaluate("RESET", G=G) if RESET else G + device.evaluate("SET", G=G), device.G_min, device.G_max)
    axes.plot(factor * G, factor * (level - G), color="black", lw=1.2)
