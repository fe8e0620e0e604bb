"""Energy of programming pulses at a gate, by hand: pulses times C V^2, or times what is stated."""

import numpy as np
import pytest
from small_training import N_TEST, N_TRAIN, RUN

from pulsenet import Bidirectional, Dataset, Programming, Trace, train

GATE = {"terminals": 3, "V_SET": 2.0, "t_SET": 1e-6, "V_RESET": -3.0, "t_RESET": 1e-6}


def frames_of(folder, programming, **changes):
    rng = np.random.default_rng(1)
    data = Dataset.from_arrays(rng.random((N_TRAIN + N_TEST, 3)), np.arange(N_TRAIN + N_TEST) % 2)
    run = RUN.model_copy(update={"programming": Programming(**programming), **changes})
    with Trace(train(run, folder, data=data, engine="numpy").trace) as trace:
        return {name: column[:] for name, column in trace.frames.items()}


@pytest.mark.parametrize(
    ("programming", "energy"), [({"C_gate": 1e-15}, 4e-15), ({"energy_SET": 3e-13, "energy_RESET": 1e-13}, 3e-13)]
)
def test_pulses_at_a_gate_cost_what_charges_it_or_what_is_stated(tmp_path, programming, energy):
    frames = frames_of(tmp_path / "run", GATE | programming)
    assert frames["programming_pulses"].sum() > 0
    np.testing.assert_allclose(frames["programming_energy"], energy * frames["programming_pulses"], rtol=1e-12, atol=0)


def test_bidirectional_updates_cost_a_pulse_of_each_kind(tmp_path):
    frames = frames_of(tmp_path / "run", GATE | {"C_gate": 1e-15}, update=Bidirectional())
    assert frames["programming_pulses"].sum() > 0
    wanted = (4e-15 + 9e-15) / 2 * frames["programming_pulses"]
    np.testing.assert_allclose(frames["programming_energy"], wanted, rtol=1e-12, atol=0)


def test_energy_at_a_gate_of_unknown_capacitance_is_left_out(tmp_path):
    frames = frames_of(tmp_path / "run", GATE)
    assert "programming_energy" not in frames and "refresh_energy" not in frames
    assert "read_energy" in frames
