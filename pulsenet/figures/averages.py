"""Training frames in blocks, so that a curve over training is a mean over consecutive frames."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from pulsenet.errors import TraceError
from pulsenet.figures.style import LIGHT_GREY, number_frames
from pulsenet.trace import Trace

#: Training frames that a block holds at least; and blocks per epoch at most.
_LEAST_FRAMES, _MOST_BLOCKS = 100, 40


@dataclass(frozen=True)
class Blocks:
    """Blocks of consecutive training frames, none of which spans the end of an epoch.

    Attributes
    ----------
    frames : int array
        Numbers of the training frames in the run.
    epochs : int array
        Numbers of the epochs.
    ends : int array
        Training frames up to the end of each epoch.
    bounds : int array
        Training frame at which each block begins; at the end the number of training frames.

    Examples
    --------
    >>> blocks = Blocks(np.arange(4), np.array([1, 2]), np.array([2, 4]), np.array([0, 2, 4]))
    >>> blocks.mean(np.array([1, 2, 3, 4])), blocks.middle
    (array([1.5, 3.5]), array([1., 3.]))
    """

    frames: np.ndarray
    epochs: np.ndarray
    ends: np.ndarray
    bounds: np.ndarray

    @classmethod
    def of(cls, trace: Trace) -> Blocks:
        """Blocks of a trace.

        Raises
        ------
        TraceError
            If it holds no training frame.
        """
        frames = np.flatnonzero(trace.frames["learn"][:])
        if not len(frames):
            raise TraceError(f"{trace.path}: no training frame; let the run go on")
        epochs, first = np.unique(trace.frames["epoch"][:][frames], return_index=True)
        ends = np.append(first[1:], len(frames))
        return cls(frames, epochs, ends, bounds_of_blocks(ends))

    @property
    def middle(self) -> np.ndarray:
        """Middles of the blocks, in training frames."""
        return (self.bounds[:-1] + self.bounds[1:]) / 2

    def mean(self, values: np.ndarray) -> np.ndarray:
        """Mean over each block of a column with one entry per frame of the run; what is not a number is left out."""
        chosen = values[self.frames].astype(float)
        known = ~np.isnan(chosen)
        sums = np.add.reduceat(np.where(known, chosen, 0), self.bounds[:-1])
        with np.errstate(invalid="ignore"):
            return sums / np.add.reduceat(known, self.bounds[:-1], dtype=np.int64)

    def draw_axis(self, panels: Iterable[Axes]) -> None:
        """The horizontal axis of panels below each other: training frames; ends of epochs as lines, numbered above."""
        panels = list(panels)
        for axes in panels:
            axes.set_xlim(0, self.ends[-1] * 1.02)
            for end in self.ends:
                axes.axvline(end, color=LIGHT_GREY, lw=0.8, ls=":", zorder=0)
        top = panels[0].secondary_xaxis("top")
        ticks = MaxNLocator(12, integer=True).tick_values(self.epochs[0], self.epochs[-1])
        named = np.isin(self.epochs, ticks)
        top.set_xticks(self.ends[named], [str(epoch) for epoch in self.epochs[named]])
        top.set_xlabel("end of epoch")
        number_frames(panels[-1], "training frames")


def bounds_of_blocks(ends: np.ndarray) -> np.ndarray:
    """Bounds of blocks of training frames in epochs that end at ``ends``.

    Examples
    --------
    >>> bounds_of_blocks(np.array([50, 250]))
    array([  0,  50, 150, 250])
    """
    bounds = [0]
    for end in ends:
        n_blocks = max(1, min(_MOST_BLOCKS, (end - bounds[-1]) // _LEAST_FRAMES))
        bounds += list(np.linspace(bounds[-1], end, n_blocks + 1).round().astype(int)[1:])
    return np.array(bounds)
