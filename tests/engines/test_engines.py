"""Every engine does what the golden model does, and the compiled ones agree to the last bit, however a run is cut."""

from dataclasses import replace

import numpy as np
import pytest
from cases import Case
from golden import Golden
from same import assert_same

from pulsenet.seams.effects import drawn

# -- against the golden model ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["numpy", "standalone"])
def test_the_golden_model_agrees(case, engine):
    assert_same(case.simulate(engine), case.simulate("golden"), rtol=1e-12)


@pytest.mark.whole
@pytest.mark.parametrize("engine", ["numpy", "standalone"])
def test_without_an_exponential_the_golden_model_agrees_but_for_rounding(two_layers, engine):
    """What a refresh writes is one product here, and a sum of steps there."""
    for layer, pair in two_layers.simulate("golden").conductance.items():
        np.testing.assert_allclose(two_layers.simulate(engine).conductance[layer], pair, rtol=1e-14, atol=0)


def test_the_cases_exercise_everything(case):
    """Else the tests above would say little."""
    pulses, run = case.simulate("golden").pulses, case.run
    for name in case.circuit.population_names[1:]:
        assert set(pulses[name]["error"]["polarity"]) == {-1, 1}
        if run.update.refresh_period():
            assert pulses[name]["refresh"]["SET"].sum() > 0 and pulses[name]["refresh"]["RESET"].sum() > 0
    for name in case.circuit.population_names[2:]:
        assert set(pulses[name]["backward"]["polarity"]) == {-1, 1}
    devices = drawn(case.circuit.device, case.circuit.effects, case.setting)
    at_bound = [
        (G == device.law.G_min) | (G == device.law.G_max)
        for name, pair in case.simulate("golden").conductance.items()
        for G, device in zip(pair, devices[name], strict=True)
    ]
    assert any(map(np.any, at_bound)) and not any(map(np.all, at_bound))


# -- engines among each other ----------------------------------------------------------------------------------------


@pytest.mark.heavy
def test_cython_and_standalone_agree_to_the_bit(one_layer):
    """Cython takes two minutes to compile even this one."""
    assert_same(one_layer.simulate("cython"), one_layer.simulate("standalone"))


@pytest.mark.heavy
@pytest.mark.parametrize("name", ["two_layers", "three_layers"])
def test_cython_and_standalone_agree_to_the_bit_through_hidden_layers(name, request):
    """Cython takes minutes to compile these."""
    case = request.getfixturevalue(name)
    assert_same(case.simulate("cython"), case.simulate("standalone"))


@pytest.mark.whole
@pytest.mark.parametrize("size", [1, 7])
def test_cutting_changes_nothing_on_standalone(case, size):
    assert_same(case.simulate("standalone", size), case.simulate("standalone"))


@pytest.mark.whole
@pytest.mark.parametrize("engine", ["numpy", pytest.param("cython", marks=pytest.mark.heavy)])
@pytest.mark.parametrize("size", [pytest.param(1, marks=pytest.mark.heavy), 7])
def test_cutting_changes_nothing_in_this_process(one_layer, engine, size):
    assert_same(one_layer.simulate(engine, size), one_layer.simulate(engine))


@pytest.mark.whole
def test_one_program_serves_every_choice_of_numbers(one_layer):
    """Two engines of other devices and voltages, alternately: each computes what its own golden model does."""
    device = one_layer.run.device.model_copy(update={"G_max": 8e-6, "pulses_SET": 9.0})
    read = one_layer.run.read.model_copy(update={"V_read": 0.3})
    other = Case(one_layer.run.model_copy(update={"device": device, "read": read, "seed": 5}), one_layer.frames)
    assert other.engine("standalone").path == one_layer.engine("standalone").path
    first = other.simulate("standalone", 7)
    again = one_layer.engine("standalone").run(one_layer.chunk, one_layer.start)
    assert_same(again, one_layer.simulate("golden"), rtol=1e-12)
    assert_same(first, other.simulate("golden"), rtol=1e-12)
    assert not np.array_equal(first.conductance["layer1"], again.conductance["layer1"])


@pytest.mark.whole
@pytest.mark.parametrize("code", ["width", "count", "latency"])
@pytest.mark.parametrize("name", ["two_layers", "three_layers"])
def test_all_codes_train_alike(name, code, request):
    """They differ in when a charge arrives, so the sums differ in rounding and nothing else."""
    case = request.getfixturevalue(name)
    if code == case.run.network.code:
        pytest.skip("of this code it is")
    network = case.run.network.model_copy(update={"code": code})
    other = Case(case.run.model_copy(update={"network": network}), case.frames)
    ours, theirs = case.simulate("numpy"), other.simulate("numpy")
    for layer in ours.conductance:
        np.testing.assert_allclose(ours.conductance[layer], theirs.conductance[layer], rtol=1e-12, atol=0)
    np.testing.assert_allclose(ours.preactivation, theirs.preactivation, rtol=1e-10, atol=0)
    for population in ours.pulses:  # in the same slots, whatever the code of the values
        np.testing.assert_equal(ours.pulses[population].get("error"), theirs.pulses[population].get("error"))
    assert not np.array_equal(ours.pulses["input"]["forward"]["slot"], theirs.pulses["input"]["forward"]["slot"])


# -- evaluation and refresh frames -----------------------------------------------------------------------------------


@pytest.mark.whole
@pytest.mark.parametrize("engine", ["numpy", "standalone"])
def test_evaluation_changes_nothing_and_sends_no_errors(case, engine):
    chunk = case.chunk
    still = {name: np.zeros_like(fed) if name == "drift_in" else fed for name, fed in chunk.effects.items()}
    closed = {"error_gain": np.zeros_like(chunk.error_gain), "refresh": np.zeros_like(chunk.refresh)}
    silent = replace(chunk, effects=still, **closed)
    result = case.engine(engine).run(silent, case.start)
    for layer, pair in case.start.items():
        np.testing.assert_array_equal(result.conductance[layer], pair)
    kinds = {kind: [k[kind] for k in result.pulses.values() if kind in k] for kind in ("error", "backward", "forward")}
    assert not any(len(pulses["slot"]) for kind in ("error", "backward") for pulses in kinds[kind])
    assert all(len(pulses["slot"]) for pulses in kinds["forward"])
    expected = Golden(case.run, case.parameters).run(silent, case.start)
    np.testing.assert_allclose(result.preactivation, expected.preactivation, rtol=1e-12, atol=0)


@pytest.mark.whole
def test_an_evaluation_frame_between_training_frames_is_silent(case):
    frame_slots = case.circuit.schedule.frame_slots
    closed = np.flatnonzero(case.chunk.error_gain[:, 0] == 0)
    assert len(closed)
    for kinds in case.simulate("standalone").pulses.values():
        for kind in {"error", "backward", "refresh"} & kinds.keys():
            assert not np.isin(kinds[kind]["slot"] // frame_slots, closed).any()


@pytest.mark.parametrize("name", ["one_layer", "two_layers"])
def test_a_refresh_reports_once_per_line_when_it_is_asked_for(name, request):
    case = request.getfixturevalue(name)
    asked, schedule = np.flatnonzero(case.chunk.refresh), case.circuit.schedule
    for population in case.circuit.population_names[1:]:
        pulses = case.simulate("standalone").pulses[population]["refresh"]
        lines = case.circuit.populations[population]
        slots = asked * schedule.frame_slots + schedule.refresh_slot
        np.testing.assert_array_equal(pulses["slot"], np.repeat(slots, lines))
        np.testing.assert_array_equal(pulses["line"], np.tile(np.arange(lines), len(asked)))
