"""The clock of the hardware: when each frame begins, by the trace's own times of all frames before it.

How long a refresh lasts is known only when it is over. So a run in which something depends on the time goes to the
engine in pieces, each of which ends with a refresh.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from pulsenet.describe.run import Run
from pulsenet.engines.engine import Engine
from pulsenet.errors import TraceError
from pulsenet.records import Chunk, ChunkResult, Conductances, Memory, joined
from pulsenet.seams.effects import Effect
from pulsenet.seams.setting import Setting
from pulsenet.trace import Trace, TraceWriter
from pulsenet.training.costs import phase_times, refresh_times
from pulsenet.training.prepare import Prepared

#: Parts of the duration of a frame, in the order in which they are added.
TIMES = ("read_time", "error_time", "programming_time", "refresh_time")


def needs_clock(effects: tuple[Effect, ...]) -> bool:
    """Whether any effect is fed the time."""
    return any(effect.needs_clock for effect in effects)


def timed(
    effects: tuple[Effect, ...], setting: Setting, first: int, last: int, starts: np.ndarray
) -> dict[str, np.ndarray]:
    """What effects are fed of the time in frames ``first`` to ``last`` (exclusive), by input; see `Effect.timed`."""
    arrays: dict[str, np.ndarray] = {}
    for effect in effects:
        if effect.needs_clock:
            arrays |= effect.timed(setting, first, last, starts)
    return arrays


def frame_starts(start: float, times: Mapping[str, np.ndarray]) -> np.ndarray:
    """When each of successive frames begins, and the last ends.

    Summed up frame after frame, so that no bit depends on how a run is cut.

    Parameters
    ----------
    start : float
        When the first begins, in seconds.
    times : mapping of float arrays, shape (frames,)
        `TIMES`, in seconds.

    Returns
    -------
    float, shape (frames + 1,), seconds

    Examples
    --------
    >>> frame_starts(10.0, {name: np.array([1.0, 2.0]) for name in TIMES})
    array([10., 14., 22.])
    """
    return np.cumsum(np.concatenate([[start], sum(times[name] for name in TIMES)]))


def starts_of(trace: Trace) -> np.ndarray:
    """When each frame of a trace begins, and the last ends, in seconds; shape (frames + 1,).

    Raises
    ------
    TraceError
        If the trace, of another program, does not say how long its frames took.
    """
    if missing := [name for name in TIMES if name not in trace.frames]:
        raise TraceError(
            f"{trace.path}: holds no frames/{missing[0]}, so that it is not known when its frames began, on which "
            "drift depends; take a trace that pulsenet wrote"
        )
    return frame_starts(0.0, {name: trace.frames[name][:] for name in TIMES})


class Clock:
    """Knows when frames begin, and feeds that to an engine.

    Parameters
    ----------
    run : Run
    setting : Setting
    frames : int
        Of the run.

    Attributes
    ----------
    starts : float, shape (frames + 1,)
        Seconds; of frames so far.
    """

    def __init__(self, run: Run, setting: Setting, frames: int):
        self._run, self._setting = run, setting
        self.starts = np.zeros(frames + 1)

    @classmethod
    def of(cls, prepared: Prepared, writer: TraceWriter, frame: int) -> Clock:
        """The clock of a run of which so many frames are safe in its trace."""
        clock = cls(prepared.run, prepared.setting, prepared.plan.n_frames)
        if frame:
            clock.starts[: frame + 1] = frame_starts(0.0, writer.columns(TIMES))
        return clock

    def run(self, engine: Engine, chunk: Chunk, conductance: Conductances, memory: Memory) -> ChunkResult:
        """Run a chunk that follows on what was run before, as an engine does."""
        results, first = [], 0
        for last in _ends(chunk.refresh):
            piece = self._fed(chunk.cut(first, last))
            results.append(engine.run(piece, conductance, memory))
            conductance, memory, first = results[-1].conductance, results[-1].memory, last
            refreshed = {"refresh_time": refresh_times(self._run, piece, results[-1])}
            self._set(piece, phase_times(self._run, piece) | refreshed)
        return joined(results)

    def _fed(self, piece: Chunk) -> Chunk:
        """Frames of which none but the last ends with a refresh, with the time at which they begin."""
        self._set(piece, phase_times(self._run, piece) | {"refresh_time": np.zeros(piece.n_frames)})
        first, effects = piece.first_frame, self._run.variation.effects
        arrays = timed(effects, self._setting, first, first + piece.n_frames, self.starts)
        return replace(piece, effects=piece.effects | arrays)

    def _set(self, piece: Chunk, times: dict[str, np.ndarray]) -> None:
        first, last = piece.first_frame, piece.first_frame + piece.n_frames
        self.starts[first : last + 1] = frame_starts(self.starts[first], times)


def _ends(refresh: np.ndarray) -> list[int]:
    """Frame counts after which something is found out that the next frame must know: refreshes, and the end."""
    return sorted({*(np.flatnonzero(refresh) + 1).tolist(), len(refresh)})
