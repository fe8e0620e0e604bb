"""Counts over many recorded frames: programming pulses of each device pair, active lines of each frame."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pulsenet.errors import TraceError
from pulsenet.figures.style import evenly
from pulsenet.replay.programming import ProgrammingPulses
from pulsenet.trace import Trace
from pulsenet.trace.blocks import recorded_frames

#: Frames that are read at once.
_AT_ONCE = 200
#: Frames in which programming pulses are counted, at most: rebuilding those of one takes milliseconds.
_MOST_COUNTED = 200


def recorded_training(trace: Trace) -> np.ndarray:
    """Which frames trained and have their pulses in the trace.

    Raises
    ------
    TraceError
        If there is none.
    """
    chosen = recorded_frames(trace) & trace.frames["learn"][:]
    if not chosen.any():
        raise TraceError(
            f"{trace.path}: holds no recorded pulses of training frames; let the run go on, or run again with "
            "record.pulses = 'all' or a number of frames"
        )
    return chosen


def programming_counts(trace: Trace) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """ProgrammingPulses pulses that each device pair got in recorded training frames.

    Of many frames, evenly picked ones are counted.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    frames : int array
        The frames that were counted.
    counts : dict of int64 arrays, shape (2, n_in, n_out)
        By layer: pulses of positive, then of negative polarity.

    Raises
    ------
    TraceError
        If no pulses of training frames were recorded, or they do not tell which pairs were programmed.
    """
    frames = evenly(np.flatnonzero(recorded_training(trace)), _MOST_COUNTED)
    counts = {layer: np.zeros((2, *shape), np.int64) for layer, shape in trace.layers.items()}
    programming = ProgrammingPulses(trace)
    for frame in frames:
        for layer, pulses in programming.pulses(int(frame)).items():
            np.add.at(counts[layer], ((pulses["polarity"] < 0).astype(int), pulses["pre"], pulses["post"]), 1)
    return frames, counts


def _blocks(chosen: np.ndarray) -> Iterator[slice]:
    """Ranges of frames with any chosen one among them."""
    for start in range(0, len(chosen), _AT_ONCE):
        if chosen[start : start + _AT_ONCE].any():
            yield slice(start, start + _AT_ONCE)


def active_lines(trace: Trace, population: str, kind: str, lines: range, chosen: np.ndarray) -> np.ndarray:
    """How many of some lines of a population send any pulse of a kind, per frame.

    Parameters
    ----------
    trace : Trace
    population, kind : str
    lines : range
        From 0.
    chosen : bool array
        Frames to look at.

    Returns
    -------
    float array
        One entry per frame; not a number in frames that were not chosen.
    """
    number = np.full(trace.n_frames, np.nan)
    for frames in _blocks(chosen):
        pulses = trace.pulses(population, kind, frames)
        seen = np.zeros((_AT_ONCE, trace.populations[population]), bool)
        seen[pulses["slot"] // trace.schedule.frame_slots - frames.start, pulses["line"]] = True
        number[frames] = seen[:, lines].sum(axis=1)[: len(number[frames])]
    number[~chosen] = np.nan
    return number
