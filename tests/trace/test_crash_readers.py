"""Readers that open a run again and again while it is written, and writers that try to join in."""

from __future__ import annotations

import os
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
from example_run import ExampleRun, describe, finish
from faults import in_child

from pulsenet.errors import TraceError
from pulsenet.trace import Trace, TraceWriter


def write_slowly(writing: TraceWriter, run: ExampleRun) -> None:
    for start in range(0, 21, 3):
        writing.commit(run.commit(start, start + 3))
        time.sleep(0.01)
    writing.finish()


def is_refused(folder: Path) -> bool:
    """Whether a second writer is refused because there is one (not because the run has been finished meanwhile)."""
    with pytest.raises(TraceError) as error:
        TraceWriter.resume(folder, describe())
    assert "another process is writing" in str(error.value) or "finished already" in str(error.value)
    return "another process" in str(error.value)


@pytest.mark.parametrize("moment", range(0, 12, 2))
def test_reader_meets_the_end_of_a_run_anywhere(unfinished, monkeypatch, moment):
    """HDF5 looks at a path more than once; when the file goes away in between, it does not say that there is none."""
    run, real, left = ExampleRun(), h5py.File, [moment]

    def open_too_late(path, mode):
        left[0] -= 1
        if left[0] == -1:
            monkeypatch.setattr(h5py, "File", real)
            finish(unfinished)
            if not path.exists():
                raise OSError("Unable to synchronously open file (can't retrieve stat info for file)")
        return real(path, mode)

    monkeypatch.setattr(h5py, "File", open_too_late)
    with Trace(unfinished) as trace:
        for name in ("label", "sample"):
            np.testing.assert_array_equal(trace.frames[name], run.frames[name])
        assert len(trace.pulses("input", "forward")["slot"]) == len(run.pulses["input"]["forward"]["slot"])
    assert left[0] < 0


@pytest.mark.parametrize("number", [100, pytest.param(10_000, marks=pytest.mark.heavy)])
def test_readers_and_second_writers(tmp_path, figure, number):
    run, opens, runs, refused, states = ExampleRun(), 0, 0, 0, set()
    slots = run.pulses["input"]["forward"]["slot"]
    rows = np.searchsorted(slots, np.arange(22) * describe().schedule.frame_slots)
    while opens < number:
        folder, runs, seen = tmp_path / f"run{runs}", runs + 1, 0
        writing = TraceWriter.create(folder, describe())
        process = in_child(write_slowly, writing, run)
        os.close(writing._lock)  # the child's now
        while process.is_alive() and opens < number:
            with Trace(folder) as trace:
                assert trace.n_frames >= seen
                seen = trace.n_frames
                np.testing.assert_array_equal(trace.frames["label"], run.frames["label"][:seen])
                np.testing.assert_array_equal(trace.pulses("input", "forward")["slot"], slots[: rows[seen]])
                assert len(trace.snapshots) == sum(frame < seen for frame, _ in run.snapshots if seen)
                states.add((seen, trace.complete))
            opens += 1
            if opens % 20 == 0:
                refused += is_refused(folder)
        process.join()
        assert process.exitcode == 0
    assert len(states) > 3 and refused > 0
    figure(
        "readers beside a writer",
        f"{opens:,} opens of {runs} runs: no failure, {len(states)} different states, all whole",
    )
    figure("second writers", f"{refused} tried, all refused")
