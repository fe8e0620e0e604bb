"""Traces of each format, written once and kept: every later pulsenet reads the same numbers from them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from example_run import COSTS, SCHEDULE, describe
from refusals import refused

from pulsenet import TraceError
from pulsenet.replay.programming import programming_pulses
from pulsenet.replay.replay import replay
from pulsenet.trace import Trace
from pulsenet.trace.description import in_order

#: By version: SHA-256 of all numbers, as little-endian bytes in the order of `numbers`, when the trace was written.
WRITTEN = {
    "1.0": "30964bfe44d643720b08af0fca055aebcb416fc09019737be902892a5c6c51b4",
    "1.1": "53711458fa4c5a12ef68e48e05307bc9b8e5d4cf3844b8ef13f7d6820f0a10d1",
    "1.2": "dc9ca6c03294c0d988ce0313f9d9a75ce4720a9876368142f53c2c2352739b0a",
}


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
    for owner, name, parameter in in_order(trace.parameters):
        add(f"{owner} {name} {parameter.unit}", np.asarray(parameter.value))
    for layer in trace.layers:
        for values in trace.conductance(layer, slice(None)):
            add(layer, values)
    for name in ("epoch", "accuracy", "confusion"):
        add(name, trace.evaluation[name][:])
    return digest.hexdigest()


@pytest.mark.parametrize(("version", "digest"), WRITTEN.items())
def test_kept_trace_is_still_read(version, digest):
    with Trace(Path(__file__).parent / f"trace-{version}.h5") as trace:
        assert trace.complete and trace.description == describe() and trace.schedule == SCHEDULE
        assert trace.n_frames == 21 and list(trace.snapshots) == [-1, 4, 9, 14, 19]
        assert numbers(trace) == digest
        assert (set(COSTS) <= set(trace.frames)) == (version != "1.0")
        assert ("layer1" in trace.parameters) == (version not in ("1.0", "1.1"))


@pytest.mark.parametrize("version", WRITTEN)
def test_what_its_devices_were_is_not_guessed(version):
    """Its configuration describes no run: no rule is taken in its place."""
    with Trace(Path(__file__).parent / f"trace-{version}.h5") as trace:
        parts = f"trace-{version}.h5", "describes no run of this version", "use the version of pulsenet that wrote it"
        refused(TraceError, lambda: programming_pulses(trace, 8), *parts)
        refused(TraceError, lambda: replay(trace, 8), *parts)
