"""The timing diagram: every pulse of one frame on its line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from pulsenet.figures.frame import Bars, FrameView
from pulsenet.figures.registry import figure
from pulsenet.figures.style import (
    GREY,
    KIND_COLOURS,
    LIGHT_GREY,
    NEGATIVE,
    POSITIVE,
    line_name,
    new_figure,
    scale,
)
from pulsenet.text.quantities import from_si
from pulsenet.trace import Trace

_PHASE_COLOURS = {"forward": "#F1F3F5", "backward": "#FBF1F6", "update": "#EDF7F3"}
_STRIP_COLOURS = {"forward": "#D9DEE3", "backward": "#F0D3E2", "update": "#BFE5D7"}
_GATE_COLOUR = "#A6DCC8"
#: Height of a row of lines; fewest rows that the label of a panel needs; height of the strip with the phases, in rows.
_ROW_INCHES, _LEAST_ROWS, _STRIP_ROWS = 0.145, 8, 1.6
#: A row is 1 high; a pulse without sign takes 0 to 0.8 of it, a positive 0.4 to 0.8, a negative 0 to 0.4.
_LOW, _MIDDLE, _HIGH = 0.0, 0.4, 0.8


@figure("pulses", options=("frame", "lines", "window"))
def pulses(
    trace: Trace,
    frame: int | None = None,
    lines: Mapping[str, Sequence[int]] | None = None,
    window: tuple[int, int] | None = None,
) -> Figure:
    """Timing diagram of one frame.

    On the left the lines of each population over the whole frame: forward, backward and error pulses, and in the
    update phase the gates that a line holds open. On the right, if it is in the window, the update phase of some device
    pairs of each layer: a pair is programmed where an error pulse (tick) meets an open gate (bar), which a dot marks.

    Parameters
    ----------
    trace : Trace
    frame : int, optional
        Left out, the first recorded training frame in which devices were programmed.
    lines : mapping of population to lines, optional
        Lines to show; of populations left out, a legible choice.
    window : (int, int), slots of the frame, half open; optional
        Slots to show. Left out, the whole frame.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TraceError
        If there is no such frame, population or line, the pulses of the frame were not recorded, or the window is not
        inside the frame.

    Examples
    --------
    >>> with Trace("runs/digits") as trace:                                 # doctest: +SKIP
    ...     pulses(trace, frame=10, lines={"input": range(20, 40)}, window=(0, 20)).savefig("frame10.png")
    """
    view = FrameView.of(trace, frame, lines, window)
    heights = [max(_LEAST_ROWS, len(numbers)) for numbers in view.lines.values()]
    figure = new_figure(trace, _title(view), 13.5, 2.6 + _ROW_INCHES * sum(heights))
    with_pairs = view.window[1] > trace.schedule.update_start
    places = figure.add_gridspec(1, 1 + with_pairs, width_ratios=[1.75, 1][: 1 + with_pairs])
    _draw_lines(view, figure, places[0, 0], heights)
    if with_pairs:
        _draw_pairs(view, figure, places[0, 1], sum(heights) / len(view.layers))
    figure.legend(handles=_legend(view, with_pairs), loc="outside lower center", ncols=7, fontsize=9, handlelength=1.4)
    return figure


def _title(view: FrameView) -> str:
    of = {name: view.trace.frames[name][view.frame] for name in ("sample", "label", "prediction", "learn", "epoch")}
    kind = "training" if of["learn"] else "evaluation"
    return (
        f"Pulses of frame {view.frame:,} (epoch {of['epoch']}, {kind}): sample {of['sample']:,}, "
        f"class {of['label']}, answer {of['prediction']}"
    )


def _draw_lines(view: FrameView, figure: Figure, place: SubplotSpec, heights: list[int]) -> None:
    """The left column: one panel per population, over the window."""
    grid = place.subgridspec(len(heights) + 1, 1, height_ratios=[_STRIP_ROWS, *heights])
    strip = figure.add_subplot(grid[0])
    _draw_phases(view.trace, strip, *view.window)
    for row, population in enumerate(view.lines, start=1):
        axes = figure.add_subplot(grid[row], sharex=strip)
        _draw_population(view, axes, population)
        axes.set_ylabel(f"{population}\n{view.remarks[population]}", fontsize=9)
        axes.tick_params(labelbottom=row == len(heights))
    axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
    axes.set_xlabel(f"slot of the frame (1 slot = {from_si(view.trace.slot, 's').replace('u', 'µ')})")


def _draw_pairs(view: FrameView, figure: Figure, place: SubplotSpec, height: float) -> None:
    """The right column: one panel per layer, over what is in the window of the update phase."""
    grid = place.subgridspec(len(view.layers) + 1, 1, height_ratios=[_STRIP_ROWS, *[height] * len(view.layers)])
    strip = figure.add_subplot(grid[0])
    _draw_phases(view.trace, strip, max(view.window[0], view.trace.schedule.update_start), view.window[1])
    for row, (layer, before, after) in enumerate(view.layers, start=1):
        axes = figure.add_subplot(grid[row], sharex=strip)
        _draw_layer(view, axes, layer, before, after)
        axes.set_ylabel(f"{layer}\n{before} → {after}", fontsize=9)
        axes.tick_params(labelbottom=row == len(view.layers))
    axes.set_xlabel("slot of the frame")
    axes.xaxis.set_major_locator(MaxNLocator(7, integer=True))


def _draw_phases(trace: Trace, axes: Axes, start: int, stop: int) -> None:
    """The strip above the panels: phases by name, and the time axis."""
    for phase in trace.schedule.phases:
        axes.axvspan(phase.start, phase.stop, color=_STRIP_COLOURS[phase.kind], lw=0)
        axes.axvline(phase.start, color="white", lw=1.5)
        seen = max(start, phase.start), min(stop, phase.stop)
        if seen[0] < seen[1]:
            axes.text(sum(seen) / 2, 0.5, phase.name, ha="center", va="center", clip_on=True)
    axes.set(xlim=(start, stop), ylim=(0, 1), yticks=[])
    axes.tick_params(bottom=False, labelbottom=False)
    axes.spines[:].set_visible(False)
    factor, unit = scale(trace.slot * trace.schedule.frame_slots, "s")
    factor *= trace.slot
    time = axes.secondary_xaxis("top", functions=(lambda slot: slot * factor, lambda value: value / factor))
    time.set_xlabel(f"time from the start of the frame ({unit})")


def _draw_rows(trace: Trace, axes: Axes, labels: list[str]) -> None:
    """Shaded phases, and a base line and a label for each row, the lowest first."""
    for phase in trace.schedule.phases:
        axes.axvspan(phase.start, phase.stop, color=_PHASE_COLOURS[phase.kind], lw=0, zorder=0)
        axes.axvline(phase.start, color="white", lw=1.5, zorder=0.5)
    rows = np.arange(len(labels))
    axes.hlines(rows, 0, trace.schedule.frame_slots, color=LIGHT_GREY, lw=0.4, zorder=1)
    axes.set_yticks(rows + _MIDDLE, labels, fontsize=7)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-0.25, max(1, len(labels)) - 0.05)


def _draw_population(view: FrameView, axes: Axes, population: str) -> None:
    """Lines with their pulses, the first line on top."""
    lines = view.lines[population][::-1]
    _draw_rows(view.trace, axes, [line_name(view.trace, population, line) for line in lines])
    _draw_bars(axes, view.gates(population, lines), np.arange(len(lines)), _GATE_COLOUR, "gate", zorder=2)
    for kind in ("forward", "backward", "error", "refresh"):
        _draw_bars(axes, view.bars(population, kind), lines, KIND_COLOURS[kind], kind, zorder=3)


def _draw_bars(axes: Axes, pulses: Bars, lines: np.ndarray, colour: str, kind: str, zorder: float) -> None:
    """Pulses as bars from edge to edge, in the rows of ``lines``; ``colour`` is of pulses without sign."""
    seen = np.isin(pulses.line, lines) & (pulses.stop > pulses.start)
    if not seen.any():
        return
    start, stop, polarity = pulses.start[seen], pulses.stop[seen], pulses.polarity[seen]
    order = np.argsort(lines)
    row = order[np.searchsorted(lines[order], pulses.line[seen])]
    low = row + np.where(polarity > 0, _MIDDLE, _LOW)
    high = row + np.where(polarity < 0, _MIDDLE, _HIGH)
    corners = np.array([[start, low], [stop, low], [stop, high], [start, high]]).transpose(2, 0, 1)
    colours = np.array([NEGATIVE, colour, POSITIVE])[polarity.astype(int) + 1]
    # The white hairline keeps pulses in neighbouring slots apart.
    axes.add_collection(
        PolyCollection(corners, facecolors=colours, edgecolors="white", linewidths=0.3, zorder=zorder, gid=kind),
        autolim=False,
    )


def _draw_layer(view: FrameView, axes: Axes, layer: str, before: str, after: str) -> None:
    """Device pairs in the update phase: gates, error pulses, and where they meet."""
    pairs, programming = view.pairs(layer, before, after)[::-1], view.programming[layer]
    labels = [f"{line_name(view.trace, before, pre)} → {line_name(view.trace, after, post)}" for pre, post in pairs]
    _draw_rows(view.trace, axes, labels)
    axes.set_title(_pairs_title(pairs, programming), fontsize=9)
    rows = np.arange(len(pairs))
    _draw_bars(axes, view.gates(before, pairs[:, 0]), rows, _GATE_COLOUR, "gate", zorder=2)
    error = view.bars(after, "error")
    row, event = np.nonzero(pairs[:, 1, None] == error.line)
    colours = _signed_colours(error.polarity[event])
    axes.vlines(error.start[event] + 0.5, row + 0.1, row + 0.7, color=colours, lw=0.9, zorder=3, gid="error")
    row, event = np.nonzero((pairs[:, 0, None] == programming["pre"]) & (pairs[:, 1, None] == programming["post"]))
    slot = programming["slot"][event] - view.frame * view.trace.schedule.frame_slots
    colours = _signed_colours(programming["polarity"][event])
    axes.scatter(slot + 0.5, row + _MIDDLE, s=14, c=colours, lw=0, zorder=4, gid="programming")


def _signed_colours(polarity: np.ndarray) -> np.ndarray:
    return np.where(polarity > 0, POSITIVE, NEGATIVE)


def _pairs_title(pairs: np.ndarray, programming: dict[str, np.ndarray]) -> str:
    updates = len(programming["slot"])
    if not updates:
        return "no device pair was programmed"
    programmed = len(np.unique(np.column_stack([programming["pre"], programming["post"]]), axis=0))
    return f"{len(pairs)} of {programmed:,} programmed pairs ({updates:,} updates)"


def _legend(view: FrameView, with_pairs: bool) -> list[Patch | Line2D]:
    """Keys to what can be seen."""
    keys = [
        Patch(color=KIND_COLOURS["forward"], label="forward pulse"),
        Patch(color=POSITIVE, label="backward or error pulse,\npositive (up)"),
        Patch(color=NEGATIVE, label="backward or error pulse,\nnegative (down)"),
    ]
    if with_pairs:
        keys += [
            Patch(color=_GATE_COLOUR, label="open gate"),
            Line2D([], [], marker="|", lw=0, color=GREY, markersize=9, label="error pulse of\na pair's neuron"),
            Line2D([], [], marker="o", lw=0, color=GREY, markersize=4.5, label="update: error pulse\nmeets open gate"),
        ]
    if any(len(view.bars(population, "refresh").line) for population in view.lines):
        keys.append(Patch(color=KIND_COLOURS["refresh"], label="refresh"))
    return keys
