"""The timing diagram: every pulse of one frame on its line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from pulsenet.figures.frame import Bars, bars, choose_frame, choose_lines, choose_pairs, gates
from pulsenet.figures.style import (
    GREY,
    KIND_COLOURS,
    LIGHT_GREY,
    NEGATIVE,
    POSITIVE,
    line_name,
    new_figure,
    scale,
    styled,
)
from pulsenet.quantities import from_si
from pulsenet.traces import Trace

_PHASE_COLOURS = {"forward": "#F1F3F5", "backward": "#FBF1F6", "update": "#EDF7F3"}
_STRIP_COLOURS = {"forward": "#D9DEE3", "backward": "#F0D3E2", "update": "#BFE5D7"}
_GATE_COLOUR = "#A6DCC8"
_ROW_INCHES = 0.145
#: A row is 1 high; a pulse without sign takes 0 to 0.8 of it, a positive 0.4 to 0.8, a negative 0 to 0.4.
_LOW, _MIDDLE, _HIGH = 0.0, 0.4, 0.8


@styled
def pulses(trace: Trace, frame: int | None = None, lines: Mapping[str, Sequence[int]] | None = None) -> Figure:
    """Timing diagram of one frame.

    On the left the lines of each population over the whole frame: forward, backward and error pulses, and in the
    update phase the gates that a line holds open. On the right the update phase of some device pairs of each layer: a
    pair is programmed where an error pulse (tick) meets an open gate (bar), which a dot marks.

    Parameters
    ----------
    trace : Trace
    frame : int, optional
        Left out, the first recorded training frame in which devices were programmed.
    lines : mapping of population to lines, optional
        Lines to show; of populations left out, a legible choice.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TraceError
        If there is no such frame, population or line, or the pulses of the frame were not recorded.

    Examples
    --------
    >>> with Trace("runs/digits") as trace:                                 # doctest: +SKIP
    ...     pulses(trace, frame=10, lines={"input": range(20, 40)}).savefig("frame10.png")
    """
    frame = choose_frame(trace, frame)
    shown, remarks = choose_lines(trace, frame, lines)
    programming = trace.programming_pulses(frame)
    widths = {population: gates(trace, population, frame) for population in shown}
    pairs = {
        layer: choose_pairs(programming[layer], shown[before], shown[after], widths[before])
        for layer, before, after in _stack(trace)
    }
    heights = [max(3, len(rows)) for rows in shown.values()]
    figure = new_figure(trace, _title(trace, frame), 13.5, 2.6 + _ROW_INCHES * sum(heights))
    left, right = figure.add_gridspec(1, 2, width_ratios=[1.75, 1])
    left, right = left.subgridspec(len(shown) + 1, 1, height_ratios=[1.6, *heights]), right.subgridspec(
        len(pairs) + 1, 1, height_ratios=[1.6 * len(pairs), *[sum(heights)] * len(pairs)]
    )
    strip = figure.add_subplot(left[0])
    _draw_phases(trace, strip, 0, trace.schedule.frame_slots)
    for row, (population, numbers) in enumerate(shown.items(), start=1):
        axes = figure.add_subplot(left[row], sharex=strip)
        _draw_population(trace, axes, population, numbers, frame, widths[population])
        axes.set_ylabel(f"{population}\n{remarks[population]}", fontsize=9)
        axes.tick_params(labelbottom=row == len(shown))
    axes.set_xlabel(f"slot of the frame (1 slot = {from_si(trace.slot, 's')})")
    strip = figure.add_subplot(right[0])
    _draw_phases(trace, strip, trace.schedule.update_start, trace.schedule.frame_slots)
    for row, (layer, before, after) in enumerate(_stack(trace), start=1):
        axes = figure.add_subplot(right[row], sharex=strip)
        _draw_pairs(trace, axes, pairs[layer], programming[layer], (before, after), frame, widths[before])
        axes.set_ylabel(f"{layer}\n{before} → {after}", fontsize=9)
        axes.set_title(_pairs_title(pairs[layer], programming[layer]), fontsize=9)
        axes.tick_params(labelbottom=row == len(pairs))
    axes.set_xlabel("slot of the frame")
    axes.xaxis.set_major_locator(MaxNLocator(7, integer=True))
    figure.legend(handles=_legend(trace, frame), loc="outside lower center", ncols=7, fontsize=9, handlelength=1.4)
    return figure


def _stack(trace: Trace) -> list[tuple[str, str, str]]:
    """Each layer with the populations before and after it."""
    names = list(trace.populations)
    return list(zip(trace.layers, names, names[1:], strict=False))


def _title(trace: Trace, frame: int) -> str:
    of = {name: trace.frames[name][frame] for name in ("sample", "label", "prediction", "learn", "epoch")}
    kind = "training" if of["learn"] else "evaluation"
    return (
        f"Pulses of frame {frame} (epoch {of['epoch']}, {kind}): sample {of['sample']}, "
        f"class {of['label']}, answer {of['prediction']}"
    )


def _draw_phases(trace: Trace, axes: Axes, start: int, stop: int) -> None:
    """The strip above the panels: phases by name, and the time axis."""
    for phase in trace.schedule.phases:
        axes.axvspan(phase.start, phase.stop, color=_STRIP_COLOURS[phase.kind], lw=0)
        axes.axvline(phase.start, color="white", lw=1.5)
        axes.text((phase.start + phase.stop) / 2, 0.5, phase.name, ha="center", va="center", clip_on=True)
    axes.set(xlim=(start, stop), ylim=(0, 1), yticks=[])
    axes.tick_params(bottom=False, labelbottom=False)
    axes.spines[:].set_visible(False)
    factor, unit = scale(trace.slot * trace.schedule.frame_slots, "s")
    factor *= trace.slot
    time = axes.secondary_xaxis("top", functions=(lambda slot: slot * factor, lambda value: value / factor))
    time.set_xlabel(f"time from the start of the frame ({unit})")


def _draw_rows(trace: Trace, axes: Axes, labels: list[str]) -> None:
    """Shaded phases, and a base line and a label for each row, the first on top."""
    for phase in trace.schedule.phases:
        axes.axvspan(phase.start, phase.stop, color=_PHASE_COLOURS[phase.kind], lw=0, zorder=0)
        axes.axvline(phase.start, color="white", lw=1.5, zorder=0.5)
    rows = np.arange(len(labels))
    axes.hlines(rows, 0, trace.schedule.frame_slots, color=LIGHT_GREY, lw=0.4, zorder=1)
    axes.set_yticks(rows + _MIDDLE, labels, fontsize=7)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(labels) - 0.05, -0.25) if labels else axes.set_ylim(1, 0)
    axes.invert_yaxis()


def _draw_population(trace: Trace, axes: Axes, population: str, lines: np.ndarray, frame: int, widths: np.ndarray) -> None:
    """One panel of lines with their pulses. Rows count from the bottom, so that a positive pulse goes up."""
    lines = lines[::-1]
    _draw_rows(trace, axes, [line_name(trace, population, line) for line in lines])
    start = trace.schedule.update_start
    gate = Bars(np.full(len(widths), start), start + widths, np.arange(len(widths)), np.zeros(len(widths), np.int8))
    _draw_bars(axes, gate, lines, _GATE_COLOUR, "gate", zorder=2)
    for kind in ("forward", "backward", "error", "refresh"):
        _draw_bars(axes, bars(trace, population, kind, frame), lines, KIND_COLOURS[kind], kind, zorder=3)


def _draw_bars(axes: Axes, pulses: Bars, lines: np.ndarray, colour: str, kind: str, zorder: float) -> None:
    """Pulses as bars from edge to edge; ``colour`` is of pulses without sign."""
    seen = np.isin(pulses.line, lines) & (pulses.stop > pulses.start)
    if not seen.any():
        return
    start, stop, polarity = pulses.start[seen], pulses.stop[seen], pulses.polarity[seen]
    row = np.argsort(lines)[np.searchsorted(np.sort(lines), pulses.line[seen])]
    low = row + np.where(polarity > 0, _MIDDLE, _LOW)
    high = row + np.where(polarity < 0, _MIDDLE, _HIGH)
    corners = np.array([[start, low], [stop, low], [stop, high], [start, high]]).transpose(2, 0, 1)
    colours = np.array([NEGATIVE, colour, POSITIVE])[polarity.astype(int) + 1]
    # The white hairline keeps pulses in neighbouring slots apart.
    axes.add_collection(
        PolyCollection(corners, facecolors=colours, edgecolors="white", linewidths=0.3, zorder=zorder, gid=kind),
        autolim=False,
    )


def _draw_pairs(trace, axes, pairs, programming, populations, frame, widths) -> None:
    """One panel of device pairs in the update phase: gates, error pulses, and where they meet."""
    before, after = populations
    pairs = pairs[::-1]
    names = [f"{line_name(trace, before, pre)} → {line_name(trace, after, post)}" for pre, post in pairs]
    _draw_rows(trace, axes, names)
    start = trace.schedule.update_start
    if not len(pairs):
        axes.text(start + trace.schedule.phase_slots / 2, 0.5, "no programming pulses", ha="center", va="center", color=GREY)
        return
    error = bars(trace, after, "error", frame)
    slot = programming["slot"] - frame * trace.schedule.frame_slots
    for row, (pre, post) in enumerate(pairs):
        index = np.array([row])
        gate = Bars(np.array([start]), start + widths[[pre]], index, np.zeros(1, np.int8))
        _draw_bars(axes, gate, np.arange(len(pairs)), _GATE_COLOUR, "gate", zorder=2)
        ours = error.line == post
        _draw_ticks(axes, error.start[ours], row, error.polarity[ours])
        met = (programming["pre"] == pre) & (programming["post"] == post)
        colours = np.where(programming["polarity"][met] > 0, POSITIVE, NEGATIVE)
        axes.scatter(slot[met] + 0.5, np.full(met.sum(), row + _MIDDLE), s=14, c=colours, zorder=4, lw=0, gid="programming")


def _draw_ticks(axes: Axes, slot: np.ndarray, row: int, polarity: np.ndarray) -> None:
    """Error pulses as ticks in the middle of their slots."""
    for sign, colour in ((1, POSITIVE), (-1, NEGATIVE)):
        at = slot[polarity == sign] + 0.5
        axes.vlines(at, row + 0.1, row + 0.7, color=colour, lw=0.9, zorder=3, gid="error")


def _pairs_title(pairs: np.ndarray, programming: dict[str, np.ndarray]) -> str:
    programmed = len(np.unique(np.column_stack([programming["pre"], programming["post"]]), axis=0))
    return f"{len(pairs)} of {programmed:,} programmed device pairs ({len(programming['slot']):,} updates in all)"


def _legend(trace: Trace, frame: int) -> list:
    """Keys to what can be seen."""
    dot = {"marker": "o", "lw": 0, "color": GREY, "markersize": 4.5}
    keys = [
        Patch(color=KIND_COLOURS["forward"], label="forward pulse"),
        Patch(color=POSITIVE, label="backward or error pulse,\npositive (up)"),
        Patch(color=NEGATIVE, label="backward or error pulse,\nnegative (down)"),
        Patch(color=_GATE_COLOUR, label="open gate"),
        Line2D([], [], marker="|", lw=0, color=GREY, markersize=9, label="error pulse of\na pair's neuron"),
        Line2D([], [], **dot, label="pair programmed: error\npulse meets open gate"),
    ]
    if any(len(bars(trace, population, "refresh", frame).line) for population in trace.populations):
        keys.append(Patch(color=KIND_COLOURS["refresh"], label="refresh"))
    return keys
