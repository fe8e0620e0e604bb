"""Weights that were trained in software, written onto devices."""

import numpy as np
import pytest
from software_runs import DEVICE, run_of

from pulsenet import ConfigError, Network, Run, Single, Training, Unidirectional
from pulsenet.describe.variation import Variation
from pulsenet.seams.effects import drawn
from pulsenet.software.backpropagation import train_software
from pulsenet.software.transfer import transfer
from pulsenet.training.values import setting_of

pytestmark = pytest.mark.whole


@pytest.fixture(scope="module")
def trained():
    return train_software(run_of((64, 50, 10), training=Training(epochs=4)))


def written(trained, **variation):
    run = run_of((64, 50, 10), variation=Variation(**variation))
    return run, [transfer(run, trained.weights, verify) for verify in (False, True)]


def test_nominal_devices_hold_the_weights_to_half_a_step(trained):
    run, results = written(trained)
    span = run.device.G_max - run.device.G_min
    for result in results:
        for weight, gain, (G_plus, G_minus) in zip(
            trained.weights, result.read_gain, result.conductance.values(), strict=True
        ):
            np.testing.assert_allclose(
                (G_plus - G_minus) / span, np.clip(weight / gain, -1, 1), atol=0.501 / 64, rtol=0
            )
            assert np.all((G_plus == run.device.G_min) | (G_minus == run.device.G_min))
        assert result.accuracy == pytest.approx(trained.accuracy[-1], abs=0.02)
    assert results[0].pulses == results[1].pulses > 0


def test_spread_spoils_what_is_written_once_and_not_what_is_verified(trained):
    _, (once, verified) = written(trained, dtod_step=0.5)
    assert verified.accuracy > once.accuracy + 0.05
    assert verified.accuracy > trained.accuracy[-1] - 0.03


def test_stuck_devices_stay(trained):
    run, results = written(trained, stuck_G_max=0.1, stuck_random=0.05)
    circuit = run.circuit()
    drawn_devices = drawn(circuit.device, circuit.effects, setting_of(run, circuit))
    for result in results:
        for name, pair in result.conductance.items():
            for G, devices in zip(pair, drawn_devices[name], strict=True):
                assert devices.stuck.mean() == pytest.approx(0.15, abs=0.05)
                np.testing.assert_array_equal(G[devices.stuck], devices.stuck_at[devices.stuck])


def test_the_same_seed_writes_the_same(trained):
    _, first = written(trained, dtod_step=0.2, ctoc_step=0.3, ctoc_range=0.01)
    _, second = written(trained, dtod_step=0.2, ctoc_step=0.3, ctoc_range=0.01)
    for a, b in zip(first, second, strict=True):
        assert a.pulses == b.pulses
        for name in a.conductance:
            np.testing.assert_array_equal(a.conductance[name], b.conductance[name])


@pytest.mark.parametrize("update", [Single(), Unidirectional(programs="RESET")])
def test_weights_cannot_be_transferred_where_pairs_are_not_written_by_SET(update):
    run = Run(network=Network(layers=[64, 10]), device=DEVICE, update=update)
    with pytest.raises(ConfigError, match="SET pulses onto pairs of devices"):
        transfer(run, [np.zeros((65, 10))])
