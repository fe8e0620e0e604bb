"""A trace of format 1.0, written once and kept: every later pulsenet reads the same numbers from it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from example_run import SCHEDULE, describe

from pulsenet.traces import Trace

KEPT = Path(__file__).parent / "trace-1.0.h5"

#: SHA-256 of all numbers in it, as little-endian bytes in the order of `numbers`, when it was written.
WRITTEN = "30964bfe44d643720b08af0fca055aebcb416fc09019737be902892a5c6c51b4"


def numbers(trace: Trace) -> str:
    """SHA-256 of every number of a trace."""
    digest = hashlib.sha256()

    def add(name, values):
        digest.update(name.encode() + values.astype(values.dtype.newbyteorder("<")).tobytes())

    for name in sorted(trace.frames):
        add(name, trace.frames[name][:])
    for population in trace.populations:
        for kind in ("forward", "backward", "error", "refresh"):
            for name, values in sorted(trace.pulses(population, kind).items()):
                add(name, values)
    for layer in trace.layers:
        for values in trace.conductance(layer, slice(None)):
            add(layer, values)
    for name in ("epoch", "accuracy", "confusion"):
        add(name, trace.evaluation[name][:])
    return digest.hexdigest()


def test_kept_trace_is_still_read():
    with Trace(KEPT) as trace:
        assert trace.complete and trace.description == describe() and trace.schedule == SCHEDULE
        assert trace.n_frames == 21 and list(trace.snapshots) == [-1, 4, 9, 14, 19]
        assert numbers(trace) == WRITTEN
        assert [len(pulses["slot"]) for pulses in trace.programming_pulses(8).values()] == [21, 16]
