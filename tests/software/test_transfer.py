"""Weights that were trained in software, written onto devices."""

import numpy as np
import pytest
from divided import divided
from scipy.special import ndtri
from software_runs import DEVICE, run_of

from pulsenet import ConfigError, Network, Run, Single, Training, Unidirectional
from pulsenet.describe.variation import Variation
from pulsenet.seams.effects import drawn
from pulsenet.seams.setting import Purpose
from pulsenet.software.backpropagation import train_software
from pulsenet.software.transfer import transfer
from pulsenet.text.chance import uniform
from pulsenet.training.values import setting_of


@pytest.fixture(scope="module")
def trained():
    return train_software(run_of((64, 50, 10), training=Training(epochs=4)))


def written(trained, **variation):
    run = run_of((64, 50, 10), variation=Variation(**variation))
    return run, [transfer(run, trained.weights, verify) for verify in (False, True)]


@pytest.mark.whole
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


@pytest.mark.whole
def test_spread_spoils_what_is_written_once_and_not_what_is_verified(trained):
    _, (once, verified) = written(trained, dtod_step=0.5)
    assert verified.accuracy > once.accuracy + 0.05
    assert verified.accuracy > trained.accuracy[-1] - 0.03


@pytest.mark.whole
def test_stuck_devices_stay(trained):
    run, results = written(trained, stuck_G_max=0.1, stuck_random=0.05)
    circuit = run.circuit()
    drawn_devices = drawn(circuit.device, circuit.effects, setting_of(run, circuit))
    for result in results:
        for name, pair in result.conductance.items():
            for G, devices in zip(pair, drawn_devices[name], strict=True):
                assert devices.stuck.mean() == pytest.approx(0.15, abs=0.05)
                np.testing.assert_array_equal(G[devices.stuck], devices.stuck_at[devices.stuck])


@pytest.mark.whole
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


def test_every_writing_pulse_has_noise_of_its_own():
    """Pulse by pulse by hand: the deviates of device 2 (i n_out + j) + side, under keys of the writing's own seed."""
    run = run_of((3, 2, 2), variation=Variation(ctoc_step=0.4), seed=6)
    rng = np.random.default_rng(1)
    weights = [rng.uniform(-1, 1, shape) for shape in ((4, 2), (3, 2))]
    result = transfer(run, weights, data=divided(4, 0, 3))
    own = int(np.random.SeedSequence((6, Purpose.WRITING)).generate_state(1, np.uint64)[0] >> np.uint64(11))
    step, pulses = (5e-6 - 0.1e-6) / 64, 0
    for layer, (weight, gain, pair) in enumerate(
        zip(weights, result.read_gain, result.conductance.values(), strict=True)
    ):
        assert gain == pytest.approx(np.quantile(np.abs(weight), 0.999), rel=1e-12)
        key = np.random.SeedSequence((own, Purpose.PULSE_NOISE, layer)).generate_state(2, np.uint64)[0] >> np.uint64(11)
        for (i, j), value in np.ndenumerate(weight):
            side = int(value <= 0)
            n = round(min(abs(value) / gain, 1) * 64)
            device = 2 * (i * 2 + j) + side
            G = 0.1e-6
            for deviate in ndtri(uniform(float(key), device, np.arange(n))) if n else ():
                G = min(max(G + step * (1 + 0.4 * deviate), 0.1e-6), 5e-6)
            assert pair[side][i, j] == pytest.approx(G, rel=1e-6) and pair[1 - side][i, j] == 0.1e-6
            pulses += n
    assert result.pulses == pulses > 300
