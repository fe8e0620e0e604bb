"""Pulses of single frames, for who goes through a trace frame by frame."""

from __future__ import annotations

import numpy as np

from pulsenet.records import Pulses
from pulsenet.trace.reader import Trace

#: Frames whose pulses are read at a time.
BLOCK_FRAMES = 256


class Blocks:
    """Pulses of single frames; read from the file for many frames at a time."""

    def __init__(self, trace: Trace):
        self._trace, self._start, self._stop, self._held = trace, 0, 0, {}

    def of(self, population: str, kind: str, frame: int) -> Pulses:
        """Pulses of one kind of a population in one frame."""
        if not self._start <= frame < self._stop:
            self._start, self._stop, self._held = frame, min(frame + BLOCK_FRAMES, self._trace.n_frames), {}
        if (population, kind) not in self._held:
            pulses = self._trace.pulses(population, kind, slice(self._start, self._stop))
            bounds = np.arange(self._start, self._stop + 1) * self._trace.schedule.frame_slots
            self._held[population, kind] = pulses, np.searchsorted(pulses["slot"], bounds)
        pulses, bounds = self._held[population, kind]
        part = slice(*bounds[frame - self._start : frame - self._start + 2])
        return {name: values[part] for name, values in pulses.items()}


def recorded_frames(trace: Trace) -> np.ndarray:
    """Which frames' pulses are in the trace."""
    if "recorded" in trace.frames:
        return trace.frames["recorded"][:].astype(bool)
    return np.full(trace.n_frames, any(trace.holds(f"pulses/{name}/forward") for name in trace.populations))
