"""The Brian2 device: what it hands over, and that Brian2 stays a guest."""

import subprocess
import sys

import pytest
from every_variant import case_of

from pulsenet.engines.brian import b2
from pulsenet.engines.program.device import PREFERENCES, simulation_of
from pulsenet.engines.program.source import program_of
from pulsenet.engines.program.statements import Block

GUEST = """
import signal, sys
hook, interrupt = sys.excepthook, signal.getsignal(signal.SIGINT)
import pulsenet.engines.{module}
assert sys.excepthook is hook and signal.getsignal(signal.SIGINT) is interrupt
assert "brian2" in sys.modules and "matplotlib.pyplot" not in sys.modules and "pylab" not in sys.modules
import pylab
"""


@pytest.mark.whole
@pytest.mark.parametrize("module", ["program.device", "program.source", "runtime"])
def test_brian2_brings_neither_handlers_nor_pylab_along(module):
    subprocess.run([sys.executable, "-c", GUEST.format(module=module)], check=True)


def test_every_code_object_is_a_block_of_brian2s_statements():
    simulation = simulation_of(case_of("latched, width").composition)
    blocks = [item.code for owner in simulation.network.sorted_objects for item in owner._code_objects]
    assert len(blocks) > 20 and all(isinstance(block, Block) for block in blocks)
    error = simulation.layers["layer1"].error.codeobj.code
    assert error.vector.set_by["polarity"].value == "error_polarity_post * is_open"
    assert error.cpp("1/n_slots") == "1.0*1/n_slots"  # Brian2 would divide in single precision


def test_other_objects_of_the_same_names_change_nothing():
    """Brian2 numbers code objects whose names are taken: by an engine that lives in this process."""
    case = case_of("latched, width")
    before = program_of(case.composition)
    assert case.engine("numpy").simulation.network is not None
    assert program_of(case.composition) == before


def test_preferences_of_a_user_change_nothing(monkeypatch):
    composition, changed = case_of("latched, width").composition, "codegen.loop_invariant_optimisations"

    def lines():
        simulation = simulation_of(composition)
        return simulation.populations["hidden1"].thresholder["error"].codeobj.code.scalar.lines

    before = lines()
    try:
        b2.prefs[changed] = not PREFERENCES[changed]
        assert lines() == before and b2.prefs[changed] is not PREFERENCES[changed]
    finally:
        b2.prefs[changed] = PREFERENCES[changed]


def test_brian2_is_left_as_it_was():
    before = b2.get_device()
    simulation_of(case_of("latched, width").composition)
    assert b2.get_device() is before
