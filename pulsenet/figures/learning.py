"""The learning curve: accuracy and pulses over training."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from pulsenet.errors import TraceError
from pulsenet.figures.style import KIND_COLOURS, LIGHT_GREY, NEGATIVE, POSITIVE, new_figure, styled
from pulsenet.traces import Trace

#: Training frames that a point of a running mean stands for at least; and points per epoch at most.
_LEAST_FRAMES, _MOST_POINTS = 100, 40


@styled
def learning(trace: Trace) -> Figure:
    """Accuracy over training (on the test samples after each epoch, and online), and pulses per training frame by kind.

    Online accuracy is the share of training samples that were answered correctly when they were presented, before
    learning from them, as a mean over consecutive frames.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TraceError
        If the trace holds no training frame.

    Examples
    --------
    >>> with Trace("runs/digits") as trace:                                 # doctest: +SKIP
    ...     learning(trace).savefig("learning.png")
    """
    frames = np.flatnonzero(trace.frames["learn"][:])
    if not len(frames):
        raise TraceError(f"{trace.path}: no training frame; let the run go on")
    epochs = trace.frames["epoch"][:][frames]
    counts = {
        kind: trace.frames[f"{kind}_pulses"][:][frames] for kind in KIND_COLOURS if f"{kind}_pulses" in trace.frames
    }
    figure = new_figure(trace, _title(trace), 9.5, 6.6 if counts else 4.2)
    panels = figure.subplots(2 if counts else 1, 1, sharex=True, squeeze=False)[:, 0]
    ends = np.searchsorted(epochs, np.unique(epochs), side="right")
    blocks = _blocks(ends)
    _draw_accuracy(trace, panels[0], frames, epochs, blocks)
    if counts:
        _draw_counts(panels[1], counts, blocks)
    panels[-1].set_xlabel("training frames")
    panels[-1].xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    _mark_epochs(panels, ends, np.unique(epochs))
    return figure


def _title(trace: Trace) -> str:
    if not len(trace.evaluation["epoch"]):
        return "Learning curve"
    number = int(trace.evaluation["epoch"][-1])
    epochs = f"{number} epoch" + "s" * (number != 1)
    return f"Learning curve: {trace.evaluation['accuracy'][-1]:.1%} of test samples correct after {epochs}"


def _blocks(ends: np.ndarray) -> np.ndarray:
    """Bounds of blocks of consecutive training frames, none of which spans the end of an epoch."""
    bounds = [0]
    for end in ends:
        n_blocks = max(1, min(_MOST_POINTS, (end - bounds[-1]) // _LEAST_FRAMES))
        bounds += list(np.linspace(bounds[-1], end, n_blocks + 1).round().astype(int)[1:])
    return np.array(bounds)


def _means(values: np.ndarray, blocks: np.ndarray) -> np.ndarray:
    return np.add.reduceat(values.astype(float), blocks[:-1]) / np.diff(blocks)


def _draw_accuracy(trace: Trace, axes: Axes, frames: np.ndarray, epochs: np.ndarray, blocks: np.ndarray) -> None:
    right = (trace.frames["prediction"][:] == trace.frames["label"][:])[frames]
    axes.plot(
        (blocks[:-1] + blocks[1:]) / 2,
        100 * _means(right, blocks),
        ".-",
        ms=3,
        color=NEGATIVE,
        lw=1.5,
        label=f"online, mean of {np.diff(blocks).max():,} training frames",
    )
    if len(trace.evaluation["epoch"]):
        done = np.searchsorted(epochs, trace.evaluation["epoch"][:], side="right")
        values = 100 * trace.evaluation["accuracy"][:]
        label = "test samples, after each epoch"
        axes.plot(done, values, "o-", color=POSITIVE, lw=1.5, ms=6, label=label, clip_on=False)
    axes.set_ylabel("correct answers (%)")
    axes.set_ylim(top=100)
    axes.grid(axis="y", color=LIGHT_GREY, lw=0.5)
    axes.legend(loc="best")


def _draw_counts(axes: Axes, counts: dict[str, np.ndarray], blocks: np.ndarray) -> None:
    """On a logarithmic scale: programming pulses are thousands where forward pulses are tens."""
    for kind, values in counts.items():
        means = _means(values, blocks)
        if means.any():
            shown = np.where(means > 0, means, np.nan)
            axes.plot((blocks[:-1] + blocks[1:]) / 2, shown, ".-", ms=3, color=KIND_COLOURS[kind], lw=1.5, label=kind)
    axes.set_yscale("log")
    axes.set_ylabel("pulses per training frame")
    axes.grid(axis="y", color=LIGHT_GREY, lw=0.5)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=len(counts), columnspacing=1.5)


def _mark_epochs(panels: np.ndarray, ends: np.ndarray, epochs: np.ndarray) -> None:
    """Ends of epochs as lines, and their numbers above."""
    for axes in panels:
        axes.set_xlim(0, ends[-1] * 1.02)
        for end in ends:
            axes.axvline(end, color=LIGHT_GREY, lw=0.8, ls=":", zorder=0)
    top = panels[0].secondary_xaxis("top")
    named = np.isin(epochs, MaxNLocator(12, integer=True).tick_values(epochs[0], epochs[-1]))
    top.set_xticks(ends[named], [str(epoch) for epoch in epochs[named]])
    top.set_xlabel("end of epoch")
