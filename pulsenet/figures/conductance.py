"""Conductance of a few device pairs over training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pulsenet.errors import TraceError
from pulsenet.figures.registry import figure
from pulsenet.figures.style import (
    G_MINUS,
    G_PLUS,
    GREY,
    conductance_range,
    layer_panels,
    line_name,
    mark_bounds,
    need_snapshots,
    new_figure,
    number_frames,
    scale,
)
from pulsenet.trace import Trace

#: Where the pairs that are picked stand among all, sorted by the total change of their conductances.
_QUANTILES = {
    1.0: "the largest",
    0.99: "99th percentile",
    0.9: "90th percentile",
    0.5: "median",
    0.1: "10th percentile",
}
_COLOURS = ("#D55E00", "#E69F00", "#009E73", "#0072B2", "#CC79A7", "#56B4E9", "#000000")


@figure("conductance", options=("pairs",))
def conductance(trace: Trace, pairs: Mapping[str, Sequence[tuple[int, int]]] | None = None) -> Figure:
    """G+ and G- of a few device pairs at every snapshot, one panel per layer.

    Parameters
    ----------
    trace : Trace
    pairs : mapping of layer to pairs (input line, neuron), optional
        Device pairs to show, at most as many as there are colours, 7. Of layers left out, the pair whose conductances
        changed most, summed from snapshot to snapshot, and pairs at lower quantiles.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TraceError
        If the trace holds fewer than two snapshots, or does not tell the range of the device; or there is no such layer
        or pair, or there are too many.

    Examples
    --------
    >>> with Trace("runs/digits") as trace:                                 # doctest: +SKIP
    ...     conductance(trace, {"layer2": [(0, 3), (12, 3)]}).savefig("conductance.png")
    """
    need_snapshots(trace, 2)
    bounds = conductance_range(trace)
    chosen = {layer: _check_pairs(trace, layer, list(wanted)) for layer, wanted in (pairs or {}).items()}
    figure = new_figure(trace, "Conductance of a few device pairs over training", 10.5, 1.4 + 3.0 * len(trace.layers))
    panels = layer_panels(figure, trace, sharex=True)[:, 0]
    for axes, layer in zip(panels, trace.layers, strict=True):
        if layer in chosen:
            _draw_layer(trace, axes, layer, bounds, chosen[layer], [""] * len(chosen[layer]))
        else:
            picked = choose_pairs(trace, layer, list(_QUANTILES))
            _draw_layer(trace, axes, layer, bounds, picked, list(_QUANTILES.values()))
    number_frames(panels[-1])
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


def _check_pairs(trace: Trace, layer: str, wanted: list[tuple[int, int]]) -> np.ndarray:
    if layer not in trace.layers:
        raise TraceError(f"{trace.path}: no layer {layer!r}; layers are {', '.join(trace.layers)}")
    n_in, n_out = trace.layers[layer]
    if not 0 < len(wanted) <= len(_COLOURS):
        raise TraceError(f"{trace.path}: {len(wanted)} pairs of {layer}; choose 1 to {len(_COLOURS)}")
    for pre, post in wanted:
        if not (0 <= pre < n_in and 0 <= post < n_out):
            raise TraceError(
                f"{trace.path}: no pair {pre}, {post} in {layer}; lines are 0 to {n_in - 1}, neurons 0 to {n_out - 1}"
            )
    return np.array(wanted)


def _draw_layer(
    trace: Trace, axes: Axes, layer: str, bounds: tuple[float, float], pairs: np.ndarray, places: list[str]
) -> None:
    """G+ solid and G- dashed, one colour per pair; ``places`` say where the pairs stand among all."""
    factor, unit = scale(bounds[1], "S")
    path = np.empty((2, len(trace.snapshots), len(pairs)))
    for snapshot in range(len(trace.snapshots)):
        for device, G in enumerate(trace.conductance(layer, snapshot)):
            path[device, snapshot] = G[pairs[:, 0], pairs[:, 1]]
    before, after = trace.ends[layer]
    frames = trace.snapshots[:] + 1
    keys = []
    for index, ((pre, post), place) in enumerate(zip(pairs, places, strict=True)):
        for device, style in enumerate(("-", "--")):
            axes.plot(frames, factor * path[device, :, index], style, color=_COLOURS[index], marker="o", ms=3, lw=1.4)
        name = f"{line_name(trace, before, pre)} → {line_name(trace, after, post)}"
        keys.append(Line2D([], [], color=_COLOURS[index], label=f"{name}  ({place})" if place else name))
    keys += [Line2D([], [], color=GREY, ls=style, label=sign) for style, sign in (("-", G_PLUS), ("--", G_MINUS))]
    mark_bounds(axes, (bounds[0] * factor, bounds[1] * factor), "y")
    axes.set_title(f"{layer}: {before} → {after}")
    axes.set_ylabel(f"conductance ({unit})")
    title = "line → neuron  (total change)" if any(places) else "line → neuron"
    axes.legend(handles=keys, title=title, alignment="left", loc="center left", bbox_to_anchor=(1.06, 0.5))
