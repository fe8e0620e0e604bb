"""Chunks on their way through an engine into a trace: what is safe when, whatever fails or interrupts."""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
import weakref

import numpy as np
import pytest
from faults import Calls
from small_training import RUN

from pulsenet import DataError, EngineError, TraceError, train
from pulsenet.engines.choose import make_engine
from pulsenet.records import ChunkResult
from pulsenet.trace import TraceWriter
from pulsenet.training import session as module
from pulsenet.training.ledger import Ledger
from pulsenet.training.plan import Plan
from pulsenet.training.prepare import describe_run, prepare
from pulsenet.training.session import Session

N_FRAMES = 28
WAIT = 10  # seconds, for what takes none


@pytest.fixture(autouse=True)
def _no_thread_survives():
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


@pytest.fixture
def prepared(data, monkeypatch):
    """In chunks of 4 frames, and fewer before a stop: up to 4, 8, 12, 14, 18, 22, 26, 28."""
    monkeypatch.setattr("pulsenet.training.prepare.CHUNK_FRAMES", 4)
    return prepare(RUN, data)


LASTS = [4, 8, 12, 14, 18, 22, 26, 28]


class FakeEngine:
    """Adds 1 to every conductance per chunk, after doing what a test wants to be done at its n-th chunk."""

    def __init__(self, at=None):
        self.at, self.results = at or {}, []

    def run(self, chunk, conductance, memory):
        self.at.get(len(self.results), lambda: None)()
        n, none = chunk.n_frames, np.empty(0, np.int64)
        result = ChunkResult(
            conductance={name: tuple(G + 1 for G in pair) for name, pair in conductance.items()},
            preactivation=np.zeros((n, 2)),
            pulses={"hidden1": {"error": {"slot": none, "line": none, "polarity": none}}},
            tally={"output": {"programming_pulses": np.zeros((n, 2))}},
            unrecorded={"hidden1": {"error": np.zeros(5, np.int64)}},
        )
        self.results.append(weakref.ref(result))
        return result


class FakeWriter:
    """Keeps commits; each waits until there is leave for it."""

    def __init__(self, leave=N_FRAMES, fails_at=None):
        self.leave, self.fails_at, self.commits = threading.Semaphore(leave), fails_at, []

    def commit(self, commit):
        assert self.leave.acquire(timeout=WAIT)
        if len(self.commits) == self.fails_at:
            raise TraceError("no space")
        self.commits.append(commit)

    @property
    def safe(self) -> list[int]:
        """Frames that were safe after each commit."""
        return [int(commit.checkpoint["frame"]) for commit in self.commits]


def run_all(prepared, writer, engine) -> list[int]:
    """Frames that were told as safe; they must be."""
    told = []
    with Session(prepared, writer, None) as session:
        while session.frame < N_FRAMES:
            for progress in session.step(engine):
                assert progress.frame in writer.safe
                told.append(progress.frame)
        told += [progress.frame for progress in session.drain()]
        assert session.drain() == []
    return told


# -- order and safety ------------------------------------------------------------------------------------------------


def test_everything_is_told_once_and_in_order(prepared):
    writer = FakeWriter()
    assert run_all(prepared, writer, FakeEngine()) == LASTS == writer.safe


def test_a_chunk_is_told_when_it_is_safe_and_not_when_it_is_run(prepared):
    writer = FakeWriter(leave=0)
    with Session(prepared, writer, None) as session:
        assert session.step(FakeEngine()) == [] and session.frame == 4  # run, and on its way into the trace
        assert writer.safe == []
        threading.Timer(0.05, writer.leave.release).start()
        assert [progress.frame for progress in session.step(FakeEngine())] == [4] == writer.safe
        writer.leave.release()
        assert [progress.frame for progress in session.drain()] == [8]


def test_the_engine_runs_while_the_chunk_before_becomes_safe(prepared):
    writer, seen = FakeWriter(leave=0), []

    def look():
        seen.append(len(writer.commits))
        writer.leave.release()

    run_all(prepared, writer, FakeEngine(dict.fromkeys(range(1, len(LASTS)), look) | {0: writer.leave.release}))
    assert len(seen) == len(LASTS) - 1 and seen[0] <= 1


def test_a_checkpoint_is_that_of_its_own_chunk(prepared):
    """Though the engine is one chunk further by then."""
    writer = FakeWriter(leave=0)
    leaves = dict.fromkeys(range(1, len(LASTS)), writer.leave.release)
    run_all(prepared, writer, FakeEngine(leaves | {len(LASTS) - 1: lambda: writer.leave.release(2)}))
    for number, (last, commit) in enumerate(zip(LASTS, writer.commits, strict=True), start=1):
        G = prepared.start["layer1"][0]
        for _ in range(number):
            G = G + 1
        np.testing.assert_array_equal(commit.checkpoint["layer1.G_plus"], G)
        assert commit.checkpoint["frame"] == last and len(commit.frames["learn"]) == last - ([0, *LASTS][number - 1])
        assert [frame for frame, _ in commit.snapshots] == {4: [-1, 3], 14: [13], 18: [17], 28: [27]}.get(last, [])


def test_results_of_two_chunks_at_most(prepared):
    engine = FakeEngine()

    def count():
        until = time.monotonic() + WAIT
        while sum(result() is not None for result in engine.results) > 1:  # one is becoming safe, one will be made
            assert time.monotonic() < until
            time.sleep(0.001)

    engine.at = dict.fromkeys(range(len(LASTS)), count)
    run_all(prepared, FakeWriter(), engine)


def test_a_slow_engine_waits_for_the_trace(prepared, monkeypatch):
    monkeypatch.setattr(module, "SLOW", -1)
    with Session(prepared, FakeWriter(), None) as session:
        assert [[progress.frame for progress in session.step(FakeEngine())] for _ in LASTS] == [
            [last] for last in LASTS
        ]


# -- failures --------------------------------------------------------------------------------------------------------


def test_nothing_follows_a_commit_that_failed(prepared):
    writer, engine = FakeWriter(fails_at=2), FakeEngine()
    with pytest.raises(TraceError, match="^no space$"):
        run_all(prepared, writer, engine)
    assert writer.safe == [4, 8] and len(engine.results) == 4


def test_a_last_commit_that_failed_is_told(prepared):
    with pytest.raises(TraceError, match="^no space$"):
        run_all(prepared, FakeWriter(fails_at=len(LASTS) - 1), FakeEngine())
    with pytest.raises(TraceError, match="^no space$"), Session(prepared, FakeWriter(fails_at=0), None) as session:
        session.step(FakeEngine())  # and nobody waits for it


@pytest.mark.parametrize("error", [EngineError("the program ended"), KeyboardInterrupt()])
def test_of_two_failures_the_first_is_told(prepared, error):
    """The engine fails while the chunk before cannot be written."""
    writer = FakeWriter(fails_at=0)
    with pytest.raises(TraceError, match="^no space$"):
        run_all(prepared, writer, FakeEngine({1: raising(error)}))
    assert writer.safe == []


@pytest.mark.parametrize("error", [EngineError("the program ended"), KeyboardInterrupt()])
def test_what_was_handed_over_becomes_safe_when_the_engine_fails(prepared, error):
    writer = FakeWriter(leave=2)
    threading.Timer(0.05, writer.leave.release).start()
    with pytest.raises(type(error)):
        run_all(prepared, writer, FakeEngine({3: raising(error)}))
    assert writer.safe == [4, 8, 12]


def test_an_input_that_cannot_be_made_is_told(prepared, monkeypatch):
    part = Plan.part

    def fails(self, first, most):
        if first == 12:
            raise DataError("samples are gone")
        return part(self, first, most)

    monkeypatch.setattr(Plan, "part", fails)
    writer = FakeWriter()
    with pytest.raises(DataError, match="^samples are gone$"):
        run_all(prepared, writer, FakeEngine())
    assert writer.safe == [4, 8, 12]


def raising(error):
    def action():
        raise error

    return action


# -- the same bytes --------------------------------------------------------------------------------------------------


@pytest.mark.whole
@pytest.mark.parametrize("chunk_frames", [1, 7])
def test_the_same_bytes_however_frames_are_cut(data, tmp_path, finished, monkeypatch, chunk_frames):
    """The run that they are compared with got up to 2000 frames at a time."""
    monkeypatch.setattr("pulsenet.training.prepare.CHUNK_FRAMES", chunk_frames)
    result = train(RUN, tmp_path / "run", data, engine="standalone")
    assert result.trace.read_bytes() == finished[0].trace.read_bytes()
    assert result.accuracy == finished[0].accuracy and result.warnings == finished[0].warnings


@pytest.mark.whole
def test_the_same_bytes_as_one_after_the_other(data, tmp_path, finished):
    prepared = prepare(RUN, data)
    engine = make_engine("standalone", prepared.composition, prepared.values)
    conductance, memory, first = prepared.start, {}, 0
    with TraceWriter.create(tmp_path / "plain", describe_run(prepared, "standalone")) as writer:
        ledger = Ledger(prepared, writer, None)
        while first < N_FRAMES:
            part = prepared.plan.part(first, 2000)
            result = engine.run(part.chunk, conductance, memory)
            ledger.enter(part, result)
            conductance, memory, first = result.conductance, result.memory, part.last
        plain = writer.finish()
    assert plain.read_bytes() == finished[0].trace.read_bytes()
    assert ledger.accuracy == finished[0].accuracy and ledger.monitor.warnings == finished[0].warnings


@pytest.mark.whole
def test_in_a_thread_of_a_study(data, tmp_path, finished):
    thread = threading.Thread(target=train, args=(RUN, tmp_path / "run", data, "standalone"))
    thread.start()
    thread.join()
    assert (tmp_path / "run" / "trace.h5").read_bytes() == finished[0].trace.read_bytes()


# -- Ctrl-C ----------------------------------------------------------------------------------------------------------


class Played:
    """An engine that gives what another has computed before; none of Brian2 is in the way of an interrupt."""

    def __init__(self, results):
        self.results = results

    def run(self, chunk, conductance, memory):
        return self.results[chunk.first_frame, chunk.n_frames]


@pytest.fixture(scope="module")
def results(data):
    """What the NumPy engine computes for each chunk of a run in chunks of 4 frames."""
    prepared, found = prepare(RUN, data), {}
    engine = make_engine("standalone", prepared.composition, prepared.values)
    conductance, memory = prepared.start, {}
    for first, last in zip([0, *LASTS], LASTS, strict=False):
        found[first, last - first] = engine.run(prepared.plan.chunk(first, last), conductance, memory)
        conductance, memory = found[first, last - first].conductance, found[first, last - first].memory
    return found


@pytest.fixture
def run(data, tmp_path, finished, results, monkeypatch):
    """A function that begins a run, or resumes it, and returns the frames that were told; a run that ended is right."""
    monkeypatch.setattr("pulsenet.training.prepare.CHUNK_FRAMES", 4)
    monkeypatch.setattr(sys.modules["pulsenet.training.train"], "make_engine", lambda *_: Played(results))

    def run(folder: str, told: list, **options):
        result = train(RUN, tmp_path / folder, data, "standalone", watch=lambda p: told.append(p.frame), **options)
        assert told == sorted(told) and set(told) <= {0, *LASTS}
        assert result.trace.read_bytes() == finished[0].trace.read_bytes()
        assert result.accuracy == finished[0].accuracy

    return run


@pytest.mark.whole
@pytest.mark.parametrize("number", [1, 2, 5, 8])
@pytest.mark.parametrize("presses", [1, 2])
@pytest.mark.parametrize("place", [(Plan, "part"), (TraceWriter, "commit"), (Ledger, "_score"), (Played, "run")])
def test_ctrl_c_while_anything_is_made(run, monkeypatch, place, presses, number):
    """In either thread, and in the engine; before a call, or before and after it."""
    owner, name = place
    real, calls, told, again = getattr(owner, name), [], [], []

    def pressed(*arguments):
        calls.append(name)
        if len(calls) == number:
            os.kill(os.getpid(), signal.SIGINT)
        done = real(*arguments)
        if len(calls) == number and presses == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return done

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, pressed)
        with pytest.raises(KeyboardInterrupt):
            run("run", told)
    run("run", again, resume=True)
    assert again[0] >= told[-1]
    if owner is not Plan:  # all that the engine has run is there
        assert again[0] >= LASTS[number - 1 - (owner is Played)] if number > 1 else True


@pytest.mark.whole
def test_ctrl_c_at_any_call(run):
    """At calls of functions anywhere in a run, in all threads."""
    calls = Calls("Session.step")
    try:
        run("whole", [])
    finally:
        number = calls.stop()
    dice, interrupted = random.Random(3), 0
    for strike in sorted(dice.sample(range(1, number), 16)):
        told, again = [], []
        calls = Calls("Session.step", strike, signal.SIGINT)
        try:
            run(f"run{strike}", told)
        except KeyboardInterrupt:
            interrupted += 1
        else:
            continue  # it came after the last call
        finally:
            calls.stop()
        try:
            run(f"run{strike}", again, resume=True)
        except TraceError as error:
            assert "finished already" in str(error)
        assert not again or again[0] >= told[-1]
    assert interrupted > 8
