"""Which frames and which lines of a trace are exported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pulsenet.errors import TraceError
from pulsenet.trace import Trace
from pulsenet.trace.blocks import recorded_frames

#: Lines of each population to export; those of populations that are left out are exported all.
Lines = Mapping[str, Sequence[int]]


def choose_frames(trace: Trace, frames: int | slice | None) -> range:
    """The frames that are asked for, counted from the start of the run; all if ``frames`` is None.

    Raises
    ------
    TraceError
        If the trace does not hold them, or none are left.
    """
    n_frames = trace.n_frames
    if frames is None:
        frames = slice(None)
    if isinstance(frames, slice):
        ends = [end for end in (frames.start, frames.stop) if end is not None]
        chosen = range(n_frames)[frames]
        if any(not -n_frames <= end <= n_frames for end in ends) or frames.step not in (None, 1) or not chosen:
            raise TraceError(
                f"{trace.path}: frames {_text(frames)}: {_there_are(n_frames)}; a range needs one, and has no step"
            )
        return chosen
    if not -n_frames <= frames < n_frames:
        raise TraceError(f"{trace.path}: no frame {frames}; {_there_are(n_frames)}")
    return range(n_frames)[frames:][:1]


def need_recorded(trace: Trace, frames: range) -> None:
    """Raise a `TraceError` unless the pulses of all these frames are in the trace; it names frames that are."""
    there = recorded_frames(trace)
    missing = [frame for frame in frames if not there[frame]]
    if missing:
        raise TraceError(
            f"{trace.path}: the pulses of frame {missing[0]} were not recorded; {_some(there)}, "
            f"or run again with record.waveforms = [{missing[0]}] or record.pulses = 'all'"
        )


def first_recorded(trace: Trace) -> int:
    """The first frame whose pulses are in the trace.

    Raises
    ------
    TraceError
        If there is none.
    """
    there = recorded_frames(trace)
    if not there.any():
        raise TraceError(
            f"{trace.path}: holds no recorded pulses; run again with record.pulses = 'all' or a number of frames"
        )
    return int(np.argmax(there))


def choose_lines(trace: Trace, lines: Lines | None) -> dict[str, np.ndarray]:
    """Lines of each population to export, ascending.

    Raises
    ------
    TraceError
        If there is no such population or line.
    """
    for population in lines or {}:
        if population not in trace.populations:
            known = ", ".join(trace.populations)
            raise TraceError(f"{trace.path}: no population {population!r}; populations are {known}")
    chosen = {}
    for population, n_lines in trace.populations.items():
        wanted = (lines or {}).get(population, range(n_lines))
        outside = [line for line in wanted if not 0 <= line < n_lines]
        if outside:
            raise TraceError(f"{trace.path}: no line {outside[0]} of {population}; choose from 0 to {n_lines - 1}")
        chosen[population] = np.unique(np.asarray(wanted, dtype=np.int64))
    return chosen


def _text(frames: slice) -> str:
    parts = ["" if part is None else str(part) for part in (frames.start, frames.stop)]
    return ":".join(parts + ([str(frames.step)] if frames.step is not None else []))


def _there_are(n_frames: int) -> str:
    return f"there are frames 0 to {n_frames - 1}" if n_frames else "there are none yet"


def _some(there: np.ndarray) -> str:
    """The first run of recorded frames, in words."""
    if not there.any():
        return "those of no frame were"
    start = int(np.argmax(there))
    length = int(np.argmin(there[start:])) if not there[start:].all() else len(there) - start
    return f"take some of those that were, as {start}:{start + length}"
