"""The runs of an assessment: how many there are, and of what."""

import numpy as np
import pytest
from assess_cases import EXAMPLE, noisy_run

from pulsenet import Data, Network, Programming, Trace, Training
from pulsenet.assess.standard import NO_NOISE, UNIDIRECTIONAL, assessment_study, standard_run
from pulsenet.circuit.composition import compose
from pulsenet.fitting import fit, read_curves
from pulsenet.study.budget import AS_IS
from pulsenet.study.points import points
from pulsenet.training.train import train

pytestmark = pytest.mark.whole


def test_the_runs_need_three_circuits():
    """Each one is a C++ build: of as many slots as there are, for both methods; and of the ideal number of slots."""
    study = assessment_study(noisy_run(ctoc_range=0.01, read_noise=0.02), "curve", [1, 2])
    on_chip = [point for point in points(study) if point.training == "on-chip"]
    circuits = [point.run.circuit() for point in on_chip]
    assert len({(str(compose(circuit)), circuit.schedule, circuit.slot) for circuit in circuits}) == 3
    assert len({point.run.model_dump_json() for point in on_chip}) == len(
        {point.folder for point in on_chip}
    )  # none is done twice


def test_software_runs_once_per_seed():
    study = assessment_study(noisy_run(), "curve", [1, 2])
    assert [point.training for point in points(study) if point.training != "on-chip"] == ["software"] * 2 + [
        "quantised"
    ] * 2


def test_the_same_run_is_not_done_twice():
    """The last property alone made ideal is all but the last added up."""
    folders = {
        point.labels["case"]: point.folder
        for point in points(assessment_study(noisy_run(), "curve", [1]))
        if point.labels
    }
    assert folders["+ nonlinearity"] == folders["without asymmetry"] and folders[AS_IS] == folders[UNIDIRECTIONAL]
    assert folders["without asymmetry"] != folders["without levels"]


def test_noise_that_is_kept_in_the_circuit_moves_nothing(tmp_path):
    small = {"network": Network(layers=[64, 10]), "data": Data(train=10, test=2), "training": Training(epochs=1)}
    runs = {
        name: noisy_run(**dict.fromkeys(("ctoc_range", "read_noise", "dtod_step"), strength)).model_copy(update=small)
        for name, strength in (("without", 0.0), ("kept", NO_NOISE))
    }
    traces = [train(run, tmp_path / name, engine="standalone").trace for name, run in runs.items()]
    with Trace(traces[0]) as without, Trace(traces[1]) as kept:
        for layer in without.layers:
            np.testing.assert_array_equal(without.conductance(layer, -1), kept.conductance(layer, -1))
            assert (without.conductance(layer, -1)[0] != without.conductance(layer, 0)[0]).any()


def test_the_standard_run_takes_device_and_pulses(tmp_path):
    curves = read_curves(EXAMPLE)
    device = fit(curves, "exponential").write(tmp_path / "device")
    pulses = {"V_SET": "2 V", "t_SET": "1 us", "V_RESET": "-2 V", "t_RESET": "3 us"}
    run = standard_run("digits", device, pulses, quick=True)
    assert run.device.law == "exponential" and run.variation.read_noise > 0 and run.training.epochs == 4
    assert run.programming.t_RESET == pytest.approx(3e-6, rel=1e-12, abs=0)
    assert standard_run("digits", device).programming == Programming()  # the run file's pulses are another device's
    assert standard_run("mnist", device).network.layers == [784, 200, 10]
