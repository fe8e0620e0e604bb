"""Distributions and maps of weights."""

from __future__ import annotations

from math import ceil, isqrt, sqrt

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from pulsenet.figures.registry import figure
from pulsenet.figures.style import (
    G_MINUS,
    G_PLUS,
    GREY,
    NEGATIVE,
    POSITIVE,
    SIGNED,
    WEIGHT,
    conductance_range,
    evenly,
    layer_panels,
    mark_bounds,
    need_snapshots,
    new_figure,
    scale,
    snapshot_name,
    weight_of,
)
from pulsenet.trace import Trace

_BINS = 50
#: Receptive fields are drawn as images from this side on: four features of a flower are no image.
_LEAST_SIDE = 5
_MOST_FIELDS = 36


@figure("weights")
def weights(trace: Trace) -> Figure:
    """Histograms of G+, G- and of the weight (G+ - G-)/(G_max - G_min), one row per layer, last snapshot against first.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TraceError
        If the trace holds no snapshot, or does not tell the range of the device.

    Examples
    --------
    >>> with Trace("runs/digits") as trace:                                 # doctest: +SKIP
    ...     weights(trace).savefig("weights.png")
    """
    need_snapshots(trace, 1)
    bounds = conductance_range(trace)
    figure = new_figure(
        trace, f"Conductances and weights {snapshot_name(trace, -1)}", 11.5, 1.7 + 2.4 * len(trace.layers)
    )
    panels = layer_panels(figure, trace, 3)
    for row, layer in zip(panels, trace.layers, strict=True):
        _draw_layer(trace, row, layer, bounds)
        row[0].set_ylabel(f"{layer} ({' × '.join(map(str, trace.layers[layer]))})\nshare of device pairs (%)")
    handles, labels = panels[0, 2].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2)
    return figure


def _draw_layer(trace: Trace, row: np.ndarray, layer: str, bounds: tuple[float, float]) -> None:
    """The last snapshot filled, the first, if it is another, as an outline."""
    G_min, G_max = bounds
    factor, unit = scale(G_max, "S")
    shown = {}
    for snapshot in (-1, 0) if len(trace.snapshots) > 1 else (-1,):
        G_plus, G_minus = trace.conductance(layer, snapshot)
        shown[snapshot] = G_plus * factor, G_minus * factor, weight_of(G_plus, G_minus, bounds)
    limit = 1.05 * max(np.abs(columns[2]).max() for columns in shown.values()) or 1.0
    spans = ((G_min * factor, G_max * factor),) * 2 + ((-limit, limit),)
    names = (f"{G_PLUS} ({unit})", f"{G_MINUS} ({unit})", WEIGHT)
    for index, (axes, colour) in enumerate(zip(row, (POSITIVE, NEGATIVE, GREY), strict=True)):
        for snapshot, columns in shown.items():
            counts, edges = np.histogram(columns[index], bins=_BINS, range=spans[index])
            look = {"fill": True, "color": colour, "alpha": 0.7} if snapshot else {"color": "black", "lw": 1.2}
            axes.stairs(100 * counts / columns[index].size, edges, label=snapshot_name(trace, snapshot), **look)
        axes.set_xlabel(names[index])
        axes.set_ylim(bottom=0)
        axes.locator_params(axis="x", nbins=6)
        if index < 2:
            mark_bounds(axes, spans[index], "x")


@figure("map")
def weight_map(trace: Trace) -> Figure:
    """Weights (G+ - G-)/(G_max - G_min) of the last snapshot as images, one panel per layer.

    If the first layer's inputs are the pixels of a square, each tile holds the weights of one neuron; other layers are
    matrices.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TraceError
        If the trace holds no snapshot, or does not tell the range of the device.

    Examples
    --------
    >>> with Trace("runs/digits") as trace:                                 # doctest: +SKIP
    ...     weight_map(trace).savefig("map.png")
    """
    need_snapshots(trace, 1)
    bounds = conductance_range(trace)
    number = len(trace.layers)
    figure = new_figure(trace, f"Weights {snapshot_name(trace, -1)}", 2.6 + 4.6 * number, 7.2)
    panels = figure.subplots(1, number, squeeze=False, width_ratios=[1.6] + [1.0] * (number - 1))[0]
    for index, (axes, layer) in enumerate(zip(panels, trace.layers, strict=True)):
        weight = weight_of(*trace.conductance(layer, -1), bounds)
        # A few strong weights must not make all others pale: 0.5 % of them are beyond the colours' ends.
        limit = float(np.quantile(np.abs(weight), 0.995)) or 1.0
        side = isqrt(len(weight) - 1)
        tiled = index == 0 and side >= _LEAST_SIDE and side**2 == len(weight) - 1
        draw = _draw_fields if tiled else _draw_matrix
        image = draw(axes, weight, limit, layer, *trace.ends[layer])
        figure.colorbar(image, ax=axes, label=WEIGHT, shrink=0.7, aspect=30, extend="both")
    return figure


def _draw_matrix(axes: Axes, weight: np.ndarray, limit: float, layer: str, before: str, after: str) -> AxesImage:
    """One row per input line, the bias line last."""
    axes.set(title=f"{layer}: all weights", xlabel=f"{after} neuron", ylabel=f"{before} line (last: bias)")
    if weight.shape[1] <= 20:
        axes.set_xticks(range(weight.shape[1]))
    return axes.imshow(weight, cmap=SIGNED, vmin=-limit, vmax=limit, aspect="auto", interpolation="nearest")


def _draw_fields(axes: Axes, weight: np.ndarray, limit: float, layer: str, before: str, after: str) -> AxesImage:
    """Tiles with the receptive field of a neuron each, their numbers above."""
    side, n_neurons = isqrt(len(weight) - 1), weight.shape[1]
    shown = evenly(np.arange(n_neurons), _MOST_FIELDS)
    across = ceil(sqrt(len(shown)))
    gap = max(1, round(side * 0.22))
    pitch = side + gap
    mosaic = np.full((ceil(len(shown) / across) * pitch, across * pitch - gap), np.nan)
    for tile, neuron in enumerate(shown):
        top, left = tile // across * pitch + gap, tile % across * pitch
        mosaic[top : top + side, left : left + side] = weight[:-1, neuron].reshape(side, side)
        axes.text(left + side / 2 - 0.5, top - 0.6, str(neuron), ha="center", va="bottom", fontsize=7.5, color=GREY)
    axes.set_axis_off()
    choice = "all" if len(shown) == n_neurons else f"{len(shown)} of {n_neurons}"
    axes.set_title(f"{layer}: {choice} {after} neurons, weights of the {side} × {side} {before} lines")
    return axes.imshow(mosaic, cmap=SIGNED, vmin=-limit, vmax=limit, interpolation="nearest")
