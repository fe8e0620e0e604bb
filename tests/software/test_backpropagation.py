"""Training in software."""

import numpy as np
import pytest
from divided import divided
from software_runs import run_of

from pulsenet import Data, DataError, Dataset, Linear, Read, Time, Training
from pulsenet.describe.variation import Variation
from pulsenet.software.backpropagation import SoftwareNetwork, initial_network, loss, train_software
from pulsenet.training.plan import start_conductance
from pulsenet.training.prepare import prepare


def random_network(activation, n_slots=None, sizes=(6, 5, 4, 3)):
    rng = np.random.default_rng(4)
    weights = [rng.normal(0, 0.4, (n_in + 1, n_out)) for n_in, n_out in zip(sizes, sizes[1:], strict=False)]
    return SoftwareNetwork(weights, activation, n_slots, np.ones(len(weights)))


@pytest.mark.parametrize("activation", ["clipped-linear", "hard-sigmoid"])
def test_errors_are_the_gradient_of_the_loss(activation):
    network, rng, checked = random_network(activation), np.random.default_rng(1), 0
    for label in (0, 1, 2, 0):
        x = rng.random(6)
        signals, gates, output = network.forward(x)
        errors = network.errors(gates, output, label)
        for weight, signal, error in zip(network.weights, signals, errors, strict=True):
            for place in np.ndindex(weight.shape):
                kept, values = weight[place], []
                for step in (1e-6, -1e-6):
                    weight[place] = kept + step
                    values.append(loss(network.forward(x)[2], label))
                weight[place] = kept
                slope = -signal[place[0]] * error[place[1]]
                assert (values[0] - values[1]) / 2e-6 == pytest.approx(slope, rel=1e-5, abs=1e-8)
                checked += slope != 0
    assert checked > 50


def test_a_step_adds_the_outer_product():
    network = random_network("clipped-linear")
    before = [weight.copy() for weight in network.weights]
    x, rate = np.linspace(0, 1, 6), np.array([0.1, 0.2, 0.3])
    signals, gates, output = network.forward(x)
    errors = network.errors(gates, output, 1)
    network.learn(x, 1, rate)
    for old, new, layer_rate, signal, error in zip(before, network.weights, rate, signals, errors, strict=True):
        np.testing.assert_allclose(new, old + layer_rate * np.outer(signal, error), rtol=1e-12, atol=1e-15)


def test_software_starts_from_the_weights_of_the_devices():
    prepared = prepare(run_of())
    network = initial_network(prepared, quantised=False)
    pairs = start_conductance(prepared.run, prepared.circuit, prepared.setting).values()
    for weight, gain, (G_plus, G_minus) in zip(network.weights, prepared.calibration.read_gain, pairs, strict=True):
        np.testing.assert_allclose(weight, gain * (G_plus - G_minus) / (5e-6 - 0.1e-6), rtol=1e-12)


def test_signals_and_errors_are_whole_slots():
    network = random_network("hard-sigmoid", n_slots=4)
    signals, gates, output = network.forward(np.random.default_rng(0).random((50, 6)))
    for signal in signals:
        np.testing.assert_array_equal(signal, np.round(4 * signal) / 4)
    error = network.errors([gate[0] for gate in gates], output[0], 2, [np.zeros(5), np.zeros(4), np.zeros(3)])[-1]
    np.testing.assert_array_equal(error, np.round(4 * error) / 4)


@pytest.mark.whole
@pytest.mark.parametrize("layers", [(64, 10), (64, 50, 10), (64, 30, 20, 10)])
def test_digits_are_learned(layers):
    run = run_of(layers, training=Training(epochs=4))
    least = 0.9 if len(layers) > 2 else 0.88
    software, quantised = train_software(run), train_software(run, quantised=True)
    assert len(software.accuracy) == 4 and [weight.shape for weight in software.weights] == [
        (n_in + 1, n_out) for n_in, n_out in zip(layers, layers[1:], strict=False)
    ]
    assert software.accuracy[-1] > least and quantised.accuracy[-1] > least


def test_many_slots_lose_nothing():
    run = run_of(training=Training(epochs=1), time=Time(n_slots=4096), data=Data(train=300))
    exact, rounded = train_software(run), train_software(run, quantised=True)
    for a, b in zip(exact.weights, rounded.weights, strict=True):
        assert np.mean(np.abs(a - b)) < 1e-3  # a gate that flips moves some weights by more
    coarse = train_software(run.model_copy(update={"time": Time(n_slots=2)}), quantised=True)
    assert max(np.mean(np.abs(a - b)) for a, b in zip(exact.weights, coarse.weights, strict=True)) > 1e-2


def test_software_does_not_depend_on_the_device():
    run = run_of(training=Training(epochs=1), data=Data(train=200))
    other = Linear(G_min="1 uS", G_max="2 uS", pulses_SET=64, pulses_RESET=3)
    changed = run.model_copy(
        update={"device": other, "read": Read(gain=[3.0, 1.0]), "variation": Variation(dtod_step=0.5)}
    )
    for a, b in zip(train_software(run).weights, train_software(changed).weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-9)


def test_data_must_fit():
    data = Dataset.from_arrays(np.zeros((4, 3)), [0, 1, 0, 1])
    with pytest.raises(DataError, match="3 features"):
        train_software(run_of(), data)
    assert train_software(run_of((3, 2)), data).accuracy == []


def clipped(value):
    return np.minimum(np.maximum(value, 0), 1)


@pytest.mark.parametrize("decay", ["auto", 0.5])
def test_software_learns_as_the_textbook_does_from_the_samples_in_the_order_of_the_hardware(decay):
    """Loops over frames, with weights, rates, decay and order by hand: per-sample gradient descent and nothing else."""
    data = divided(40, 4, 6)
    run = run_of((6, 5, 2), training=Training(epochs=3, decay=decay), network={"activation": "hard-sigmoid"})
    prepared = prepare(run, data)
    W, V = (
        gain * (G_plus - G_minus) / (5e-6 - 0.1e-6)
        for gain, (G_plus, G_minus) in zip(prepared.calibration.read_gain, prepared.start.values(), strict=True)
    )
    x = np.c_[data.x_train, np.ones(40)]
    h = np.c_[clipped(x @ W + 0.5), np.ones(40)]
    rates = 0.4 / np.mean([row @ row for row in x]), 0.1 / np.mean([row @ row for row in h])
    columns = prepared.plan.columns(0, prepared.plan.n_frames)
    factors = {1: 1.0, 2: np.sqrt(0.2), 3: 0.2} if decay == "auto" else {1: 1.0, 2: 0.5, 3: 0.25}
    for sample, learn, epoch in zip(columns["sample"], columns["learn"], columns["epoch"], strict=True):
        if not learn:
            continue
        lines = np.append(data.x_train[sample], 1.0)
        seen = lines @ W + 0.5
        hidden = np.append(clipped(seen), 1.0)
        error = np.eye(2)[data.y_train[sample]] - clipped(hidden @ V + 0.5)
        back = np.where((seen > 0) & (seen < 1), V[:-1] @ error, 0.0)
        V = V + rates[1] * factors[epoch] * np.outer(hidden, error)
        W = W + rates[0] * factors[epoch] * np.outer(lines, back)
    for found, wanted in zip(train_software(run, data).weights, (W, V), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)


def test_hidden_errors_that_travel_on_are_rounded_by_their_own_scale_and_phase():
    """An error of a middle population becomes floor(n_slots scale |error| + phase) slots, at most n_slots."""
    n_slots, scale = 8, np.array([3.0, 1.7, 1.0])
    network = SoftwareNetwork(random_network("hard-sigmoid").weights, "hard-sigmoid", n_slots, scale)
    rng = np.random.default_rng(2)
    rounded = set()
    for label in (0, 1, 2):
        gates = [np.ones(5, bool), np.ones(4, bool)]
        phases = [rng.random(size) for size in (5, 4, 3)]
        first, second, output = network.errors(gates, rng.normal(0, 0.3, 3), label, phases)
        W2, W3 = network.weights[1][:-1], network.weights[2][:-1]
        np.testing.assert_allclose(second, W3 @ output, rtol=1e-12)
        slots = [min(int(n_slots * 1.7 * abs(e) + phase), n_slots) for e, phase in zip(second, phases[1], strict=True)]
        sent = np.array(slots) * np.sign(second) / (n_slots * 1.7)
        np.testing.assert_allclose(first, W2 @ sent, rtol=1e-12)
        rounded |= {slot - round(n_slots * 1.7 * abs(e)) for slot, e in zip(slots, second, strict=True)}
    assert len(rounded) > 1  # phases round up as well as down
