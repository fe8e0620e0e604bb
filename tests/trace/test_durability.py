"""What a commit made safe stays safe: kills, Ctrl-C, full disks, failing writes."""

from __future__ import annotations

import errno
import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from example_run import ExampleRun, describe, finish, proceed
from faults import Boundaries, Failing, in_child
from places import ROOT

from pulsenet.errors import TraceError
from pulsenet.trace import Trace, TraceWriter

pytestmark = pytest.mark.whole


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
    with pytest.raises(
        TraceError, match=r"configuration.training is \{'epochs': 4\}|configuration.training.epochs is 4, was 3"
    ):
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


def proceed_until(moment: int, folder: Path, told: Path) -> None:
    """Proceed, writing to ``told`` what is safe; killed at a moment, which is counted by what is done to the disk."""
    descriptor = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(descriptor, 1)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    moments = itertools.count(1)
    Boundaries(pytest.MonkeyPatch(), lambda: os.kill(os.getpid(), signal.SIGKILL) if next(moments) == moment else None)
    proceed(folder, 21, 2)


def test_kills(tmp_path, reference):
    """Until 25 different states were left. Each run is killed in its commits, then once in what remains: the join."""
    dice, number, left = random.Random(5), 0, set()
    while len(left) < 25:
        folder, told, number = tmp_path / f"run{number}", tmp_path / "told", number + 1
        for longest in [25] * 10 + [700]:
            process = in_child(proceed_until, dice.randrange(1, longest), folder, told)
            process.join()
            assert process.exitcode in (-signal.SIGKILL, 0)
            lines = told.read_text().split("\n")
            claimed = max((int(line.split()[1]) for line in lines[:-1] if line.startswith("safe")), default=0)
            if claimed or "safe 0" in lines:
                with Trace(folder) as trace:
                    assert trace.n_frames >= claimed
                    np.testing.assert_array_equal(
                        trace.frames["sample"], ExampleRun().frames["sample"][: trace.n_frames]
                    )
            if process.exitcode:
                left.add(frozenset((path.name, path.stat().st_size) for path in folder.rglob("*")))
            told.unlink()
        assert finish(folder) == reference


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


def check_fault(folder: Path, action, monkeypatch, name: str, number: int, fault: int | str) -> tuple[bool, bool]:
    """Act while the n-th call fails: no traceback but ours, all that was safe is. Was it reached, did it raise?"""
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
    [
        ("write", errno.ENOSPC),
        ("write", errno.EIO),
        ("write", "short"),
        ("fsync", errno.EIO),
        ("rename", errno.ENOSPC),
        ("open", errno.EACCES),
    ],
)
def test_every_call_of_a_commit_failing(tmp_path, reference, monkeypatch, name, fault):
    run, folder = ExampleRun(), tmp_path / "run"
    writer = TraceWriter.create(folder, describe())
    writer.commit(run.commit(0, 7))

    def commit(_):
        writer.commit(run.commit(7, 14))

    number, reached = 0, True
    while reached:
        number += 1
        reached, raised = check_fault(folder, commit, monkeypatch, name, number, fault)
        assert raised == (reached and fault != "short") and not [*folder.glob("**/*.part")]
        assert writer.n_frames == (7 if raised else 14)
        if reached and not raised:  # a commit that met a short write is whole: take it back to try the next call
            writer.close()
            (folder / "segments" / "00000002.segment").unlink()
            writer, _ = TraceWriter.resume(folder, describe())
    writer.close()
    assert number > 1
    assert finish(folder) == reference


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("write", errno.ENOSPC),
        ("write", "short"),
        ("fsync", errno.EIO),
        ("rename", errno.EIO),
        ("open", errno.ENOSPC),
        ("ftruncate", errno.EIO),
    ],
)
def test_calls_of_a_join_failing(tmp_path, reference, unfinished, monkeypatch, name, fault):
    """Of its writes, which are many and alike, only some are tried; all of them in test_crash_writer.py."""
    number, reached = 1, True
    while reached:
        folder = shutil.copytree(unfinished, tmp_path / f"{name}{number}")
        reached, raised = check_fault(folder, finish, monkeypatch, name, number, fault)
        assert raised == (reached and fault != "short")
        assert (folder / "trace.h5").exists() or len([*folder.glob("segments/*")]) == 4
        if not (folder / "trace.h5").exists():
            finish(folder)
        assert (folder / "trace.h5").read_bytes() == reference
        number += 37 if name == "write" else 1
        shutil.rmtree(folder)
    assert number > (250 if name == "write" else 1)


def test_full_disk_does_not_take_the_interpreter_down(unfinished):
    """A real limit, not a simulated one: the file may not grow beyond 50 kB."""
    code = (
        "import resource, sys; from pathlib import Path; from example_run import *\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
        "try: proceed(Path(sys.argv[1]), 21, 7)\n"
        "except TraceError as error: print(error); sys.exit(7)\n"
    )
    path = os.pathsep.join([str(ROOT / "tests" / "support"), str(ROOT)])
    ended = subprocess.run(
        [sys.executable, "-c", code, unfinished],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 7 and "File too large; all frames are safe" in ended.stdout and not ended.stderr


def test_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(TraceError, match="cannot hold a run"):
        TraceWriter.create(tmp_path / "file", describe())
    with TraceWriter.create(tmp_path / "gone", describe()) as writer:
        shutil.rmtree(tmp_path / "gone")
        with pytest.raises(TraceError, match="No such file or directory"):
            writer.commit(ExampleRun().commit(0, 7))
