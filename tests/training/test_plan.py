"""The plan of a run: draws, refreshes and slots, however frames are cut."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from small_training import RUN

from pulsenet import Network, Record, Single, Training, Unidirectional
from pulsenet.training.plan import Plan, dither, start_conductance
from pulsenet.training.values import setting_of


def plan_of(run, data, error_gain) -> Plan:
    return Plan(run, setting_of(run, run.circuit()), data, error_gain)


def phases_of(run, frames) -> np.ndarray:
    """Initial phases of all oscillators, shape (frames, neurons)."""
    return np.concatenate(list(dither(setting_of(run, run.circuit()), 0, frames).values()), axis=1)


@given(cuts=st.lists(st.integers(0, 28), max_size=6))
def test_draws_do_not_depend_on_how_frames_are_cut(data, cuts):
    plan = plan_of(RUN, data, np.array([2.0, 3.0]))
    whole, columns = plan.chunk(0, 28), plan.columns(0, 28)
    for first, last in zip([0, *sorted(cuts)], [*sorted(cuts), 28], strict=True):
        if first == last:
            continue
        part, some = plan.chunk(first, last), plan.columns(first, last)
        for name in ("forward_slots", "target", "error_gain", "refresh", "batch"):
            assert np.array_equal(getattr(part, name), getattr(whole, name)[first:last]), name
        for name, phases in whole.dither.items():
            assert np.array_equal(part.dither[name], phases[first:last]), name
        for name in columns:
            assert np.array_equal(some[name], columns[name][first:last]), name


def test_dither_is_uniform_and_independent():
    drawn = phases_of(RUN, 5000)
    assert drawn.shape == (5000, 5 + 2) and 0 <= drawn.min() and drawn.max() < 1
    assert np.all(np.abs(drawn.mean(axis=0) - 0.5) < 5 * np.sqrt(1 / 12 / 5000))
    correlation = np.corrcoef(np.c_[drawn[1:], drawn[:-1]].T) - np.eye(14)
    assert np.abs(correlation).max() < 5 / np.sqrt(5000)
    assert not np.array_equal(drawn, phases_of(RUN.model_copy(update={"seed": 8}), 5000))


def test_only_training_frames_learn_and_count_for_the_refresh(data):
    plan = plan_of(RUN, data, np.array([2.0, 3.0]))
    chunk, learn = plan.chunk(0, 28), plan.columns(0, 28)["learn"]
    assert np.array_equal(chunk.error_gain > 0, np.c_[learn, learn])
    assert list(np.flatnonzero(chunk.refresh)) == [2, 5, 8, 14 + 2, 14 + 5, 14 + 8]
    run = RUN.model_copy(update={"update": Unidirectional(refresh_every=4)})
    refresh = plan_of(run, data, np.array([2.0, 3.0])).chunk(0, 28).refresh
    assert list(np.flatnonzero(refresh)) == [3, 7, 14 + 2, 14 + 6]  # goes on counting in the next epoch


def test_inputs_become_slots(data):
    plan = plan_of(RUN, data, np.ones(2))
    slots = plan.encode(np.array([[0.0, 0.124, 0.125], [0.875, 0.874, 1.0]]))
    assert slots.tolist() == [[0, 0, 1, 4], [4, 3, 4, 4]]


def test_the_error_gain_decays_from_epoch_to_epoch(data):
    """Down to a fifth in the last of three epochs, or by a factor that is given; in the first, it is whole."""
    for decay, factors in (("auto", [1, np.sqrt(0.2), 0.2]), (0.5, [1, 0.5, 0.25])):
        run = RUN.model_copy(update={"training": Training(epochs=3, decay=decay)})
        gain = plan_of(run, data, np.array([2.0, 3.0])).chunk(0, 3 * 14).error_gain.reshape(3, 14, 2)
        for epoch, factor in enumerate(factors):
            np.testing.assert_allclose(gain[epoch, :9], np.tile([2 * factor, 3 * factor], (9, 1)), rtol=1e-12, atol=0)
            assert not gain[epoch, 9:].any()
    once = RUN.model_copy(update={"training": Training(epochs=1)})
    assert plan_of(once, data, np.array([2.0, 3.0])).chunk(0, 1).error_gain.tolist() == [[2, 3]]


def test_every_epoch_has_an_order_of_its_own(data):
    columns = plan_of(RUN, data, np.ones(2)).columns(0, 28)
    samples = columns["sample"].reshape(2, 14)
    assert np.array_equal(np.sort(samples[:, :9], axis=1), [range(9)] * 2) and np.array_equal(
        samples[:, 9:], [range(5)] * 2
    )
    assert not np.array_equal(samples[0, :9], samples[1, :9])
    assert columns["epoch"].tolist() == [1] * 14 + [2] * 14


def test_the_first_frames_of_training_and_of_evaluation_are_recorded(data):
    run = RUN.model_copy(update={"record": Record(pulses=2, waveforms=[7, 20])})
    assert np.flatnonzero(plan_of(run, data, np.ones(2)).recorded(0, 28)).tolist() == [
        0,
        1,
        7,
        9,
        10,
        14,
        15,
        20,
        23,
        24,
    ]


def test_devices_start_apart_over_the_part_of_the_range_that_is_asked_for():
    for update, low, high in (
        (Unidirectional(), 0.0, 0.4),
        (Unidirectional(programs="RESET"), 0.6, 1.0),
        (Single(reference=0.3), 0.1, 0.5),
    ):
        network = Network(layers=[30, 20, 10], initial_spread=0.4)
        run = RUN.model_copy(update={"update": update, "network": network})
        circuit = run.circuit()
        found = start_conductance(run, circuit, setting_of(run, circuit))
        share = [(G - 0.1e-6) / 4.9e-6 for pair in found.values() for G in pair[: len(update.sides)]]
        for G in share:
            assert low <= G.min() < low + 0.02 and high - 0.02 < G.max() <= high
        assert len({float(G[0, 0]) for G in share}) == len(share)
    np.testing.assert_allclose(found["layer1"][1], 0.1e-6 + 0.3 * 4.9e-6, rtol=1e-12)  # a fixed reference


def test_samples_that_are_too_many_to_keep_become_the_same_slots(data, monkeypatch):
    kept = plan_of(RUN, data, np.ones(2)).chunk(0, 28).forward_slots
    monkeypatch.setattr("pulsenet.training.plan.MOST_KEPT", 0)
    plan = plan_of(RUN, data, np.ones(2))
    encoded = plan.chunk(0, 28).forward_slots
    assert plan._kept is None and encoded.dtype == kept.dtype and np.array_equal(encoded, kept)


def test_an_engine_need_not_convert_what_it_takes(data):
    chunk = plan_of(RUN, data, np.ones(2)).chunk(3, 20)
    types = {"forward_slots": np.uint16, "error_gain": float, "refresh": np.int64, "batch": bool}
    arrays = [(getattr(chunk, name), dtype) for name, dtype in types.items()]
    for array, dtype in [*arrays, *((phases, float) for phases in chunk.dither.values())]:
        assert array.dtype == dtype and array.flags.c_contiguous and len(array) == 17
