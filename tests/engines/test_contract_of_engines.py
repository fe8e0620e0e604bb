"""What holds for every variant of every seam: the program does what Brian2's own loop does, however it is run."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import every_variant
import numpy as np
import pytest
from every_variant import SECTIONS, case_of
from same import assert_same

from pulsenet.engines.program import source
from pulsenet.engines.standalone import StandaloneEngine
from pulsenet.seams.codes import CODES
from pulsenet.seams.effects import EFFECTS
from pulsenet.seams.laws import LAWS
from pulsenet.seams.neurons import ACTIVATIONS, NEURONS
from pulsenet.seams.updates import METHODS

pytestmark = pytest.mark.whole

#: What the golden model has no text of.
NOT_GOLDEN = [f"law {name}" for name in every_variant.LAWS if name not in ("linear", "exponential")] + ["no energy"]
every = pytest.mark.parametrize("name", SECTIONS)


def test_every_variant_has_a_circuit():
    """Else the tests below would pass by what they leave out."""
    runs = [case_of(name).run for name in SECTIONS]
    circuits = [run.circuit() for run in runs]
    assert {type(run.device) for run in runs} >= set(LAWS)
    assert {type(run.update) for run in runs} >= set(METHODS)
    assert {code for circuit in circuits for code in circuit.codes} == set(CODES.values())
    assert {neuron for circuit in circuits for neuron in circuit.neurons} == set(NEURONS.values())
    assert {circuit.activation for circuit in circuits} == set(ACTIVATIONS.values())
    assert {type(effect) for circuit in circuits for effect in circuit.effects} == set(EFFECTS)
    assert {circuit.n_layers for circuit in circuits} == {1, 2, 3, 5}


@every
def test_the_program_agrees_with_another_implementation(name):
    """To the digits in which NumPy's functions differ from those of C++: with the golden model where it knows the
    variant, else with Brian2's own loop, which takes longer."""
    case = case_of(name)
    other = case.simulate("numpy" if name in NOT_GOLDEN else "golden")
    assert_same(case.simulate("standalone"), other, rtol=1e-12)
    assert case.simulate("standalone").tally["output"]["programming_pulses"].any()


@every
@pytest.mark.heavy
def test_the_program_agrees_with_brian2s_own_loop(name):
    assert_same(case_of(name).simulate("standalone"), case_of(name).simulate("numpy"), rtol=1e-12)


@every
@pytest.mark.parametrize("size", [1, 7])
def test_cutting_changes_nothing(name, size):
    assert_same(case_of(name).simulate("standalone", size), case_of(name).simulate("standalone"))


@every
def test_engines_of_one_program_do_not_meet_in_threads(name):
    """Four at once, two of them on other devices; each does what it does alone."""
    case = case_of(name)
    engines = [StandaloneEngine(case.composition, case.parameters) for _ in range(4)]
    swapped = {layer: (minus, plus) for layer, (plus, minus) in case.start.items()}
    starts = [case.start, swapped, case.start, swapped]
    alone = [case.engine("standalone").run(case.chunk, start) for start in starts[:2]]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(3):
            results = list(pool.map(lambda pair: pair[0].run(case.chunk, pair[1]), zip(engines, starts, strict=True)))
            for number, result in enumerate(results):
                assert_same_result(result, alone[number % 2])


@pytest.mark.parametrize("name", ["all effects", "rule manhattan", "integrate-and-fire, count", "3 layers", "recount"])
def test_several_lines_and_neurons_at_a_time_give_the_same(name, monkeypatch, tmp_path):
    """As they are served in large crossbars."""
    monkeypatch.setenv("PULSENET_CACHE", str(tmp_path))
    monkeypatch.setattr(source, "MANY_PAIRS", 0)
    monkeypatch.setattr(source, "ROWS_AT_A_TIME", (2, 1))
    monkeypatch.setattr(source, "COLUMNS_AT_A_TIME", (2, 1))
    case = case_of(name if name in SECTIONS else f"method {name}")
    several = StandaloneEngine(case.composition, case.parameters).run(case.chunk, case.start)
    monkeypatch.undo()
    assert_same_result(several, case.simulate("standalone"))


@every
@pytest.mark.heavy
def test_cython_agrees_to_the_bit(name):
    """Brian2's own C++ of the same text; Cython takes minutes to compile each."""
    assert_same(case_of(name).simulate("standalone"), case_of(name).simulate("cython"))


@pytest.mark.parametrize("name", ["all effects", "integrate-and-fire, count", "rule manhattan", "no energy"])
@pytest.mark.parametrize("engine", ["numpy", "standalone"])
def test_frames_that_are_not_recorded_are_counted(name, engine):
    case = case_of(name)
    kept = np.arange(case.frames) % 4 == 1
    everything = case.simulate(engine)
    some = case.engine(engine).run(replace(case.chunk, recorded=kept), case.start)
    for population, kinds in everything.pulses.items():
        for kind, pulses in kinds.items():
            frame = pulses["slot"] // case.circuit.schedule.frame_slots
            wanted = np.full(len(frame), True) if kind == "refresh" else kept[frame]
            for column, values in pulses.items():
                np.testing.assert_array_equal(some.pulses[population][kind][column], values[wanted])
            passed = np.bincount(pulses["line"][~wanted], minlength=case.circuit.populations[population])
            np.testing.assert_array_equal(some.unrecorded[population][kind], passed)
            np.testing.assert_array_equal(
                some.counts[population][kind], np.bincount(frame, minlength=case.frames), err_msg=kind
            )
    for layer, pair in everything.conductance.items():
        np.testing.assert_array_equal(some.conductance[layer], pair)


def assert_same_result(result, expected):
    for layer, pair in expected.conductance.items():
        np.testing.assert_array_equal(result.conductance[layer], pair)
    np.testing.assert_array_equal(result.preactivation, expected.preactivation)
    for population, kinds in expected.pulses.items():
        for kind, pulses in kinds.items():
            for name, values in pulses.items():
                np.testing.assert_array_equal(result.pulses[population][kind][name], values)
    for population, sums in expected.tally.items():
        for name, values in sums.items():
            np.testing.assert_array_equal(result.tally[population][name], values)
