"""The compiled engine as a guest in this process: what it takes, gives, and how it is stopped."""

import os
import signal
import sys
import threading
import time

import numpy as np
import pytest
from every_variant import case_of
from same import assert_same

from pulsenet import EngineError
from pulsenet.engines import standalone
from pulsenet.engines.program import recorded
from pulsenet.engines.standalone import StandaloneEngine

pytestmark = pytest.mark.whole


@pytest.fixture
def case():
    return case_of("latched, width")


def engine_of(case):
    return StandaloneEngine(case.composition, case.parameters)


def test_a_parameter_that_the_circuit_has_not_is_told_in_one_line(case):
    with pytest.raises(EngineError) as caught:
        StandaloneEngine(case.composition, {"output": {"no_such_parameter": 1.0}})
    assert "output.no_such_parameter" in str(caught.value) and "\n" not in str(caught.value)


def test_what_is_given_is_not_changed_and_what_comes_back_is_its_own(case):
    """The result of a chunk is still read, and the state it began with, while the next one runs."""
    engine, start = engine_of(case), case.start
    before = {layer: [G.copy() for G in pair] for layer, pair in start.items()}
    first = engine.run(case.chunk, start)
    kept = {name: [G.copy() for G in pair] for name, pair in first.conductance.items()}
    pulses = first.pulses["output"]["error"]["slot"].copy()
    engine.run(case.chunk, first.conductance, first.memory)
    for layer, pair in start.items():
        np.testing.assert_array_equal(pair, before[layer])
        np.testing.assert_array_equal(first.conductance[layer], kept[layer])
    np.testing.assert_array_equal(first.pulses["output"]["error"]["slot"], pulses)


def test_pulses_get_the_room_that_they_need(case, monkeypatch):
    monkeypatch.setattr(recorded, "_ROOM", 1)
    assert_same(engine_of(case).run(case.chunk, case.start), case.simulate("standalone"))


def test_a_program_that_comes_back_after_every_frame_gives_the_same(case, monkeypatch):
    monkeypatch.setattr(standalone, "SECONDS", 0.0)
    assert_same(engine_of(case).run(case.chunk, case.start), case.simulate("standalone"))


def test_an_interrupt_ends_a_chunk(case, monkeypatch):
    """However long it is: here one that never ends."""
    engine, asked = engine_of(case), []
    program = engine._program.library.pulsenet_run

    class Library:
        @staticmethod
        def pulsenet_run(place, done, *others):
            asked.append(time.monotonic())
            assert asked[-1] - asked[0] < 60
            program(place, done, *others)
            return done  # as if no frame were ever done

    monkeypatch.setattr(engine, "_program", engine._program.__class__(Library, engine._interface))
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt):
            engine.run(case.chunk, case.start)
    finally:
        signal.signal(signal.SIGINT, handler)
    assert asked
    monkeypatch.undo()
    assert_same(engine.run(case.chunk, case.start), case.simulate("standalone"))


def test_python_goes_on_while_a_program_runs(case, monkeypatch):
    """The lock of the interpreter is free: another thread comes to its turn within one call of the program."""
    engine, inside, beside = engine_of(case), threading.Event(), threading.Event()
    program = engine._program.library.pulsenet_run

    class Library:
        @staticmethod
        def pulsenet_run(*given):
            inside.set()
            return program(*given)

    def watch():
        inside.wait(60)
        beside.set()

    monkeypatch.setattr(engine, "_program", engine._program.__class__(Library, engine._interface))
    thread = threading.Thread(target=watch)
    thread.start()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(60)  # nobody gets the lock who is not given it
    try:
        for _ in range(10_000):  # so short are these frames that the other thread may come too late
            engine.run(case.chunk, case.start)
            given_up = beside.is_set()
            if given_up:
                break
    finally:
        sys.setswitchinterval(interval)
        thread.join()
    assert given_up
