"""Neurons that fire while charge arrives, and networks that mix neurons and codes."""

from dataclasses import replace

import numpy as np
import pytest
from cases import Case, small_run
from neuron_cases import FIRE, LINEAR, case_of
from same import assert_same

from pulsenet import Bidirectional, ConfigError, Dataset, Record, Run, Time, Trace, Unidirectional, train
from pulsenet.describe.variation import Variation
from pulsenet.replay.programming import programming_pulses
from pulsenet.replay.replay import check_replay
from pulsenet.trace.wires import edges, high

pytestmark = pytest.mark.whole

#: Two layers that stream into each other, then one that waits; every code on both sides of a layer.
MIXED = {"neuron": [FIRE, FIRE, "latched"], "code": ["count", "width", "latency", "count", "latency"]}


@pytest.fixture(scope="module")
def mixed() -> Case:
    sections = {
        "network": MIXED,
        "variation": Variation(read_noise=0.05),
        "time": Time(n_slots=5, guard_slots=2),
        "read": {"gain": [1.0] * 4},
    }
    return Case(small_run([5, 4, 5, 3, 3], LINEAR, seed=39, update=Bidirectional(), **sections), frames=8)


def values_of(case: Case, result, population: str) -> np.ndarray:
    """Slots of forward pulses per frame and line; shape (frames, lines)."""
    pulses, lines = result.pulses[population]["forward"], case.circuit.populations[population]
    where = pulses["slot"] // case.circuit.schedule.frame_slots * lines + pulses["line"]
    return np.bincount(where, pulses.get("width"), minlength=case.frames * lines).reshape(-1, lines).astype(int)


def without_learning(case: Case, forward_slots: np.ndarray):
    """Frames of the given inputs (with their bias line), in which nothing is programmed."""
    chunk = case.chunk.cut(0, len(forward_slots))
    closed = {"error_gain": np.zeros_like(chunk.error_gain), "refresh": np.zeros_like(chunk.refresh)}
    return replace(chunk, forward_slots=forward_slots, **closed)


# -- engines ---------------------------------------------------------------------------------------------------------


def test_a_mixed_network_agrees_with_the_golden_model(mixed):
    expected = mixed.simulate("golden")
    assert_same(mixed.simulate("standalone"), expected, rtol=1e-12)
    for name in mixed.circuit.population_names[1:]:
        assert set(expected.pulses[name]["error"]["polarity"]) == {-1, 1}
    kinds = [expected.pulses[name]["forward"] for name in ("input", "hidden1", "hidden2", "hidden3")]
    assert ["width" in pulses for pulses in kinds] == [False, False, False, False]
    kinds = [expected.pulses[name]["backward"] for name in ("hidden2", "hidden3", "output")]
    assert ["width" in pulses for pulses in kinds] == [True, False, True]


def test_the_compiled_engine_agrees_however_a_run_is_cut():
    case = case_of(5, 4, 3, neuron=FIRE, code="count")
    whole = case.simulate("standalone")
    assert_same(whole, case.simulate("golden"), rtol=1e-12)
    assert_same(case.simulate("standalone", 5), whole)


def test_a_mixed_network_agrees_however_it_is_cut(mixed):
    assert_same(mixed.simulate("standalone", 3), mixed.simulate("standalone"))


@pytest.mark.parametrize("code", ["width", "count", "latency"])
def test_integrate_and_fire_agrees_with_the_golden_model_for_every_code(code):
    case = case_of(5, 4, 3, neuron=FIRE, code=code)
    assert_same(case.simulate("standalone"), case.simulate("golden"), rtol=1e-12)


# -- integrate-and-fire ----------------------------------------------------------------------------------------------


def test_where_charge_arrives_at_once_integrate_and_fire_trains_as_latched():
    fires, latched = case_of(5, 4, 3, neuron=FIRE, code="latency"), case_of(5, 4, 3, code="latency")
    ours, theirs = fires.simulate("numpy"), latched.simulate("numpy")
    values = values_of(fires, ours, "hidden1")
    np.testing.assert_array_equal(values, values_of(latched, theirs, "hidden1"))
    n_slots = fires.run.time.n_slots
    assert (values[:, :-1] == 0).any() and len(np.unique(values[:, :-1])) > 3  # silent lines, and many values
    assert (values[:, -1] == n_slots).all()
    for layer in ours.conductance:
        np.testing.assert_allclose(ours.conductance[layer], theirs.conductance[layer], rtol=1e-12, atol=0)
    np.testing.assert_equal(ours.pulses["hidden1"]["error"], theirs.pulses["hidden1"]["error"])


@pytest.mark.parametrize("code", ["width", "count"])
def test_where_charge_never_falls_the_count_is_the_clipped_linear_output(code):
    """Through two layers of positive weights; the second reads while the first still fires."""
    case = case_of(5, 4, 4, 3, neuron=FIRE, code=code)
    start = {name: (G_plus, np.full_like(G_minus, LINEAR.G_min)) for name, (G_plus, G_minus) in case.start.items()}
    rng, n_slots = np.random.default_rng(2), case.run.time.n_slots
    forward_slots = np.minimum(rng.integers(0, n_slots + 1, (12, 6)), np.arange(12)[:, None] // 2)
    result = case.engine("numpy").run(without_learning(case, forward_slots), start)
    values = forward_slots / n_slots
    for layer, name in enumerate(("hidden1", "hidden2"), start=1):
        G_plus, G_minus = start[f"layer{layer}"]
        preactivation = values @ (G_plus - G_minus) / (LINEAR.G_max - LINEAR.G_min)  # the read gain is 1
        output = np.floor(n_slots * np.clip(preactivation, 0, 1) + 0.5).astype(int)
        found = values_of(case, result, name)
        np.testing.assert_array_equal(found[:, :-1], output)
        assert (output == n_slots).any() and len(np.unique(output)) > 3
        values = found / n_slots


def test_pulses_that_were_fired_before_negative_charge_came_stay_fired():
    """A weight of 1 for 2 of 6 slots; in the width code, -1 for 4 slots arrives later. A latched neuron is silent."""
    fired = {}
    for neuron, code in ((FIRE, "width"), ("latched", "latency")):
        case = case_of(5, 4, 3, neuron=neuron, code=code)
        G_plus, G_minus = (G.copy() for G in case.start["layer1"])
        G_plus[:], G_minus[:] = LINEAR.G_min, LINEAR.G_min
        G_plus[0, 0], G_minus[1, 0] = LINEAR.G_max, LINEAR.G_max
        start = case.start | {"layer1": (G_plus, G_minus)}
        chunk = without_learning(case, np.array([[2, 4, 0, 0, 0, 6]]))
        result = case.engine("numpy").run(chunk, start)
        fired[neuron] = values_of(case, result, "hidden1")[0].tolist()
        if neuron == FIRE:
            pulses = result.pulses["hidden1"]["forward"]
            assert pulses["slot"][pulses["line"] == 0].tolist() == [
                3,
                4,
            ]  # the charge has come in slot 2, and goes in slot 4
    assert fired == {FIRE: [2, 0, 0, 0, 6], "latched": [0, 0, 0, 0, 6]}


def test_a_neuron_fires_at_most_once_per_slot_while_charge_arrives_and_until_its_forward_phase_ends():
    case = case_of(5, 4, 4, 3, neuron=FIRE)
    result, schedule = case.simulate("numpy"), case.circuit.schedule
    for index, name in enumerate(("hidden1", "hidden2"), start=1):
        pulses = result.pulses[name]["forward"]
        assert len(np.unique(np.stack([pulses["slot"], pulses["line"]]), axis=1).T) == len(pulses["slot"])
        slot, bias = pulses["slot"] % schedule.frame_slots, pulses["line"] == 4
        assert slot.max() < schedule.phases[index].stop
        assert (slot[~bias] < schedule.phases[index].start).any()  # while charge arrives
        np.testing.assert_array_equal(np.unique(slot[bias]), np.arange(schedule.n_slots))
        assert (values_of(case, result, name) <= schedule.n_slots).all()
    slots = [result.pulses[name]["forward"]["slot"] % schedule.frame_slots for name in ("hidden1", "hidden2")]
    assert schedule.phases[1].start < slots[0].max()  # what was left is fired in the next phase
    assert np.median(slots[1]) < np.median(slots[0])  # and by then the next layer has long been firing


# -- traces ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["integrate-and-fire", "latency"])
def trace(request, tmp_path_factory):
    """Of a run with snapshots, on numpy."""
    kinds = {
        "integrate-and-fire": {"neuron": [FIRE, "latched"], "code": ["width", "width", "latency", "count"]},
        "latency": {"code": "latency"},
    }
    rng = np.random.default_rng(1)
    x = rng.random((15, 4))
    y = (x[:, 0] > x[:, 1]).astype(int)
    content = {
        "network": {"layers": [4, 4, 3, 2], "initial_spread": 0.9, **kinds[request.param]},
        "device": LINEAR,
        "time": Time(n_slots=6),
        "update": Unidirectional(refresh_every=3, refresh_above=0.5, refresh_margin=0.2),
        "training": {"epochs": 1, "error_gain": [40.0, 40.0, 8.0]},
        "record": Record(snapshots=3),
    }
    data = Dataset.from_arrays(x[:12], y[:12], x[12:], y[12:], name="divided")
    with Trace(
        train(Run.check(content, "test"), tmp_path_factory.mktemp("run") / "run", data, engine="standalone").trace
    ) as trace:
        yield trace


def test_programming_pulses_and_replay_follow_from_the_recorded_pulses(trace):
    counted = [
        sum(len(p["slot"]) for p in programming_pulses(trace, frame).values()) for frame in range(trace.n_frames)
    ]
    np.testing.assert_array_equal(counted, trace.frames["programming_pulses"][:])
    assert sum(counted) > 100
    found = check_replay(trace)
    assert len(found) == 3 and max(found.values()) < 1e-12


def test_lines_are_drawn_as_they_were(trace):
    """No line is higher than high, and edges come in pairs."""
    for population in list(trace.populations)[:-1]:
        pulses = trace.pulses(population, "forward", slice(0, trace.n_frames))
        start, stop = high(pulses)
        slot, line, level = edges(start, stop, pulses["line"])
        for number in np.unique(line):
            assert (level[line == number] == np.arange((line == number).sum()) % 2 ^ 1).all()
        assert (start >= 0).all() and slot.max() <= trace.n_frames * trace.schedule.frame_slots


# -- descriptions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("network", "words"),
    [
        ({"code": "rate"}, ["network.code = 'rate'", "'width', 'count' or 'latency'"]),
        ({"code": ["width", "count"]}, ["code has 2 values", "3 populations"]),
        ({"neuron": "spiking"}, ["network.neuron = 'spiking'", "'latched' or 'integrate-and-fire'"]),
        ({"neuron": [FIRE, FIRE]}, ["neuron has 2 values", "1 hidden populations"]),
        ({"neuron": FIRE, "activation": "hard-sigmoid"}, ["must rest at 0", "'clipped-linear'"]),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(network, words):
    with pytest.raises(ConfigError) as caught:
        Run.check({"network": {"layers": [4, 3, 2], **network}, "device": LINEAR}, "run.toml")
    assert "\n" not in str(caught.value) and all(word in str(caught.value) for word in words)
