"""Readers that open a run again and again while it is written, and writers that try to join in."""

from __future__ import annotations

import os
from pathlib import Path

import h5py
import numpy as np
import pytest
from example_run import ExampleRun, describe, finish
from faults import Pace, in_child

from pulsenet.errors import TraceError
from pulsenet.trace import Trace, TraceWriter, archive

pytestmark = pytest.mark.whole


def write_all(writing: TraceWriter, run: ExampleRun, pace: Pace) -> None:
    pace.begin()
    for start in range(0, 21, 3):
        pace.wait()
        writing.commit(run.commit(start, start + 3))
    pace.wait()
    writing.finish()
    pace.wait()


def is_refused(folder: Path) -> bool:
    """Whether a second writer is refused because there is one (not because the run has been finished meanwhile)."""
    with pytest.raises(TraceError) as error:
        TraceWriter.resume(folder, describe())
    assert "another process is writing" in str(error.value) or "finished already" in str(error.value)
    return "another process" in str(error.value)


@pytest.mark.parametrize("moment", range(0, 8, 2))
def test_reader_meets_the_end_of_a_run_anywhere(unfinished, monkeypatch, moment):
    """The run ends just before the reader opens a segment."""
    run, left = ExampleRun(), [moment]

    def open_too_late(path, mode):
        left[0] -= 1
        if left[0] == -1:
            finish(unfinished)
        return open(path, mode)

    monkeypatch.setattr(archive, "open", open_too_late, raising=False)
    with Trace(unfinished) as trace:
        for name in ("label", "sample"):
            np.testing.assert_array_equal(trace.frames[name], run.frames[name])
        assert len(trace.pulses("input", "forward")["slot"]) == len(run.pulses["input"]["forward"]["slot"])
    assert left[0] < 0


def test_reader_meets_the_removal_of_a_trace(tmp_path, monkeypatch):
    """HDF5 looks at a path more than once; when the file goes away in between, it does not say that there is none."""

    def open_too_late(path, mode):
        path.unlink()
        raise OSError("Unable to synchronously open file (can't retrieve stat info for file)")

    path = ExampleRun().write(tmp_path / "run")
    monkeypatch.setattr(h5py, "File", open_too_late)
    with pytest.raises(TraceError, match=r"trace\.h5: holds no run"):
        Trace(path)


@pytest.mark.parametrize("number", [100, pytest.param(10_000, marks=pytest.mark.heavy)])
def test_readers_and_second_writers(tmp_path, figure, number):
    """At least so many opens, and of whole runs: the writer waits until every state has been seen."""
    run, opens, runs, refused = ExampleRun(), 0, 0, 0
    slots = run.pulses["input"]["forward"]["slot"]
    rows = np.searchsorted(slots, np.arange(22) * describe().schedule.frame_slots)
    while opens < number:
        folder, runs, seen, states = tmp_path / f"run{runs}", runs + 1, 0, set()
        writing = TraceWriter.create(folder, describe())
        with Pace() as pace:
            process = in_child(write_all, writing, run, pace)
            os.close(writing._lock)  # the child's now
            while process.is_alive():
                with Trace(folder) as trace:
                    assert trace.n_frames >= seen
                    seen, state = trace.n_frames, (trace.n_frames, trace.complete)
                    np.testing.assert_array_equal(trace.frames["label"], run.frames["label"][:seen])
                    np.testing.assert_array_equal(trace.pulses("input", "forward")["slot"], slots[: rows[seen]])
                    assert len(trace.snapshots) == sum(frame < seen for frame, _ in run.snapshots if seen)
                opens += 1
                if state not in states:  # the writer is still there: it waits for the reader to tell of this state
                    states.add(state)
                    assert is_refused(folder) or trace.complete
                    refused += 1
                elif opens % 20 == 0:
                    refused += is_refused(folder)
                pace.opened()
        assert process.exitcode == 0
        assert states == {*((frames, False) for frames in range(0, 22, 3)), (21, True)}
    figure(
        "readers beside a writer",
        f"{opens:,} opens of {runs} runs: no failure, {len(states)} different states, all whole",
    )
    figure("second writers", f"{refused:,} tried, all refused")
