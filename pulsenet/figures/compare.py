"""Two traces against each other."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pulsenet.errors import TraceError
from pulsenet.figures.averages import Blocks
from pulsenet.figures.learning import tested
from pulsenet.figures.style import (
    G_MINUS,
    G_PLUS,
    GREY,
    LIGHT_GREY,
    NEGATIVE,
    POSITIVE,
    WEIGHT,
    conductance_range,
    need_snapshots,
    new_figure,
    number_frames,
    run_name,
    scale,
    scale_logarithmically,
    styled,
    weight_of,
)
from pulsenet.trace import Trace

#: The first trace is dark and drawn through, the second is orange and dashed.
_LOOKS = ({"color": NEGATIVE, "ls": "-"}, {"color": POSITIVE, "ls": "--"})
_KINDS = ("error", "programming")
_BINS = 50
_MOST_SETTINGS, _MOST_LETTERS = 8, 48
#: Where the columns of the table of settings begin.
_COLUMNS = (0.0, 0.2, 0.6)


@styled
def compare(trace: Trace, other: Trace) -> Figure:
    """Two traces against each other: settings that differ, accuracy, pulses, conductances and weights.

    Parameters
    ----------
    trace, other : Trace
        Of networks with at least one layer of the same name; they may differ in everything else.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TraceError
        If a trace holds no training frame or no snapshot, does not tell the range of its device, or the two have no
        layer in common.

    Examples
    --------
    >>> with Trace("runs/linear") as trace, Trace("runs/nonlinear") as other:     # doctest: +SKIP
    ...     compare(trace, other).savefig("compare.png")
    """
    both = (trace, other)
    for one in both:
        need_snapshots(one, 1)
    layers = [layer for layer in trace.layers if layer in other.layers]
    if not layers:
        raise TraceError(f"{trace.path} and {other.path}: no layer in common; compare networks of the same depth")
    blocks = [Blocks.of(one) for one in both]
    bounds = [conductance_range(one) for one in both]
    rows = _settings(trace, other)
    heights = [0.3 * len(rows), 3.0] + [2.3] * len(layers)
    figure = new_figure(trace, "Two runs against each other", 12, 1.0 + sum(heights), subtitle="")
    grid = figure.add_gridspec(len(heights), 3, height_ratios=heights)
    _write_settings(figure.add_subplot(grid[0, :]), rows)
    over_training = [figure.add_subplot(grid[1, column]) for column in range(3)]
    _draw_accuracy(over_training[0], both, blocks)
    for axes, kind in zip(over_training[1:], _KINDS, strict=True):
        _draw_pulses(axes, both, blocks, kind)
    for number, layer in enumerate(layers, start=2):
        _draw_layer([figure.add_subplot(grid[number, column]) for column in range(3)], both, bounds, layer)
    return figure


def _settings(trace: Trace, other: Trace) -> list[tuple[str, str, str]]:
    """What differs: the names of the runs, and keys of the configuration with both values."""
    one, two = _flat(trace.configuration), _flat(other.configuration)
    different = [key for key in sorted(one.keys() | two.keys()) if one.get(key) != two.get(key)]
    rows = [("run", run_name(trace), run_name(other)), ("trace", _place(trace), _place(other))]
    rows += [(key, _short(one.get(key)), _short(two.get(key))) for key in different[:_MOST_SETTINGS]]
    more = len(different) - _MOST_SETTINGS
    if more > 0:
        rows.append((f"and {more} more settings", "", ""))
    return rows


def _place(trace: Trace) -> str:
    """The last two parts of the path: many runs call their trace the same."""
    return _short("/".join(trace.path.parts[-2:]))


def _flat(values: dict[str, Any], above: str = "") -> dict[str, Any]:
    """Values by dotted key. What calibration measured follows from the settings, and is left out."""
    found = {}
    for key, value in values.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{above}{key}.") if above or key != "calibrated" else {}
        else:
            found[above + key] = value
    return found


def _short(value: Any) -> str:
    text = "not set" if value is None else str(value)
    return text if len(text) <= _MOST_LETTERS else text[: _MOST_LETTERS - 1] + "…"


def _write_settings(axes: Axes, rows: list[tuple[str, str, str]]) -> None:
    """A table in the colours of the two runs, with the look of their curves above."""
    axes.set(xlim=(0, 1), ylim=(len(rows), -0.6))
    axes.set_axis_off()
    for left, look in zip(_COLUMNS[1:], _LOOKS, strict=True):
        axes.plot([left, left + 0.05], [-0.4, -0.4], lw=2.2, clip_on=False, **look)
    for number, row in enumerate(rows):
        for left, text, colour in zip(_COLUMNS, row, (GREY, *(look["color"] for look in _LOOKS)), strict=True):
            axes.text(left, number + 0.5, text, color=colour, va="center", fontsize=9)


def _draw_accuracy(axes: Axes, both: tuple[Trace, Trace], blocks: list[Blocks]) -> None:
    for trace, in_blocks, look in zip(both, blocks, _LOOKS, strict=True):
        if len(trace.evaluation["epoch"]):
            axes.plot(*tested(trace, in_blocks), marker="o", ms=5, clip_on=False, **look)
        right = trace.frames["prediction"][:] == trace.frames["label"][:]
        axes.plot(in_blocks.middle, 100 * in_blocks.mean(right), lw=1, marker=".", ms=3, alpha=0.45, **look)
    axes.set(title="points: test samples; thin: online", ylabel="correct answers (%)")
    axes.set_ylim(top=100)
    _finish_training(axes)


def _draw_pulses(axes: Axes, both: tuple[Trace, Trace], blocks: list[Blocks], kind: str) -> None:
    for trace, in_blocks, look in zip(both, blocks, _LOOKS, strict=True):
        if f"{kind}_pulses" in trace.frames:
            means = in_blocks.mean(trace.frames[f"{kind}_pulses"][:])
            axes.plot(in_blocks.middle, np.where(means > 0, means, np.nan), lw=1.5, marker=".", ms=4, **look)
    scale_logarithmically(axes)
    axes.set(title=f"{kind} pulses", ylabel="pulses per training frame")
    _finish_training(axes)


def _finish_training(axes: Axes) -> None:
    axes.set_xlim(left=0)
    axes.locator_params(axis="x", nbins=5)
    axes.grid(axis="y", color=LIGHT_GREY, lw=0.5)
    number_frames(axes, "training frames")


def _draw_layer(row: list[Axes], both: tuple[Trace, Trace], bounds: list[tuple[float, float]], layer: str) -> None:
    """Outlined histograms of the last snapshots, over the same bins."""
    factor, unit = scale(max(G_max for _, G_max in bounds), "S")
    series = []
    for trace, ends in zip(both, bounds, strict=True):
        G_plus, G_minus = trace.conductance(layer, -1)
        series.append((G_plus * factor, G_minus * factor, weight_of(G_plus, G_minus, ends)))
    names = (f"{G_PLUS} ({unit})", f"{G_MINUS} ({unit})", WEIGHT)
    for axes, name, values in zip(row, names, zip(*series, strict=True), strict=True):
        edges = np.histogram_bin_edges(np.concatenate([one.ravel() for one in values]), _BINS)
        for one, look in zip(values, _LOOKS, strict=True):
            axes.stairs(100 * np.histogram(one, edges)[0] / one.size, edges, lw=1.4, **look)
        axes.set_xlabel(name)
        axes.set_ylim(bottom=0)
    row[0].set(title=f"{layer}, last snapshots", ylabel="share of device pairs (%)")
