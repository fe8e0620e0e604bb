"""Real runs of the command line, killed at random moments: what was reported as safe is there.

A resume ends in the same bytes.
"""

from __future__ import annotations

import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from faults import in_child
from places import ROOT

from pulsenet.errors import TraceError
from pulsenet.trace import Trace

RUN_FILE = ROOT / "runs" / "digits.toml"
#: Digits with few samples, in many small commits.
VALUES = {
    "data.train": 12, "data.test": 6, "training.epochs": 4, "network.layers": [64, 10], "time.n_slots": 4,
    "record.snapshots": 4,
}  # fmt: skip
N_FRAMES = 4 * 18
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
#: How a run ends that was killed; code 1 is the answer to Ctrl-C while nothing has begun yet.
KILLED = {-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, 130, 1}


def arguments(folder: Path, resume: bool) -> list[str]:
    values = [text for key, value in VALUES.items() for text in ("--set", f"{key}={value}")]
    return ["run", str(RUN_FILE), "--engine", "standalone", *values, "--out", str(folder), *["--resume"][:resume]]


def run_here(command: list[str], told: Path) -> None:
    """The command in this process, which has imported everything already; what it tells goes to a file."""
    from pulsenet.cli import main

    descriptor = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    sys.stdout, sys.stderr = (os.fdopen(stream, "w", closefd=False) for stream in (1, 2))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    print("begun", flush=True)
    main(command)


class Forked:
    """A run in a fork of this process: it begins with preparing, so that most kills meet a run at work."""

    def __init__(self, command: list[str], told: Path) -> None:
        told.write_text("")
        self.process = in_child(run_here, command, told)
        self.pid = self.process.pid
        while (
            "begun" not in told.read_text() and self.process.is_alive()
        ):  # before that it is no run, but a copy of this test
            time.sleep(0.002)

    def end(self) -> int:
        self.process.join()
        return self.process.exitcode


class Started:
    """A run as a user starts it: an interpreter of its own, all imports included."""

    def __init__(self, command: list[str], told: Path, cache: Path | None = None) -> None:
        environment = os.environ | ({"PULSENET_CACHE": str(cache)} if cache else {})
        with open(told, "w") as output:
            program = [sys.executable, "-c", "from pulsenet.cli import main; main()", *command]
            self.process = subprocess.Popen(program, stdout=output, stderr=output, env=environment)
        self.pid = self.process.pid

    def end(self) -> int:
        return self.process.wait()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An undisturbed run, which builds the circuit if need be: SHA-256 of its trace, frames, seconds that it takes."""
    if not shutil.which("g++"):
        pytest.skip("needs a C++ compiler")
    from pulsenet.describe.run import Run
    from pulsenet.engines import standalone  # noqa: F401 (for the forks)
    from pulsenet.training.prepare import prepare
    from pulsenet.training.progress import report  # noqa: F401

    prepare(Run.load(RUN_FILE, VALUES))
    folder = tmp_path_factory.mktemp("whole")
    for name in ("first", "second"):
        start = time.monotonic()
        assert Forked(arguments(folder / name, False), folder / "told").end() == 0, (folder / "told").read_text()
        took = time.monotonic() - start
    traces = [(folder / name / "trace.h5").read_bytes() for name in ("first", "second")]
    assert traces[0] == traces[1]
    with Trace(folder / "first") as trace:
        frames = {name: values[:] for name, values in trace.frames.items()}
    return hashlib.sha256(traces[0]).hexdigest(), frames, took


def claimed(told: Path) -> int:
    """Frames that the run has reported as done."""
    return max(map(int, re.findall(rf"(\d+)/{N_FRAMES} \[", told.read_text())), default=0)


def committed(folder: Path, frames: dict[str, np.ndarray]) -> int | None:
    """Frames in the run's folder, all of them right; None if it holds no run."""
    try:
        with Trace(folder) as trace:
            for name, values in trace.frames.items():
                np.testing.assert_array_equal(values, frames[name][: trace.n_frames])
            return trace.n_frames
    except TraceError as error:
        assert "holds no run" in str(error) or "no such file" in str(error), error
        return None


def where(folder: Path, told: Path, before: int | None) -> str:
    """What a kill has met, by what is in the folder and what the run has told."""
    if [*folder.glob("trace.h5"), *folder.glob("segments/trace.h5.part")] or claimed(told) == N_FRAMES:
        return "finish"
    if [*folder.glob("segments/*.part")]:
        return "commit"
    if f"/{N_FRAMES} [" in told.read_text():
        return "run"
    return "start" if before is None else "resume"


def kill_once(run, folder: Path, told: Path, moment: float, dice: random.Random, at_end: bool) -> int:
    """Kill a run after ``moment`` seconds, or that soon after it has reported its last frame.

    Its exit code, 0 if there is nothing left to do.
    """
    while (
        at_end
        and claimed(told) < N_FRAMES
        and os.waitid(os.P_PID, run.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
    ):
        time.sleep(0.002)
    time.sleep(moment)
    os.kill(run.pid, dice.choice(SIGNALS))  # of a process that has ended and was not waited for: nothing happens
    code = run.end()
    text = told.read_text()
    if "finished already" in text:  # the kill before this one met a run that was only tidying up
        return 0
    assert code == 0 or code in KILLED and (code != 1 or "Aborted" in text or "KeyboardInterrupt" in text), text
    return code


@pytest.mark.heavy
@pytest.mark.parametrize(("kills", "started"), [(240, 0), (0, 52)])
def test_killed_runs(tmp_path, whole, figure, kills, started):
    (digest, frames, took), dice, met, runs = whole, random.Random(7), Counter(), 0
    told, start, longest = tmp_path / "told", Started if started else Forked, took + (3 if started else 0)
    while met.total() < (kills or started):
        folder, runs, finished = tmp_path / f"run{runs}", runs + 1, False
        late = 0  # kills of a run of which all frames are there: a few, then a new run
        while not finished and late < 3 and met.total() < (kills or started):
            before, safe = committed(folder, frames), 0
            at_end = dice.random() < 0.15
            run = start(arguments(folder, before is not None), told)
            code = kill_once(run, folder, told, dice.uniform(0, 0.1 if at_end else longest * 0.4), dice, at_end)
            safe, now = claimed(told), committed(folder, frames)
            assert (now or 0) >= max(safe, before or 0), "what was reported as safe is gone"
            finished = code == 0
            if code:
                met[where(folder, told, before)] += 1
                late += now == N_FRAMES
        finish(folder, told, frames)
        assert hashlib.sha256((folder / "trace.h5").read_bytes()).hexdigest() == digest
    places = ", ".join(f"{place} {number}" for place, number in sorted(met.items()))
    kind = "started from the shell" if started else "in a fork with all imports done"
    figure(f"kills of `pulsenet run`, {kind}", f"{met.total()} ({places}) in {runs} runs: all safe, same bytes")


def finish(folder: Path, told: Path, frames: dict[str, np.ndarray]) -> None:
    """Let the run end undisturbed; one that was killed while it tidied up says that it is finished already."""
    if (folder / "trace.h5").exists() and not (folder / "segments").exists():
        return
    code = Forked(arguments(folder, committed(folder, frames) is not None), told).end()
    assert code == 0 or "finished already" in told.read_text(), told.read_text()


@pytest.mark.heavy
def test_killed_builds(tmp_path, whole, figure):
    """A kill in the build of the circuit's program leaves nothing that passes as a program."""
    (digest, frames, _), dice, kills = whole, random.Random(3), 0
    folder, told, cache = tmp_path / "run", tmp_path / "told", tmp_path / "cache"
    while kills < 8:
        run = Started(arguments(folder, committed(folder, frames) is not None), told, cache)
        while not [*cache.glob("circuits/*.lock")] and run.process.poll() is None:
            time.sleep(0.01)
        kill_once(run, folder, told, dice.uniform(0, 5), dice, False)
        if [
            program for program in cache.glob("circuits/*/") if not program.suffix
        ]:  # the build was faster than the kill: again
            shutil.rmtree(cache)
            shutil.rmtree(folder, ignore_errors=True)
        else:
            kills += 1
    run = Started(arguments(folder, committed(folder, frames) is not None), told, cache)
    assert run.end() == 0, told.read_text()
    assert hashlib.sha256((folder / "trace.h5").read_bytes()).hexdigest() == digest
    assert [path.suffix for path in sorted(cache.glob("circuits/*"))] == ["", ".lock"], (
        "a killed build left something behind"
    )
    figure("kills in the build of the circuit's program", f"{kills}: built by the next run, same bytes")
