"""Other writers, readers beside a writer, a folder that is in use, and its replacement by force."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from example_run import ExampleRun, describe, finish
from faults import Failing, Pace, in_child

from pulsenet.errors import TraceError
from pulsenet.trace import Trace, TraceWriter

pytestmark = pytest.mark.whole


def test_second_writer_is_refused(tmp_path):
    with TraceWriter.create(tmp_path / "run", describe()) as first:
        for begin in (TraceWriter.resume, TraceWriter.create, lambda *a: TraceWriter.create(*a, force=True)):
            with pytest.raises(TraceError, match="another process is writing"):
                begin(tmp_path / "run", describe())
        process = in_child(refused_there, tmp_path / "run")
        process.join()
        assert process.exitcode == 7
        first.commit(ExampleRun().commit(0, 7))
    TraceWriter.resume(tmp_path / "run", describe())[0].close()


def refused_there(folder: Path) -> None:
    try:
        TraceWriter.resume(folder, describe())
    except TraceError:
        sys.exit(7)


def test_reader_beside_a_writer(tmp_path):
    """Opens without end while a run is written, finished: every one sees a whole state, and never less than before."""
    run, folder, seen = ExampleRun(), tmp_path / "run", []
    writing = TraceWriter.create(folder, describe())
    with Pace() as pace:
        process = in_child(write_all, writing, run, pace)
        os.close(writing._lock)  # the child's now
        while process.is_alive():
            with Trace(folder) as trace:
                seen.append((trace.n_frames, trace.complete))
                np.testing.assert_array_equal(trace.frames["sample"], run.frames["sample"][: trace.n_frames])
                np.testing.assert_array_equal(
                    trace.pulses("input", "forward", slice(None))["slot"],
                    run.commit(0, trace.n_frames).pulses["input"]["forward"]["slot"],
                )
            pace.opened()
    assert process.exitcode == 0
    assert seen == sorted(seen) and set(seen) == {*((frames, False) for frames in range(22)), (21, True)}


def write_all(writing: TraceWriter, run: ExampleRun, pace: Pace) -> None:
    pace.begin()
    for start in range(21):
        pace.wait()
        writing.commit(run.commit(start, start + 1))
    pace.wait()
    writing.finish()
    pace.wait()


def test_reader_stays_open_while_the_run_is_finished(unfinished, reference):
    run = ExampleRun()
    with Trace(unfinished) as trace:
        finish(unfinished)
        np.testing.assert_array_equal(trace.frames["label"], run.frames["label"])
        np.testing.assert_array_equal(
            trace.pulses("input", "forward", 5)["line"], trace.pulses("input", "forward", slice(5, 6))["line"]
        )
        np.testing.assert_array_equal(trace.conductance("layer1", 2), run.snapshots[2][1]["layer1"])


def test_create_refuses_a_folder_in_use(tmp_path, unfinished, reference):
    ExampleRun().write(tmp_path / "finished")
    for folder, message in [(tmp_path / "finished", "finished run already"), (unfinished, "unfinished run; resume it")]:
        with pytest.raises(TraceError, match=message):
            TraceWriter.create(folder, describe())
    assert (tmp_path / "finished" / "trace.h5").read_bytes() == finish(unfinished) == reference


def test_force_keeps_the_finished_trace_until_the_first_commit(tmp_path, reference):
    folder, other = tmp_path / "run", ExampleRun(seed=2)
    ExampleRun().write(folder)
    (folder / "notes.txt").write_text("mine")
    with TraceWriter.create(folder, describe(extra=1), force=True) as writer:
        assert (folder / "trace.h5").read_bytes() == reference
        with Trace(folder) as trace:
            assert trace.complete
        writer.commit(other.commit(0, 7))
        assert not (folder / "trace.h5").exists()
    with Trace(folder) as trace:
        assert trace.n_frames == 7 and not trace.complete
    with TraceWriter.create(folder, describe(), force=True) as writer:
        for commit in ExampleRun().commits(7):
            writer.commit(commit)
        writer.finish()
    assert (folder / "trace.h5").read_bytes() == reference and (folder / "notes.txt").read_text() == "mine"


def test_force_removes_the_trace_that_it_replaces_and_no_other(tmp_path):
    folder = tmp_path / "run"
    ExampleRun().write(folder)
    other = ExampleRun(14).write(tmp_path / "other").read_bytes()
    with TraceWriter.create(folder, describe(), force=True) as writer:
        (folder / "trace.h5").write_bytes(other)
        writer.commit(ExampleRun().commit(0, 21))
        with pytest.raises(TraceError, match="belongs to another run"):
            writer.finish()
    assert (folder / "trace.h5").read_bytes() == other


def test_force_leaves_nothing_of_an_unfinished_run(unfinished):
    with TraceWriter.create(unfinished, describe(), force=True):
        with Trace(unfinished) as trace:
            assert trace.n_frames == 0
        assert [path.name for path in (unfinished / "segments").iterdir()] == ["00000000.segment"]


@pytest.mark.parametrize("name", ["unlink", "rename", "fsync", "open", "write"])
def test_force_interrupted_anywhere(tmp_path, reference, monkeypatch, name):
    """The old trace or the new run's first commit: at every moment the folder holds one of them, and says which."""
    ExampleRun().write(tmp_path / "old")
    number, reached = 0, True
    while reached:
        number += 1
        folder = shutil.copytree(tmp_path / "old", tmp_path / f"{name}{number}")
        with monkeypatch.context() as patch:
            failing = Failing(patch, name, number, errno.EIO)
            try:
                with TraceWriter.create(folder, describe(extra=1), force=True) as begun:
                    begun.commit(ExampleRun().commit(0, 7))
            except TraceError:
                pass
        reached = failing.reached
        with Trace(folder) as trace:
            assert trace.complete == ("extra" not in trace.configuration) and trace.n_frames == (
                21 if trace.complete else 7
            )
        if (folder / "segments" / "00000000.segment").exists():
            resumed, _ = TraceWriter.resume(folder, describe(extra=1))
            with resumed:
                assert resumed.n_frames in (0, 7)
                for commit in ExampleRun().commits(7)[resumed.n_frames // 7 :]:
                    resumed.commit(commit)
                with Trace(resumed.finish()) as trace:
                    assert "extra" in trace.configuration
        else:
            assert (folder / "trace.h5").read_bytes() == reference


def test_finish_interrupted_while_it_tidies_up(tmp_path, unfinished, reference, monkeypatch):
    for number in range(1, 5):
        folder = shutil.copytree(unfinished, tmp_path / f"copy{number}")
        writing, _ = TraceWriter.resume(folder, describe())
        with monkeypatch.context() as patch, writing:
            Failing(patch, "unlink", number, errno.EIO)
            with pytest.raises(TraceError):
                writing.finish()
        with Trace(folder) as trace:
            assert trace.complete and trace.n_frames == 21
        with pytest.raises(TraceError, match="finished already"):
            TraceWriter.resume(folder, describe())
        assert [path.name for path in folder.iterdir()] == ["trace.h5"] and (
            folder / "trace.h5"
        ).read_bytes() == reference


def test_files_of_others_are_not_touched(tmp_path, unfinished):
    (unfinished / "trace.h5").write_text("something else")
    for act in (
        lambda: TraceWriter.create(unfinished, describe(), force=True),
        lambda: TraceWriter.resume(unfinished, describe()),
    ):
        with pytest.raises(TraceError, match="not a pulsenet trace"):
            act()
    shutil.copy(ExampleRun().write(tmp_path / "other", []), unfinished / "trace.h5")
    with TraceWriter.create(tmp_path / "third", describe(extra=1)) as third:
        third.commit(ExampleRun().commit(0, 21))
        shutil.copy(third.finish(), unfinished / "trace.h5")
    with pytest.raises(TraceError, match="belongs to another run"):
        TraceWriter.resume(unfinished, describe())
    assert len([*(unfinished / "segments").iterdir()]) == 4
