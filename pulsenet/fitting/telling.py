"""What a fit tells, as text and as a figure."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pulsenet.figures.style import GREY, NEGATIVE, POSITIVE, scale, styled
from pulsenet.fitting.doubts import in_unit
from pulsenet.fitting.solution import Solution

#: Points in a panel are at most so many, evenly chosen.
MOST_POINTS = 20_000


def report(fit: Solution) -> str:
    """The fit in a few lines."""
    span = fit.values["G_max"] - fit.values["G_min"]
    best = next(iter(fit.AIC))
    lines = [
        f"{best} law, {len(fit.curves)} points: R2 = {fit.R2:.5f}, residuals {100 * fit.rms / span:.2f} % of the range"
    ]
    for name, value in fit.values.items():
        error = f" +- {in_unit(name, fit.errors[name])}" if name in fit.errors else f" ({fit.held.get(name, 'given')})"
        lines.append(f"  {name:14} {in_unit(name, value)}{error}")
    lines.append("nonlinearity label (NeuroSim): SET {:.2f}, RESET {:.2f}".format(*fit.labels))
    if len(fit.AIC) > 1:
        first = fit.AIC[best]
        lines.append("AIC above the best: " + ", ".join(f"{name} {AIC - first:.1f}" for name, AIC in fit.AIC.items()))
    for text, values, number in (
        ("cycle to cycle", fit.spread.cycle_to_cycle, fit.spread.n_cycles),
        ("device to device", fit.spread.device_to_device, fit.spread.n_devices),
    ):
        if values:
            lines.append(
                f"spread {text} ({number} fits): " + ", ".join(f"{k} {in_unit(k, v)}" for k, v in values.items())
            )
    for kind, pulse in fit.spread.pulse_noise.items():
        read = fit.spread.read_noise[kind]
        lines.append(f"noise of {kind}: {100 * pulse:.2f} % of the range per pulse, {100 * read:.2f} % per reading")
    lines += [f"note: {text}" for text in (*fit.curves.notes, *fit.notes)]
    return "\n".join(lines + [f"warning: {text}" for text in fit.warnings])


@styled
def fit_figure(fit: Solution) -> Figure:
    """Points and fit of LTP and LTD, residuals, and the change per pulse against conductance.

    Returns
    -------
    matplotlib.figure.Figure
    """
    factor, unit = scale(fit.values["G_max"], "S")
    figure = Figure(figsize=(10.5, 6.4), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.08)
    files = ", ".join(name for name, _ in fit.curves.sources)
    figure.suptitle(
        f"{next(iter(fit.AIC))} law · R² = {fit.R2:.4f}" + (f" · {files}" if files else ""),
        x=0.015,
        ha="left",
        weight="bold",
    )
    panels = figure.subplot_mosaic(
        [["curve", "steps"], ["residual", "steps"]], height_ratios=(2.2, 1), width_ratios=(1.5, 1)
    )
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


def _draw_branch(fit: Solution, panels: dict[str, Axes], RESET, own, offset, factor, colour, name) -> None:
    n = np.linspace(0, fit.curves.n[own].max(), 400)
    some = own[np.linspace(0, len(own) - 1, min(len(own), MOST_POINTS)).round().astype(int)]
    panels["curve"].plot(
        offset + fit.curves.n[some], factor * fit.curves.G[some], ".", color=colour, ms=4, alpha=0.6, label=name
    )
    panels["curve"].plot(offset + n, factor * fit.level(RESET, n), color="black", lw=1.2)
    panels["residual"].plot(
        offset + fit.curves.n[some], factor * fit.residuals[some], ".", color=colour, ms=4, alpha=0.6
    )


def _draw_steps(fit: Solution, axes: Axes, RESET, own, factor, colour) -> None:
    """Measured and simulated change by one pulse against the conductance before it."""
    curves, device = fit.curves, fit.device()
    before, after = own[:-1], own[1:]
    same = (curves.device[before] == curves.device[after]) & (curves.cycle[before] == curves.cycle[after])
    same &= curves.n[after] > curves.n[before]
    before, after = before[same][:MOST_POINTS], after[same][:MOST_POINTS]
    step = (curves.G[after] - curves.G[before]) / (curves.n[after] - curves.n[before])
    axes.plot(factor * curves.G[before], factor * step, ".", color=colour, ms=4, alpha=0.6)
    G = np.linspace(device.G_min, device.G_max, 400)[1:-1]
    level = np.clip(
        G - device.evaluate("RESET", G=G) if RESET else G + device.evaluate("SET", G=G), device.G_min, device.G_max
    )
    axes.plot(factor * G, factor * (level - G), color="black", lw=1.2)
