"""Where programming pulses went: a map of the device pairs, and how often each was programmed and refreshed."""

from __future__ import annotations

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from pulsenet.figures.activity import programming_counts, recorded_training
from pulsenet.figures.registry import figure
from pulsenet.figures.style import (
    KIND_COLOURS,
    LIGHT_GREY,
    NEGATIVE,
    POSITIVE,
    layer_panels,
    new_figure,
)
from pulsenet.trace import Trace

_NEVER = "#E3E6E8"
_COLOURS = colormaps["cividis"].with_extremes(bad=_NEVER)
_BINS_PER_DECADE = 8
#: Room for a legend of two lines between a panel and its title.
_LEGEND_POINTS = 34
_POLARITIES = ("positive (weight up)", "negative (weight down)")


@figure("density")
def density(trace: Trace) -> Figure:
    """Programming pulses of each device pair per recorded training frame, as maps by layer and polarity.

    Of many recorded frames, 200 are evenly picked. Pairs that never got one are grey. What a pulse of a
    polarity does to G+ and G- is up to the update method.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TraceError
        If no pulses of training frames were recorded, or they do not tell which pairs were programmed.

    Examples
    --------
    >>> with Trace("runs/digits") as trace:                                 # doctest: +SKIP
    ...     density(trace).savefig("density.png")
    """
    frames, counts = programming_counts(trace)
    title = f"Where programming pulses went in {_frames_text(trace, frames)}"
    figure = new_figure(trace, title, 10.5, 1.2 + 3.6 * len(trace.layers))
    for row, (layer, (before, after)) in zip(layer_panels(figure, trace, 2), trace.ends.items(), strict=True):
        share = np.ma.masked_equal(counts[layer], 0) / len(frames)
        norm = LogNorm(share.min(), share.max()) if share.count() else None
        for axes, values, polarity in zip(row, share, _POLARITIES, strict=True):
            image = axes.imshow(values, cmap=_COLOURS, norm=norm, aspect="auto", interpolation="nearest")
            total = counts[layer][_POLARITIES.index(polarity)].sum()
            axes.set(title=f"{layer}, {polarity}: {total:,} pulses", xlabel=f"{after} neuron")
        row[0].set_ylabel(f"{before} line (last: bias)")
        if share.count():
            figure.colorbar(image, ax=list(row), label="pulses per pair and training frame\n(grey: never)", pad=0.02)
    return figure


@figure("programmed")
def programmed(trace: Trace) -> Figure:
    """Histograms: how often device pairs were programmed, and how many pulses the refreshes of a neuron's devices took.

    Of many recorded frames, programming is counted in 200, evenly picked. Refresh pulses are recorded by neuron, so
    that they are shown by neuron: the sum over the devices of its pairs.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TraceError
        If no pulses of training frames were recorded, or they do not tell which pairs were programmed.

    Examples
    --------
    >>> with Trace("runs/digits") as trace:                                 # doctest: +SKIP
    ...     programmed(trace).savefig("programmed.png")
    """
    frames, counts = programming_counts(trace)
    title = f"How often devices were programmed in {_frames_text(trace, frames)}"
    figure = new_figure(trace, title, 10.5, 1.4 + 2.8 * len(trace.layers))
    panels = layer_panels(figure, trace, 2)
    for (left, right), (layer, (_, after)) in zip(panels, trace.ends.items(), strict=True):
        shape = " × ".join(map(str, trace.layers[layer]))
        series = dict(zip(_POLARITIES, counts[layer].reshape(2, -1), strict=True))
        _draw_counts(left, series, (POSITIVE, NEGATIVE), "pairs")
        left.set_title(f"{layer}: {shape} device pairs", pad=_LEGEND_POINTS)
        left.set_ylabel("share of device pairs (%)")
        n_neurons = trace.layers[layer][1]
        pulses = trace.pulses(after, "refresh")
        refresh = {
            name: np.bincount(pulses["line"], pulses[name], trace.populations[after])[:n_neurons]
            for name in ("SET", "RESET")
            if name in pulses
        }
        _draw_counts(right, refresh, (KIND_COLOURS["refresh"], KIND_COLOURS["error"]), "neurons")
        right.set_title(f"{layer}: refresh of {n_neurons} {after} neurons, all frames", pad=_LEGEND_POINTS)
        right.set_ylabel("share of neurons (%)")
    panels[-1, 0].set_xlabel("programming pulses per pair")
    panels[-1, 1].set_xlabel("refresh pulses per neuron")
    return figure


def _frames_text(trace: Trace, frames: np.ndarray) -> str:
    """Which frames were counted, in words."""
    number = int(recorded_training(trace).sum())
    share = f"{number:,}" if number == len(frames) else f"{len(frames):,} of {number:,}"
    return f"{share} recorded training frames"


def _draw_counts(axes: Axes, series: dict[str, np.ndarray], colours: tuple[str, str], of: str) -> None:
    """Outlined histograms over logarithmic bins; the label says how many were never met."""
    largest = max((values.max() for values in series.values()), default=0)
    if not largest:
        axes.text(0.5, 0.5, "none", transform=axes.transAxes, ha="center", va="center")
        axes.set(xticks=[], yticks=[])
        return
    # Edges halfway between whole numbers, so that no bin is empty because no number falls into it.
    steps = np.geomspace(1, largest + 1, max(2, round(_BINS_PER_DECADE * np.log10(largest + 1))) + 1)
    edges = np.unique(np.floor(steps)) - 0.5
    for (name, values), colour in zip(series.items(), colours, strict=True):
        share = 100 * np.histogram(values, edges)[0] / values.size
        never = np.mean(values == 0)
        label = f"{name}; never: {never:.1%} of {of}"
        axes.stairs(share, edges, fill=True, color=colour, alpha=0.35)
        axes.stairs(share, edges, color=colour, lw=1.4, label=label)
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.grid(axis="y", color=LIGHT_GREY, lw=0.5)
    axes.legend(fontsize=8.5, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2)
