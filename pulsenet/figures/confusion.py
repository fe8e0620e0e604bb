"""The confusion matrix: which classes are taken for which."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pulsenet.errors import TraceError
from pulsenet.figures.registry import figure
from pulsenet.figures.style import GREY, LIGHT_GREY, POSITIVE, new_figure
from pulsenet.trace import Trace

#: With more classes than this, numbers in the cells are illegible.
_MOST_NUMBERED = 20
_COLOURS = LinearSegmentedColormap.from_list("errors", ["white", POSITIVE]).with_extremes(bad="#E3E6E8")


@figure("confusion")
def confusion(trace: Trace) -> Figure:
    """Test samples by class and answer after the last epoch. Colour shows wrong answers; right ones are grey.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TraceError
        If the trace holds no evaluation.

    Examples
    --------
    >>> with Trace("runs/digits") as trace:                                 # doctest: +SKIP
    ...     confusion(trace).savefig("confusion.png")
    """
    if not len(trace.evaluation["epoch"]):
        raise TraceError(f"{trace.path}: no evaluation yet; let the run finish its first epoch")
    counts = trace.evaluation["confusion"][-1]
    right, total = int(np.trace(counts)), int(counts.sum())
    epoch = trace.evaluation["epoch"][-1]
    title = f"Answers after epoch {epoch}: {right:,} of {total:,} test samples correct ({right / total:.1%})"
    figure = new_figure(trace, title, 8.4, 6.9)
    axes = figure.subplots()
    wrong = np.ma.masked_array(counts, mask=np.eye(len(counts), dtype=bool))
    image = axes.imshow(wrong, cmap=_COLOURS, vmin=0, vmax=max(1, wrong.max()))
    ticks = MaxNLocator(6, integer=True)
    figure.colorbar(image, ax=axes, label="wrong answers (test samples)", shrink=0.6, ticks=ticks)
    axes.set(xlabel="answer of the network", ylabel="class of the sample")
    axes.spines[:].set(visible=True, color=LIGHT_GREY)
    if len(counts) <= _MOST_NUMBERED:
        _draw_numbers(axes, counts)
    return figure


def _draw_numbers(axes: Axes, counts: np.ndarray) -> None:
    """Counts in their cells (none for 0), and the share of right answers on the right."""
    classes = range(len(counts))
    axes.set_xticks(classes)
    axes.set_yticks(classes)
    for label, answer in np.argwhere(counts):
        axes.text(answer, label, f"{counts[label, answer]:,}", ha="center", va="center")
    share = axes.secondary_yaxis("right")
    with np.errstate(invalid="ignore"):
        correct = counts.diagonal() / counts.sum(axis=1)
    share.set_yticks(classes, [f"{value:.1%}" if value == value else "–" for value in correct], color=GREY)
    share.set_ylabel("right answers per class", color=GREY)
    share.tick_params(length=0)
    share.spines[:].set_visible(False)
