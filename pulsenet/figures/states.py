"""What conductances do over training: their distributions, and how many devices are at the ends of their range."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pulsenet.figures.registry import figure
from pulsenet.figures.style import (
    G_MAX,
    G_MIN,
    G_MINUS,
    G_PLUS,
    GREY,
    LIGHT_GREY,
    NEGATIVE,
    POSITIVE,
    WEIGHT,
    conductance_range,
    layer_panels,
    mark_bounds,
    need_snapshots,
    new_figure,
    number_frames,
    scale,
    weight_of,
)
from pulsenet.trace import Trace

#: Shares of the devices below the edges of the bands, and the opacity of each band.
_BANDS = (((0.0, 1.0), 0.15), ((0.05, 0.95), 0.25), ((0.25, 0.75), 0.4))
#: A device counts as saturated if it is within this share of the range from its end.
_MARGIN = 0.01


@figure("distributions")
def distributions(trace: Trace) -> Figure:
    """Distributions of G+, G- and of the weight at every snapshot: median, and bands that hold 50, 90 and 100 %.

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
    ...     distributions(trace).savefig("distributions.png")
    """
    need_snapshots(trace, 2)
    bounds = conductance_range(trace)
    factor, unit = scale(bounds[1], "S")
    figure = new_figure(
        trace, "Distributions of conductances and weights over training", 12, 1.6 + 2.5 * len(trace.layers)
    )
    panels = layer_panels(figure, trace, 3, sharex=True)
    for row, layer in zip(panels, trace.layers, strict=True):
        spread = _quantiles(trace, layer, bounds)
        for axes, values, colour in zip(row, spread, (POSITIVE, NEGATIVE, GREY), strict=True):
            is_weight = colour == GREY
            _draw_bands(axes, trace.snapshots[:] + 1, values if is_weight else values * factor, colour)
            if not is_weight:
                mark_bounds(axes, tuple(bound * factor for bound in bounds), "y")
        row[0].set_title(f"{layer} ({' × '.join(map(str, trace.layers[layer]))})")
        for axes, name in zip(row, (f"{G_PLUS} ({unit})", f"{G_MINUS} ({unit})", WEIGHT), strict=True):
            axes.set_ylabel(name)
    for axes in panels[-1]:
        number_frames(axes, "frames of the run")
    handles, labels = panels[0, 2].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4)
    return figure


def _quantiles(trace: Trace, layer: str, bounds: tuple[float, float]) -> np.ndarray:
    """Quantiles of G+, G- and the weight at each snapshot; shape (3, bands and median, 2, snapshots)."""
    shares = [share for share, _ in _BANDS] + [(0.5, 0.5)]
    found = np.empty((3, len(shares), 2, len(trace.snapshots)))
    for snapshot in range(len(trace.snapshots)):
        G_plus, G_minus = trace.conductance(layer, snapshot)
        for index, values in enumerate((G_plus, G_minus, weight_of(G_plus, G_minus, bounds))):
            found[index, :, :, snapshot] = np.quantile(values, shares)
    return found


def _draw_bands(axes: Axes, frames: np.ndarray, quantiles: np.ndarray, colour: str) -> None:
    for (share, opacity), (low, high) in zip(_BANDS, quantiles, strict=False):
        label = f"{100 * (share[1] - share[0]):.0f} % of the devices"
        axes.fill_between(frames, low, high, color=colour, alpha=opacity, lw=0, label=label)
    axes.plot(frames, quantiles[-1, 0], "o-", color=colour, lw=1.6, ms=3, label="median (points: snapshots)")
    axes.set_xlim(left=0)


@figure("saturation")
def saturation(trace: Trace) -> Figure:
    """Share of devices at the ends of their range at every snapshot, one panel per layer.

    A device is at an end if it is within 1 % of the range G_min to G_max of the configuration from it, or beyond. A
    device at G_max takes no further SET pulse, and one at G_min no RESET: what it should learn then is lost.

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
    ...     saturation(trace).savefig("saturation.png")
    """
    need_snapshots(trace, 2)
    G_min, G_max = conductance_range(trace)
    figure = new_figure(trace, "Devices at the ends of their range over training", 9.5, 1.5 + 2.6 * len(trace.layers))
    panels = layer_panels(figure, trace, sharex=True)[:, 0]
    margin = _MARGIN * (G_max - G_min)
    for axes, layer in zip(panels, trace.layers, strict=True):
        taken = [trace.conductance(layer, snapshot) for snapshot in range(len(trace.snapshots))]
        # Curves may coincide, above all at zero: the markers of the one on top are smaller.
        for device, (name, colour, size) in enumerate(((G_PLUS, POSITIVE, 6.5), (G_MINUS, NEGATIVE, 3.5))):
            high = [100 * np.mean(pair[device] >= G_max - margin) for pair in taken]
            low = [100 * np.mean(pair[device] <= G_min + margin) for pair in taken]
            look = {"ms": size, "color": colour, "clip_on": False}
            axes.plot(trace.snapshots[:] + 1, high, "o-", label=f"{name} at {G_MAX}", **look)
            axes.plot(trace.snapshots[:] + 1, low, "s--", label=f"{name} at {G_MIN}", **look)
        axes.set(title=f"{layer} ({' × '.join(map(str, trace.layers[layer]))})", ylabel="share of devices (%)")
        axes.set_ylim(bottom=0)
        axes.set_xlim(left=0)
        axes.grid(axis="y", color=LIGHT_GREY, lw=0.5)
    number_frames(panels[-1])
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4)
    return figure
