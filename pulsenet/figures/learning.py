"""The learning curve: accuracy and pulses over training."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pulsenet.figures.averages import Blocks
from pulsenet.figures.registry import figure
from pulsenet.figures.style import (
    KIND_COLOURS,
    LIGHT_GREY,
    NEGATIVE,
    POSITIVE,
    new_figure,
    scale_logarithmically,
)
from pulsenet.trace import Trace


@figure("learning")
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
    blocks = Blocks.of(trace)
    counts = {
        kind: blocks.mean(trace.frames[f"{kind}_pulses"][:])
        for kind in KIND_COLOURS
        if f"{kind}_pulses" in trace.frames
    }
    figure = new_figure(trace, _title(trace), 9.5, 6.6 if counts else 4.2)
    panels = figure.subplots(2 if counts else 1, 1, sharex=True, squeeze=False)[:, 0]
    _draw_accuracy(trace, panels[0], blocks)
    if counts:
        _draw_counts(panels[1], counts, blocks)
    blocks.draw_axis(panels)
    return figure


def _title(trace: Trace) -> str:
    if not len(trace.evaluation["epoch"]):
        return "Learning curve"
    number = int(trace.evaluation["epoch"][-1])
    epochs = f"{number} epoch" + "s" * (number != 1)
    return f"Learning curve: {trace.evaluation['accuracy'][-1]:.1%} of test samples correct after {epochs}"


def tested(trace: Trace, blocks: Blocks) -> tuple[np.ndarray, np.ndarray]:
    """Training frames before each evaluation, and the share of test samples that it found right (%)."""
    before = np.searchsorted(blocks.epochs, trace.evaluation["epoch"][:], side="right")
    return np.concatenate([[0], blocks.ends])[before], 100 * trace.evaluation["accuracy"][:]


def _draw_accuracy(trace: Trace, axes: Axes, blocks: Blocks) -> None:
    right = trace.frames["prediction"][:] == trace.frames["label"][:]
    label = f"online, mean of {np.diff(blocks.bounds).max():,} training frames"
    axes.plot(blocks.middle, 100 * blocks.mean(right), ".-", ms=3, color=NEGATIVE, lw=1.5, label=label)
    if len(trace.evaluation["epoch"]):
        label = "test samples, after each epoch"
        axes.plot(*tested(trace, blocks), "o-", color=POSITIVE, lw=1.5, ms=6, label=label, clip_on=False)
    axes.set_ylabel("correct answers (%)")
    axes.set_ylim(top=100)
    axes.grid(axis="y", color=LIGHT_GREY, lw=0.5)
    axes.legend(loc="best")


def _draw_counts(axes: Axes, counts: dict[str, np.ndarray], blocks: Blocks) -> None:
    """On a logarithmic scale: programming pulses are thousands where forward pulses are tens."""
    for kind, means in counts.items():
        if means.any():
            shown = np.where(means > 0, means, np.nan)
            axes.plot(blocks.middle, shown, ".-", ms=3, color=KIND_COLOURS[kind], lw=1.5, label=kind)
    scale_logarithmically(axes)
    axes.set_ylabel("pulses per training frame")
    axes.grid(axis="y", color=LIGHT_GREY, lw=0.5)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=len(counts), columnspacing=1.5)
