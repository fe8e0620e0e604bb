"""Conductance of a few device pairs over training."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from pulsenet.figures.style import (
    G_MAX,
    G_MIN,
    G_MINUS,
    G_PLUS,
    GREY,
    LIGHT_GREY,
    conductance_range,
    line_name,
    need_snapshots,
    new_figure,
    scale,
    styled,
)
from pulsenet.traces import Trace

#: Where the pairs that are shown stand among all, sorted by the total change of their conductances; with their colours.
_QUANTILES = {1.0: "#D55E00", 0.99: "#E69F00", 0.9: "#009E73", 0.5: "#0072B2", 0.1: "#CC79A7"}


@styled
def conductance(trace: Trace) -> Figure:
    """G+ and G- of a few device pairs at every snapshot, one panel per layer.

    Shown are the pair whose conductances changed most, summed from snapshot to snapshot, and pairs at lower quantiles.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TraceError
        If the trace holds fewer than two snapshots, or does not tell the range of the device.

    Examples
    --------
    >>> with Trace("runs/digits") as trace:                                 # doctest: +SKIP
    ...     conductance(trace).savefig("conductance.png")
    """
    need_snapshots(trace, 2)
    bounds = conductance_range(trace)
    figure = new_figure(trace, "Conductance of a few device pairs over training", 10.5, 1.4 + 3.0 * len(trace.layers))
    panels = figure.subplots(len(trace.layers), 1, sharex=True, squeeze=False)[:, 0]
    names = list(trace.populations)
    for number, (axes, layer) in enumerate(zip(panels, trace.layers, strict=True)):
        _draw_layer(trace, axes, layer, names[number], names[number + 1], bounds)
    panels[-1].set_xlabel("frames of the run, evaluation included (points: snapshots)")
    panels[-1].xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    return figure


def choose_pairs(trace: Trace, layer: str, quantiles: list[float]) -> np.ndarray:
    """Device pairs at quantiles of the change of their two conductances, summed from snapshot to snapshot.

    Snapshots are read one after the other, since all of them may not fit into memory.

    Returns
    -------
    int, shape (quantiles, 2)
        Input line and neuron.
    """
    change = np.zeros(trace.layers[layer])
    before = trace.conductance(layer, 0)
    for snapshot in range(1, len(trace.snapshots)):
        now = trace.conductance(layer, snapshot)
        change += sum(np.abs(new - old) for new, old in zip(now, before, strict=True))
        before = now
    order = np.argsort(change, axis=None, kind="stable")
    ranks = np.round(np.array(quantiles) * (len(order) - 1)).astype(int)
    return np.column_stack(np.unravel_index(order[ranks], change.shape))


def _draw_layer(trace: Trace, axes: Axes, layer: str, before: str, after: str, bounds: tuple[float, float]) -> None:
    factor, unit = scale(bounds[1], "S")
    pairs = choose_pairs(trace, layer, list(_QUANTILES))
    path = np.empty((2, len(trace.snapshots), len(pairs)))
    for snapshot in range(len(trace.snapshots)):
        for device, G in enumerate(trace.conductance(layer, snapshot)):
            path[device, snapshot] = G[pairs[:, 0], pairs[:, 1]]
    frames = trace.snapshots[:] + 1
    keys = []
    for index, (colour, (pre, post)) in enumerate(zip(_QUANTILES.values(), pairs, strict=True)):
        name = f"{line_name(trace, before, pre)} → {line_name(trace, after, post)}"
        for device, style in enumerate(("-", "--")):
            axes.plot(frames, factor * path[device, :, index], style, color=colour, marker="o", ms=3, lw=1.4)
        keys.append(Line2D([], [], color=colour, label=f"{name}  ({_place(list(_QUANTILES)[index])})"))
    keys += [Line2D([], [], color=GREY, ls=style, label=sign) for style, sign in (("-", G_PLUS), ("--", G_MINUS))]
    for bound, name in zip(bounds, (G_MIN, G_MAX), strict=True):
        axes.axhline(bound * factor, color=LIGHT_GREY, lw=1, zorder=0)
        axes.annotate(name, (1, bound * factor), xycoords=("axes fraction", "data"), va="center", color=GREY)
    axes.set_title(f"{layer}: {before} → {after}")
    axes.set_ylabel(f"conductance ({unit})")
    axes.legend(
        handles=keys,
        title="line → neuron  (total change)",
        alignment="left",
        loc="center left",
        bbox_to_anchor=(1.06, 0.5),
    )


def _place(quantile: float) -> str:
    return {1.0: "the largest", 0.5: "median"}.get(quantile, f"{100 * quantile:.0f}th percentile")
