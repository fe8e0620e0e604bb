"""Real runs of the command line, killed at random moments: what was reported as safe is there, and a resume goes on.

A moment is a number of calls of functions, not of seconds, so that a fast machine is hit where a slow one is. The run
sends the signal to itself.
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
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from faults import Calls, in_child
from places import ROOT

from pulsenet.engines.program import cache as programs
from pulsenet.errors import TraceError
from pulsenet.trace import Trace, TraceWriter
from pulsenet.trace.files import write_all

pytestmark = pytest.mark.whole

RUN_FILE = ROOT / "runs" / "digits.toml"
#: Digits with few samples, in many small commits.
VALUES = {
    "data.train": 12, "data.test": 6, "training.epochs": 4, "network.layers": [64, 10], "time.n_slots": 4,
    "record.snapshots": 4,
}  # fmt: skip
N_FRAMES = 4 * 18
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
#: Of what runs tell themselves: since the first call of which function, at which call, and with which signal to end.
Moment = tuple[str, int, int]
UNDISTURBED: Moment = ("", 0, 0)
FINISH = TraceWriter.finish.__qualname__
WRITING = 6  # calls of functions from the first write of a file to its new name
#: How a run ends that was killed; code 1 is the answer to Ctrl-C while nothing has begun yet.
KILLED = {-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, 130, 1}


def arguments(folder: Path, resume: bool) -> list[str]:
    values = [text for key, value in VALUES.items() for text in ("--set", f"{key}={value}")]
    return ["run", str(RUN_FILE), "--engine", "standalone", *values, "--out", str(folder), *["--resume"][:resume]]


def run_here(command: list[str], told: Path, moment: Moment) -> None:
    """The command in this process, which has imported everything already; what it tells goes to a file."""
    from pulsenet.cli import main

    descriptor = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    sys.stdout, sys.stderr = (os.fdopen(stream, "w", closefd=False) for stream in (1, 2))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    calls = Calls(*moment)
    try:
        main(command)
    finally:
        print("calls", calls.stop(), flush=True)


def forked(command: list[str], told: Path, moment: Moment = UNDISTURBED) -> int:
    """A run in a fork of this process, where it begins with preparing: most kills meet a run at work. Its exit code."""
    told.write_text("")
    process = in_child(run_here, command, told, moment)
    process.join()
    return process.exitcode


STARTED = """
import os
import sys
from faults import Calls

os.environ["RUN"] = str(os.getpid())
calls = Calls(sys.argv.pop(1), int(sys.argv.pop(1)), int(sys.argv.pop(1)))
try:
    from pulsenet.cli import main
    main()
finally:
    print("calls", calls.stop(), flush=True)
"""


def started(command: list[str], told: Path, moment: Moment = UNDISTURBED, **environment: str) -> int:
    """A run as a user starts it: an interpreter of its own, all imports included; its exit code."""
    path = os.pathsep.join(filter(None, [str(ROOT / "tests" / "support"), os.environ.get("PYTHONPATH")]))
    with open(told, "w") as output:
        program = [sys.executable, "-c", STARTED, *map(str, moment), *command]
        environment = os.environ | {"PYTHONPATH": path} | environment
        return subprocess.run(program, stdout=output, stderr=output, env=environment, check=False).returncode


KINDS = {"forked": forked, "started": started}


def calls_told(told: Path) -> int:
    """How many calls an undisturbed run has told that it took."""
    return int(re.findall(r"^calls (\d+)$", told.read_text(), re.MULTILINE)[-1])


@dataclass
class Whole:
    """An undisturbed run.

    Attributes
    ----------
    digest : str
        SHA-256 of its trace.
    frames : dict
        Columns of its frames.
    calls : dict
        How many calls of functions it takes: all of it when forked and when started, and its finish.
    """

    digest: str
    frames: dict[str, np.ndarray]
    calls: dict[str, int]


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Whole:
    """The first of four undisturbed runs builds the circuit if need be; all end in the same bytes."""
    if not shutil.which("g++"):
        pytest.skip("needs a C++ compiler")
    from pulsenet.describe.run import Run
    from pulsenet.engines import standalone  # noqa: F401 (for the forks)
    from pulsenet.training.prepare import prepare
    from pulsenet.training.progress import report  # noqa: F401

    prepare(Run.load(RUN_FILE, VALUES))
    folder, calls, traces = tmp_path_factory.mktemp("whole"), {}, set()
    told = folder / "told"
    for name, run, since in (
        ("first", forked, ""),
        ("forked", forked, ""),
        ("finish", forked, FINISH),
        ("started", started, ""),
    ):
        assert run(arguments(folder / name, False), told, (since, 0, 0)) == 0, told.read_text()
        calls[name] = calls_told(told)
        traces.add((folder / name / "trace.h5").read_bytes())
    assert len(traces) == 1
    with Trace(folder / "first") as trace:
        frames = {name: values[:] for name, values in trace.frames.items()}
    return Whole(hashlib.sha256(traces.pop()).hexdigest(), frames, calls)


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


PLACES = {"start", "resume", "run", "commit", "finish"}


def where(folder: Path, told: Path, before: int | None) -> str:
    """What a kill has met, by what is in the folder and what the run has told."""
    if [*folder.glob("trace.h5"), *folder.glob("segments/trace.h5.part")] or claimed(told) == N_FRAMES:
        return "finish"
    if [*folder.glob("segments/*.part")]:
        return "commit"
    if f"/{N_FRAMES} [" in told.read_text():
        return "run"
    return "start" if before is None else "resume"


def kill_once(run, command: list[str], told: Path, moment: Moment, **environment: str) -> int:
    """Let a run come to the moment at which it is killed; its exit code, 0 if there is nothing left to do."""
    code = run(command, told, moment, **environment)
    text = told.read_text()
    if "finished already" in text:  # the kill before this one met a run that was only tidying up
        return 0
    assert code == 0 or code in KILLED and (code != 1 or "Aborted" in text or "KeyboardInterrupt" in text), text
    return code


def some_moment(dice: random.Random, calls: dict[str, int], kind: str) -> Moment:
    """Of every ten, one while a run writes a file, one or two in its finish, and the others anywhere in it.

    Of a run that is forked, in its first part, so that it is killed again and again; one that is started spends its
    first part on imports.
    """
    place, sent = dice.random(), dice.choice(SIGNALS)
    if place < 0.1:
        return write_all.__qualname__, dice.randrange(1, WRITING), sent
    if place < 0.25:
        return FINISH, dice.randrange(1, calls["finish"]), sent
    return "", dice.randrange(1, int({"forked": 0.4, "started": 1}[kind] * calls[kind])), sent


@pytest.mark.heavy
@pytest.mark.parametrize(("kind", "kills"), [("forked", 240), ("started", 52)])
def test_killed_runs(tmp_path, whole, figure, kind, kills):
    """Until there were so many kills, and at least one in each of the places that `where` tells apart."""
    dice, met, runs, told = random.Random(7), Counter(), 0, tmp_path / "told"

    def enough() -> bool:
        return met.total() >= kills and met.keys() == PLACES

    while not enough():
        folder, runs, finished = tmp_path / f"run{runs}", runs + 1, False
        late = 0  # kills of a run of which all frames are there: a few, then a new run
        while not finished and late < 3 and not enough():
            before = committed(folder, whole.frames)
            moment = some_moment(dice, whole.calls, kind)
            code = kill_once(KINDS[kind], arguments(folder, before is not None), told, moment)
            now = committed(folder, whole.frames)
            assert (now or 0) >= max(claimed(told), before or 0), "what was reported as safe is gone"
            finished = code == 0
            if code:
                met[where(folder, told, before)] += 1
                late += now == N_FRAMES
        finish(folder, told, whole.frames)
        assert hashlib.sha256((folder / "trace.h5").read_bytes()).hexdigest() == whole.digest
    places = ", ".join(f"{place} {number}" for place, number in sorted(met.items()))
    what = {"forked": "in a fork with all imports done", "started": "started from the shell"}[kind]
    figure(f"kills of `pulsenet run`, {what}", f"{met.total()} ({places}) in {runs} runs: all safe, same bytes")


def finish(folder: Path, told: Path, frames: dict[str, np.ndarray]) -> None:
    """Let the run end undisturbed; one that was killed while it tidied up says that it is finished already."""
    if (folder / "trace.h5").exists() and not (folder / "segments").exists():
        return
    code = forked(arguments(folder, committed(folder, frames) is not None), told)
    assert code == 0 or "finished already" in told.read_text(), told.read_text()


#: A compiler that counts its calls, each by a folder, and at one of them ends the run that it works for.
COMPILER = """\
#!/bin/sh
case "$*" in *--version*) exec g++ "$@" ;; esac
number=1
while ! mkdir "$COUNTED/$number" 2>/dev/null; do number=$((number + 1)); done
[ "$number" = "$STRIKE" ] && kill -"$SENT" "$RUN"
exec g++ "$@"
"""


@pytest.mark.heavy
def test_killed_builds(tmp_path, whole, figure):
    """A kill in the build of the circuit's program leaves nothing that passes as a program.

    Half of the kills meet the generation of the program, and half its compilation: at a call of the compiler, which
    goes on then, as it does when the run alone is killed.
    """
    dice, kills, folder, told = random.Random(3), Counter(), tmp_path / "run", tmp_path / "told"
    cache, compiler, counted = tmp_path / "cache", tmp_path / "compiler", []
    compiler.write_text(COMPILER)
    compiler.chmod(0o755)

    def run(moment: Moment = UNDISTURBED, strike: int = 0) -> int:
        counted.append(tmp_path / f"counted{len(counted)}")  # of its own: compilers may outlive the run before
        counted[-1].mkdir()
        command = arguments(folder, committed(folder, whole.frames) is not None)
        environment = {
            "PULSENET_CACHE": str(cache), "CXX": str(compiler), "COUNTED": str(counted[-1]), "STRIKE": str(strike),
            "SENT": signal.Signals(moment[2] or signal.SIGKILL).name.removeprefix("SIG"),
        }  # fmt: skip
        return kill_once(started, command, told, moment, **environment)

    def begin_anew() -> None:
        shutil.rmtree(cache)
        shutil.rmtree(folder, ignore_errors=True)

    assert run() == 0
    compilations, calls = len([*counted[0].iterdir()]), calls_told(told) - whole.calls["started"]
    begin_anew()
    while min(kills["generation"], kills["compilation"]) < 4:
        sent = dice.choice(SIGNALS)
        if kills["generation"] > kills["compilation"]:
            place, code = "compilation", run(("", 0, sent), dice.randrange(1, compilations + 1))
        else:
            place, code = "generation", run((programs._build.__qualname__, dice.randrange(1, calls), sent))
        if [*cache.glob("circuits/*.so")]:  # it was built before the kill
            begin_anew()
        else:
            kills[place] += bool(code)
    while at_work(cache):  # what is still written belongs to no run that could tidy up
        time.sleep(0.1)
    assert run() == 0, told.read_text()
    assert hashlib.sha256((folder / "trace.h5").read_bytes()).hexdigest() == whole.digest
    assert [path.suffix for path in cache.glob("circuits/*")] == [".so"], "a killed build left something behind"
    places = ", ".join(f"{place} {number}" for place, number in sorted(kills.items()))
    figure("kills in the build of the circuit's program", f"{places}: built by the next run, same bytes")


def at_work(folder: Path) -> bool:
    """Whether a compiler that outlived its run still works on something below a folder."""
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # a process that has ended
            if str(folder).encode() in command.read_bytes():
                return True
    return False
