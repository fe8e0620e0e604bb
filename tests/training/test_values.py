"""The numbers of a circuit: keys of chance, and charges, by hand; and which of them a trace keeps."""

import numpy as np
import pytest
from every_variant import ALL, case_of

from pulsenet import Exponential, Linear, Network, Read, Run, Single, Time, Variation
from pulsenet.seams.laws import JumpTable
from pulsenet.seams.setting import Purpose
from pulsenet.training.calibrate import Calibration
from pulsenet.training.values import kept, parameters, setting_of

CALIBRATION = Calibration(np.array([2.0, 3.0, 4.0]), np.ones(3), np.array([5.0, 7.0, 1.0]))
LAYERS = [6, 5, 4, 3]
CURVED = Exponential(G_min="0.1 uS", G_max="5 uS", pulses_SET=20, beta_SET=2, pulses_RESET=12, beta_RESET=1)


def values_of(seed=4, device=CURVED, **sections):
    run = Run(network=Network(layers=LAYERS), device=device, seed=seed, **sections)
    circuit = run.circuit()
    setting = setting_of(run, circuit)
    return parameters(run, circuit, setting, CALIBRATION)


def keys_of(values):
    """Every key, by object and name."""
    found = {(owner, name): value for owner, own in values.items() for name, value in own.items() if "_key" in name}
    assert all(value == int(value) and 0 <= value < 2**53 for value in found.values())
    return found


def drawn_apart(*entropy: int, number: int) -> list[float]:
    """Keys as the top 53 bits of what NumPy's seed sequence gives: which the setting is said to do."""
    return [float(state >> 11) for state in np.random.SeedSequence(entropy).generate_state(number, np.uint64).tolist()]


def test_keys_differ_by_layer_by_kind_of_noise_and_by_seed():
    noise = {"variation": Variation(ctoc_step=0.3, ctoc_range=0.02)}
    keys = keys_of(values_of(**noise)) | {
        ("again", *key): value for key, value in keys_of(values_of(5, **noise)).items()
    }
    assert len(keys) == 2 * 3 * 2 and len(set(keys.values())) == len(keys)
    for layer in range(3):
        own = [keys[f"layer{layer + 1}", name] for name in ("noise_key", "range_key")]
        assert own == drawn_apart(4, Purpose.PULSE_NOISE, layer, number=2)


def test_measured_steps_are_drawn_apart_in_each_layer():
    table = JumpTable(G_min="0 S", G_max="1 uS", SET_jumps=[[0.1, 0.3]], RESET_jumps=[[0.1, 0.2]])
    keys = keys_of(values_of(device=table))
    wanted = {(f"layer{layer + 1}", "law_key"): drawn_apart(4, Purpose.LAW, layer, number=1)[0] for layer in range(3)}
    assert keys == wanted and len(set(keys.values())) == 3


def test_lines_and_neurons_that_meet_by_chance_draw_apart():
    keys = keys_of(values_of(rule={"rule": "stochastic"}))
    assert {owner for owner, _ in keys} == {"layer1", "layer2", "layer3", "hidden1", "hidden2", "output"}
    assert len(set(keys.values())) == 6


def test_charges_are_those_of_a_preactivation_of_1():
    """V_read slot n_slots (G_max - G_min)/gain by hand; backward, of the layer behind, times its scale."""
    device = Linear(G_min="1 uS", G_max="5 uS", pulses_SET=64, pulses_RESET=64)
    values = values_of(device=device, read=Read(V_read="0.2 V"), time=Time(slot="50 ns", n_slots=8, guard_slots=2))
    whole = 0.2 * 50e-9 * 8 * 4e-6  # coulomb: a full-range weight at a full-width input
    for name, wanted in {
        "hidden1": {"charge_unit": whole / 2, "backward_charge_unit": whole / 3 * 7},
        "hidden2": {"charge_unit": whole / 3, "backward_charge_unit": whole / 4 * 1, "backward_scale": 7.0},
        "output": {"charge_unit": whole / 4},
    }.items():
        assert values[name] == pytest.approx(wanted, rel=1e-12)
    assert values["layer2"]["V_read"] == 0.2 and values["layer2"]["slot"] == 50e-9


def test_a_setting_knows_the_duration_of_a_frame():
    """Of 3 layers: 3 forward and 2 backward phases, and the update phase, of 10 slots each."""
    run = Run(network=Network(layers=LAYERS), device=CURVED, time=Time(slot="50 ns", n_slots=8, guard_slots=2))
    assert setting_of(run, run.circuit()).frame_seconds == pytest.approx(6 * 10 * 50e-9, rel=1e-12)


def kept_of(**sections):
    """What a trace of a small run keeps, and all values."""
    case = case_of("law exponential")
    run = case.run.model_copy(update=sections)
    other = type(case)(run, case.frames)
    return kept(other.composition, other.parameters), other.parameters


def test_units_are_those_of_the_equations():
    found, values = kept_of()
    assert {name: set(part) for name, part in found.items() if part} == {
        name: set(part) for name, part in values.items()
    }
    units = {name: found["layer1"][name].unit for name in ("V_read", "slot", "G_full", "beta_SET")}
    assert units == {"V_read": "volt", "slot": "second", "G_full": "siemens", "beta_SET": "1"}
    assert found["output"]["charge_unit"].unit == "coulomb"
    assert found["output"]["charge_unit"].value == values["output"]["charge_unit"]


def test_every_device_has_its_own_but_thresholds_follow():
    found, values = kept_of(variation=Variation(**ALL))
    left_out = {f"{name}_{side}" for name in ("G_full", "G_room") for side in ("plus", "minus")}
    assert values["layer1"].keys() - found["layer1"].keys() == left_out
    arrays = {name for name, parameter in found["layer1"].items() if np.ndim(parameter.value)}
    assert {"G_max_plus", "G_max_minus", "responds_plus", "alpha_RESET_minus"} <= arrays
    assert all(found["layer1"][name].value.shape == (6, 4) for name in arrays)


def test_a_fixed_reference_has_nothing_of_its_own():
    found, _ = kept_of(variation=Variation(**ALL), update=Single())
    assert "G_max_plus" in found["layer1"] and not [name for name in found["layer1"] if name.endswith("_minus")]
