"""What a commit made safe stays safe: kills, full disks, damage, second writers, changed minds."""

from __future__ import annotations

import errno
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from example_run import ExampleRun, describe, proceed

from pulsenet.errors import TraceError
from pulsenet.traces import Trace, TraceWriter, files, writer

EVERY = 1 if os.environ.get("PULSENET_FAULTS") == "all" else 17  # of the writes of a join, which are many and alike


@pytest.fixture(scope="module")
def reference(tmp_path_factory) -> bytes:
    """The bytes of the finished run, which every interrupted one must reach."""
    return ExampleRun().write(tmp_path_factory.mktemp("reference") / "run", 4).read_bytes()


@pytest.fixture
def unfinished(tmp_path) -> Path:
    """A run of which all frames are committed, in three commits."""
    return ExampleRun().write(tmp_path / "run", 7, finish=False)


def finish(folder: Path) -> bytes:
    proceed(folder, 21, 5)
    return (folder / "trace.h5").read_bytes()


@pytest.mark.parametrize("done", [0, 7, 14, 21])
def test_resume_gives_the_same_bytes(tmp_path, reference, done):
    run = ExampleRun()
    with TraceWriter.create(tmp_path / "run", describe()) as begun:
        for start in range(0, done, 7):
            begun.commit(run.commit(start, start + 7))
    resumed, checkpoint = TraceWriter.resume(tmp_path / "run", describe())
    with resumed:
        if done:
            expected = run.commit(0, done).checkpoint
            assert checkpoint.keys() == expected.keys()
            for name, value in expected.items():
                assert checkpoint[name].dtype == value.dtype and checkpoint[name].shape == value.shape
                np.testing.assert_array_equal(checkpoint[name], value)
        assert (checkpoint is None) == (done == 0) and resumed.n_frames == done
    assert finish(tmp_path / "run") == reference
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["trace.h5"]


def test_resume_refuses_another_description(unfinished):
    with pytest.raises(TraceError, match=r"configuration.training is \{'epochs': 4\}|configuration.training.epochs is 4, was 3"):
        TraceWriter.resume(unfinished, describe(training={"epochs": 4, "rate": 0.5}))
    with pytest.raises(TraceError, match="configuration.extra is 1, was absent"):
        TraceWriter.resume(unfinished, describe(extra=1))
    with pytest.raises(TraceError, match="n_frames is 22, was 21"):
        TraceWriter.resume(unfinished, describe(22))
    with Trace(unfinished) as trace:
        assert trace.n_frames == 21


def test_resume_refuses_what_it_cannot_continue(tmp_path):
    path = ExampleRun().write(tmp_path / "finished")
    (tmp_path / "empty").mkdir()
    for folder, message in [("finished", "finished already"), ("empty", "holds no run"), ("absent", "no such folder")]:
        with pytest.raises(TraceError, match=message):
            TraceWriter.resume(tmp_path / folder, describe())
    assert path.exists() and not (tmp_path / "absent").exists() and not list((tmp_path / "empty").iterdir())


# --- killed, interrupted ----------------------------------------------------------------------------------------------


def in_child(action, *arguments):
    """Run an action in a process that a test may kill; returns the process."""
    process = multiprocessing.get_context("fork").Process(target=action, args=arguments)
    process.start()
    return process


def proceed_telling(folder: Path, told: Path) -> None:
    """Proceed, writing to ``told`` what is claimed to be safe."""
    descriptor = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(descriptor, 1)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    proceed(folder, 21, 2)


def test_kills(tmp_path, reference):
    dice, kills = random.Random(5), 0
    for number in range(100):
        folder, told = tmp_path / f"run{number}", tmp_path / "told"
        while not (folder / "trace.h5").exists():
            process = in_child(proceed_telling, folder, told)
            time.sleep(dice.uniform(0.01, 0.25))
            os.kill(process.pid, signal.SIGKILL)
            process.join()
            kills += process.exitcode == -signal.SIGKILL
            lines = told.read_text().split("\n") if told.exists() else []
            claimed = max((int(line.split()[1]) for line in lines[:-1] if line.startswith("safe")), default=0)
            if claimed or "safe 0" in lines:
                with Trace(folder) as trace:
                    assert trace.n_frames >= claimed
                    np.testing.assert_array_equal(trace.frames["sample"], ExampleRun().frames["sample"][: trace.n_frames])
            told.unlink(missing_ok=True)
        assert finish(folder) == reference
        if kills >= 20:
            return
    pytest.fail("the run is over before it can be killed")


@pytest.mark.parametrize("step", ["fsync", "rename", "write"])
def test_keyboard_interrupt(tmp_path, reference, monkeypatch, step):
    """Ctrl-C in the middle of the second commit, and of the join."""
    run, real = ExampleRun(), getattr(os, step)
    with TraceWriter.create(tmp_path / "run", describe()) as begun:
        begun.commit(run.commit(0, 7))
        monkeypatch.setattr(os, step, interrupt)
        with pytest.raises(KeyboardInterrupt):
            begun.commit(run.commit(7, 14))
    with Trace(tmp_path / "run") as trace:
        assert trace.n_frames == 7
    monkeypatch.setattr(os, step, real)
    resumed, _ = TraceWriter.resume(tmp_path / "run", describe())
    with resumed:
        resumed.commit(run.commit(7, 21))
        monkeypatch.setattr(os, step, interrupt)
        with pytest.raises(KeyboardInterrupt):
            resumed.finish()
    monkeypatch.setattr(os, step, real)
    assert finish(tmp_path / "run") == reference


def interrupt(*_):
    raise KeyboardInterrupt


# --- writes that fail -------------------------------------------------------------------------------------------------


class Failing:
    """A function of ``os`` that fails in its n-th call; ``"short"`` makes a write take half of the bytes, then fail."""

    def __init__(self, monkeypatch, name: str, number: int, fault: int | str) -> None:
        self.real, self.left, self.fault = getattr(os, name), number, fault
        monkeypatch.setattr(os, name, self)

    def __call__(self, *arguments, **options):
        self.left -= 1
        if self.left == 0:
            if self.fault == "short":
                return self.real(arguments[0], arguments[1][: (len(arguments[1]) + 1) // 2])
            raise OSError(self.fault, os.strerror(self.fault))
        return self.real(*arguments, **options)

    @property
    def reached(self) -> bool:
        return self.left <= 0


def check_fault(folder: Path, action, monkeypatch, name: str, number: int, fault: int | str) -> tuple[bool, bool]:
    """Act while the n-th call fails: no traceback but ours, all that was safe still is. Was it reached, did it raise?"""
    with Trace(folder) as trace:
        safe = trace.n_frames
    with monkeypatch.context() as patch:
        failing = Failing(patch, name, number, fault)
        try:
            action(folder)
            raised = False
        except TraceError as error:
            assert "\n" not in str(error) and (fault == "short" or os.strerror(fault) in str(error))
            raised = True
    with Trace(folder) as trace:
        assert trace.n_frames >= safe
    return failing.reached, raised


@pytest.mark.parametrize(
    ("name", "fault"),
    [("write", errno.ENOSPC), ("write", errno.EIO), ("write", "short"), ("fsync", errno.EIO), ("rename", errno.ENOSPC), ("open", errno.EACCES)],
)
def test_every_call_of_a_commit_failing(tmp_path, reference, monkeypatch, name, fault):
    run, folder = ExampleRun(), tmp_path / "run"
    writer = TraceWriter.create(folder, describe())
    writer.commit(run.commit(0, 7))

    def commit(_):
        writer.commit(run.commit(7, 14))

    number, reached = 0, True
    with writer:
        while reached:
            number += 1
            safe = writer.n_frames
            reached, raised = check_fault(folder, commit, monkeypatch, name, number, fault)
            assert raised == (reached and fault != "short") and not [*folder.glob("**/*.part")]
            if writer.n_frames > safe:  # also a commit that met a short write is whole: take it back to try the next call
                writer.close()
                (folder / "segments" / "00000002.h5").unlink()
                writer, _ = TraceWriter.resume(folder, describe())
        writer.commit(run.commit(7, 14))
    assert number > 1
    assert finish(folder) == reference


@pytest.mark.parametrize(
    ("name", "fault"),
    [("write", errno.ENOSPC), ("write", "short"), ("fsync", errno.EIO), ("rename", errno.EIO), ("open", errno.ENOSPC), ("ftruncate", errno.EIO)],
)
def test_calls_of_a_join_failing(tmp_path, reference, unfinished, monkeypatch, name, fault):
    number, reached = 1, True
    while reached:
        folder = shutil.copytree(unfinished, tmp_path / f"{name}{number}")
        reached, raised = check_fault(folder, finish, monkeypatch, name, number, fault)
        assert raised == (reached and fault != "short")
        assert (folder / "trace.h5").exists() or len([*folder.glob("segments/*")]) == 4
        if not (folder / "trace.h5").exists():
            finish(folder)
        assert (folder / "trace.h5").read_bytes() == reference
        number += EVERY if name == "write" else 1
        shutil.rmtree(folder)
    assert number > EVERY or name != "write"


def test_full_disk_does_not_take_the_interpreter_down(unfinished):
    """A real limit, not a simulated one: the file may not grow beyond 50 kB."""
    code = (
        "import resource, sys; from pathlib import Path; from example_run import *\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
        "try: proceed(Path(sys.argv[1]), 21, 7)\n"
        "except TraceError as error: print(error); sys.exit(7)\n"
    )
    path = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parents[2])])
    ended = subprocess.run([sys.executable, "-c", code, unfinished], env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False)
    assert ended.returncode == 7 and "File too large; all frames are safe" in ended.stdout and not ended.stderr


def test_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(TraceError, match="cannot hold a run"):
        TraceWriter.create(tmp_path / "file", describe())
    with TraceWriter.create(tmp_path / "gone", describe()) as writer:
        shutil.rmtree(tmp_path / "gone")
        with pytest.raises(TraceError, match="No such file or directory"):
            writer.commit(ExampleRun().commit(0, 7))


# --- other processes --------------------------------------------------------------------------------------------------


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
    run, folder, seen, failures = ExampleRun(), tmp_path / "run", [], []
    writing = TraceWriter.create(folder, describe())
    process = in_child(write_slowly, writing, run)
    os.close(writing._lock)  # the child's now
    while process.is_alive() or not seen or seen[-1] < 21:
        with Trace(folder) as trace:
            seen.append(trace.n_frames)
            np.testing.assert_array_equal(trace.frames["sample"], run.frames["sample"][: trace.n_frames])
            np.testing.assert_array_equal(trace.pulses("input", "forward", slice(None))["slot"], run.commit(0, trace.n_frames).pulses["input"]["forward"]["slot"])
    assert seen == sorted(seen) and len(set(seen)) > 3 and not failures and process.exitcode == 0


def write_slowly(writing: TraceWriter, run: ExampleRun) -> None:
    for start in range(21):
        writing.commit(run.commit(start, start + 1))
        time.sleep(0.02)
    writing.finish()


def test_reader_stays_open_while_the_run_is_finished(unfinished, reference):
    run = ExampleRun()
    with Trace(unfinished) as trace:
        finish(unfinished)
        np.testing.assert_array_equal(trace.frames["label"], run.frames["label"])
        np.testing.assert_array_equal(trace.pulses("input", "forward", 5)["line"], trace.pulses("input", "forward", slice(5, 6))["line"])
        np.testing.assert_array_equal(trace.conductance("layer1", 2), run.snapshots[2][1]["layer1"])


# --- force ------------------------------------------------------------------------------------------------------------


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
            assert trace.complete == ("extra" not in trace.configuration) and trace.n_frames == (21 if trace.complete else 7)
        if (folder / "segments" / "00000000.h5").exists():
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
        assert [path.name for path in folder.iterdir()] == ["trace.h5"] and (folder / "trace.h5").read_bytes() == reference


def test_files_of_others_are_not_touched(tmp_path, unfinished):
    (unfinished / "trace.h5").write_text("something else")
    for act in (lambda: TraceWriter.create(unfinished, describe(), force=True), lambda: TraceWriter.resume(unfinished, describe())):
        with pytest.raises(TraceError, match="not a pulsenet trace"):
            act()
    shutil.copy(ExampleRun().write(tmp_path / "other", []), unfinished / "trace.h5")
    with TraceWriter.create(tmp_path / "third", describe(extra=1)) as third:
        third.commit(ExampleRun().commit(0, 21))
        shutil.copy(third.finish(), unfinished / "trace.h5")
    with pytest.raises(TraceError, match="belongs to another run"):
        TraceWriter.resume(unfinished, describe())
    assert len([*(unfinished / "segments").iterdir()]) == 4


# --- damage -----------------------------------------------------------------------------------------------------------


def damages(size: int, dice: random.Random):
    """Ways to damage a file of ``size`` bytes: bit flips, cuts, extensions."""
    flips = [*(dice.randrange(size) for _ in range(30)), *range(size - files.SEAL_BYTES, size, 5), 0, 8]
    yield from ((f"flip {at}", lambda data, at=at: data[:at] + bytes([data[at] ^ 1 << dice.randrange(8)]) + data[at + 1 :]) for at in flips)
    yield from ((f"cut {at}", lambda data, at=at: data[:at]) for at in [0, 1, 127, 128, size - 1, *(dice.randrange(size) for _ in range(10))])
    yield "longer", lambda data: data + b"\0"
    yield "zeros", lambda data: bytes(len(data))


def refused_or_same(folder: Path, run: ExampleRun) -> bool:
    """Whether the trace was refused; if not, nothing in it may be wrong."""
    try:
        with Trace(folder) as trace:
            for name, values in run.frames.items():
                np.testing.assert_array_equal(trace.frames[name], values)
            for number, (_, taken) in enumerate(run.snapshots):
                np.testing.assert_array_equal(trace.conductance("layer1", number), taken["layer1"])
    except TraceError as error:
        assert "\n" not in str(error)
        return True
    return False


@pytest.mark.parametrize("name", ["trace.h5", "segments/00000000.h5", "segments/00000002.h5"])
def test_damage_is_seen(tmp_path, unfinished, name):
    run = ExampleRun()
    if name == "trace.h5":
        finish(unfinished)
    path = unfinished / name
    intact = path.read_bytes()
    for what, damage in damages(len(intact), random.Random(3)):
        path.write_bytes(damage(intact))
        assert refused_or_same(unfinished, run) or what.startswith("flip"), what
        path.write_bytes(intact)
    assert not refused_or_same(unfinished, run)


def test_flips_of_a_seal_that_pass_do_not_change_a_number(unfinished):
    """Only a minor version that becomes another may pass: it says nothing about the content."""
    finish(unfinished)
    path, passed = unfinished / "trace.h5", []
    intact = path.read_bytes()
    for at in range(len(intact) - files.SEAL_BYTES, len(intact)):
        for bit in range(8):
            path.write_bytes(intact[:at] + bytes([intact[at] ^ 1 << bit]) + intact[at + 1 :])
            if not refused_or_same(unfinished, ExampleRun()):
                passed.append(at - len(intact) + files.SEAL_BYTES)
    assert set(passed) <= {intact[-files.SEAL_BYTES :].index(b"1.0") + 2}


@pytest.mark.parametrize("change", ["damage", "remove", "swap", "copy", "another run's"])
def test_resume_goes_back_to_the_newest_intact_commit(tmp_path, unfinished, reference, change, caplog):
    one, two, three = (unfinished / "segments" / f"0000000{number}.h5" for number in (1, 2, 3))
    if change == "damage":
        two.write_bytes(two.read_bytes()[:-200])
    elif change == "remove":
        two.unlink()
    elif change == "swap":
        content = two.read_bytes()
        two.write_bytes(three.read_bytes())
        three.write_bytes(content)
    elif change == "copy":
        shutil.copy(one, two)
    else:
        shutil.copy(ExampleRun(seed=2).write(tmp_path / "other", 7, finish=False) / "segments" / "00000002.h5", two)
    with pytest.raises(TraceError, match="0000000[23].h5"):
        Trace(unfinished)
    writing, checkpoint = TraceWriter.resume(unfinished, describe())
    writing.close()
    assert int(checkpoint["next_frame"]) == 7 and "continuing after frame 6" in caplog.text
    assert finish(unfinished) == reference


def test_resume_without_its_description(unfinished):
    (unfinished / "segments" / "00000000.h5").unlink()
    with pytest.raises(TraceError, match="00000000.h5: missing"):
        TraceWriter.resume(unfinished, describe())
    with pytest.raises(TraceError, match="unfinished run"):
        TraceWriter.create(unfinished, describe())
    assert len([*(unfinished / "segments").iterdir()]) == 3


def test_an_error_of_the_disk_is_no_damage(unfinished, monkeypatch):
    """A segment that cannot be read now is not dropped as if it were bad."""
    real = files._digest
    calls = iter(range(99))

    def fail(file, length):
        if next(calls) == 2:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(file, length)

    monkeypatch.setattr(files, "_digest", fail)
    with pytest.raises(TraceError, match="Input/output error"):
        TraceWriter.resume(unfinished, describe())
    assert len([*(unfinished / "segments").iterdir()]) == 4


def test_memory_of_the_writer_stays_flat(tmp_path):
    """What a writer keeps does not grow with the number of commits."""
    run = ExampleRun()
    with TraceWriter.create(tmp_path / "run", describe()) as writing:
        kept = []
        for start in range(21):
            writing.commit(run.commit(start, start + 1))
            kept.append(len(repr(vars(writing))))
    assert max(kept[15:]) - kept[11] < 100
