"""Distributions and maps of weights."""

from __future__ import annotations

from math import ceil, isqrt, sqrt

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pulsenet.figures.style import (
    GREY,
    NEGATIVE,
    POSITIVE,
    SIGNED,
    conductance_range,
    evenly,
    need_snapshots,
    new_figure,
    scale,
    styled,
)
from pulsenet.traces import Trace

_BINS = 50
#: Receptive fields are drawn as images from this side on: four features of a flower are no image.
_LEAST_SIDE = 5
_MOST_FIELDS = 36


@styled
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
    """
    need_snapshots(trace, 1)
    bounds = conductance_range(trace)
    figure = new_figure(trace, "Conductances and weights, before training and now", 11.5, 1.6 + 2.3 * len(trace.layers))
    panels = figure.subplots(len(trace.layers), 3, squeeze=False)
    for row, layer in zip(panels, trace.layers, strict=True):
        _draw_layer(trace, row, layer, bounds)
        row[0].set_ylabel(f"{layer} ({' × '.join(map(str, trace.layers[layer]))})\nshare of device pairs (%)")
    handles, labels = panels[0, 2].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2)
    return figure


def _draw_layer(trace: Trace, row: np.ndarray, layer: str, bounds: tuple[float, float]) -> None:
    G_min, G_max = bounds
    factor, unit = scale(G_max, "S")
    first, last = trace.snapshots[0], trace.snapshots[-1]
    when = {0: "before training" if first < 0 else f"after frame {first}", -1: f"after frame {last}"}
    for snapshot in dict.fromkeys((0, len(trace.snapshots) - 1)):
        snapshot = 0 if snapshot == 0 else -1
        G_plus, G_minus = trace.conductance(layer, snapshot)
        columns = (G_plus * factor, G_minus * factor, (G_plus - G_minus) / (G_max - G_min))
        spans = ((G_min * factor, G_max * factor),) * 2 + ((-1, 1),)
        for axes, values, span, colour in zip(row, columns, spans, (POSITIVE, NEGATIVE, GREY), strict=True):
            _draw_histogram(axes, values.ravel(), span, colour if snapshot else None, when[snapshot])
    for axes, name in zip(row, (f"G+ ({unit})", f"G− ({unit})", "weight (G+ − G−)/(G_max − G_min)"), strict=True):
        axes.set_xlabel(name)
        axes.set_ylim(bottom=0)
    for axes in row[:2]:
        for bound in bounds:
            axes.axvline(bound * factor, color=GREY, lw=0.8, ls=":")


def _draw_histogram(axes: Axes, values: np.ndarray, span: tuple[float, float], colour: str | None, label: str) -> None:
    """Filled in ``colour``; without one, an outline."""
    counts, edges = np.histogram(values, bins=_BINS, range=span)
    share = 100 * counts / len(values)
    if colour is None:
        axes.stairs(share, edges, color="black", lw=1.0, ls="-", label=label, zorder=3)
    else:
        axes.stairs(share, edges, color=colour, fill=True, alpha=0.75, label=label)


@styled
def weight_map(trace: Trace) -> Figure:
    """Weights (G+ - G-)/(G_max - G_min) of the last snapshot as images, one panel per layer.

    If the first layer's inputs are the pixels of a square, each tile is what one neuron sees; other layers are matrices.

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
    """
    need_snapshots(trace, 1)
    G_min, G_max = conductance_range(trace)
    figure = new_figure(trace, f"Weights after frame {trace.snapshots[-1]}", 3.2 + 4.2 * len(trace.layers), 7.0)
    ratios = [1.6] + [1.0] * (len(trace.layers) - 1)
    panels = figure.subplots(1, len(trace.layers), squeeze=False, width_ratios=ratios)[0]
    for number, (axes, layer) in enumerate(zip(panels, trace.layers, strict=True)):
        G_plus, G_minus = trace.conductance(layer, -1)
        weight = (G_plus - G_minus) / (G_max - G_min)
        # A few strong weights must not make all others pale: 0.5 % of them are beyond the colours' ends.
        limit = float(np.quantile(np.abs(weight), 0.995)) or 1.0
        side = isqrt(len(weight) - 1)
        tiled = number == 0 and side >= _LEAST_SIDE and side**2 == len(weight) - 1
        draw = _draw_fields if tiled else _draw_matrix
        image = draw(axes, weight, limit, list(trace.populations)[number : number + 2])
        axes.set_title(f"{layer}: {axes.get_title(loc='left')}")
        bar = figure.colorbar(image, ax=axes, location="bottom", shrink=0.8, aspect=30, extend="both")
        bar.set_label("weight (G+ − G−)/(G_max − G_min)")
    return figure


def _draw_matrix(axes: Axes, weight: np.ndarray, limit: float, populations: list[str]):
    """One row per input line, the bias line last."""
    image = axes.imshow(weight, cmap=SIGNED, vmin=-limit, vmax=limit, aspect="auto", interpolation="nearest")
    axes.set_xlabel(f"neuron of {populations[1]}")
    axes.set_ylabel(f"line of {populations[0]} (last: bias)")
    if weight.shape[1] <= 20:
        axes.set_xticks(range(weight.shape[1]))
    axes.set_title("all weights")
    return image


def _draw_fields(axes: Axes, weight: np.ndarray, limit: float, populations: list[str]):
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
        axes.text(left + side / 2 - 0.5, top - 0.6, str(neuron), ha="center", va="bottom", fontsize=7, color=GREY)
    image = axes.imshow(mosaic, cmap=SIGNED, vmin=-limit, vmax=limit, interpolation="nearest")
    axes.set_axis_off()
    choice = "all" if len(shown) == n_neurons else f"{len(shown)} of {n_neurons}"
    axes.set_title(f"what {choice} neurons of {populations[1]} see ({side} × {side} inputs)")
    return image
