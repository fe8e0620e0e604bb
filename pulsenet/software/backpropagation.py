"""Training in software: what a run loses to its pulses and devices is measured against these.

Two networks of floating-point weights learn from the same samples in the same order, from the same initial weights and
with the same activations as a `Run`:

- *software*: per-sample back-propagation, nothing rounded. What is missing to 100 % is the network's own.
- *quantised*: inputs, hidden outputs and errors are rounded to whole slots of a phase as the hardware rounds them. What
  this loses is lost to the pulse code; what the run loses on top is lost to its devices.

Errors are the hardware's: target minus output at the output, whether the hard sigmoid there is saturated or not, and
the error read back through the weights, times the gate bit, at hidden neurons. This is the exact gradient of `loss`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg.blas import dger

from pulsenet.data.dataset import Dataset
from pulsenet.describe.run import Run
from pulsenet.describe.sections import Read
from pulsenet.describe.variation import Variation
from pulsenet.training.calibrate import SAMPLES, seen_difference, seen_span
from pulsenet.training.plan import dither
from pulsenet.training.prepare import Prepared, prepare

#: Fractions of an error that one sample takes away in the first epoch: of all hidden layers together, and of the output
#: layer. Tuned on the last 5,000 training images of MNIST after 3 epochs of the first 55,000 (784-200-10,
#: clipped-linear, decay "auto", seed 1), out of 0.2, 0.4, 0.8, 1.2, 1.6 (hidden; the last two with 0.1 only) and 0.05,
#: 0.1, 0.2 (output); test data were not looked at. 0.8 gave three errors less than 0.4, but diverges where there are
#: more hidden layers.
LEARNING_RATE = {"hidden": 0.4, "output": 0.1}
#: Samples that are evaluated at a time.
BATCH = 1000


@dataclass(frozen=True)
class SoftwareResult:
    """What training in software came to.

    Attributes
    ----------
    accuracy : list of float
        Share of test samples classified correctly, after each epoch.
    weights : list of float arrays, shape (n_in + 1, n_out)
        Of each layer, after the last epoch; preactivation per unit of input. The last row is of the bias line.
    """

    accuracy: list[float]
    weights: list[np.ndarray]


def train_software(
    run: Run, data: Dataset | None = None, quantised: bool = False, learning_rate: list[float] | None = None
) -> SoftwareResult:
    """Train the network of a run by per-sample back-propagation on floating-point weights.

    Parameters
    ----------
    run : Run
        Its data, layers, activation, epochs, decay, seed and, if quantised, number of slots are used. Of the device
        only how far apart initial weights are, relative to each other.
    data : Dataset, optional
        Samples of your own; left out, what ``run.data`` names.
    quantised : bool
        Round signals to whole slots.
    learning_rate : list of float, per weight layer, optional
        Fraction of an error that one sample takes away (normalised least mean squares) in the first epoch; left out,
        0.4, shared by the hidden layers, and 0.1 for the output layer.

    Returns
    -------
    SoftwareResult

    Raises
    ------
    DataError
        If the data cannot be found, or do not fit the network.

    Notes
    -----
    The hardware's error rule [this project, after 10.1007/s00521-018-3659-y] and plain stochastic gradient descent.

    Examples
    --------
    >>> from pulsenet import Data, Linear, Network, Run, Training
    >>> device = Linear(G_min="0.1 uS", G_max="5 uS", pulses_SET=256, pulses_RESET=256)
    >>> network, data, training = Network(layers=[64, 30, 10]), Data(train=500), Training(epochs=2)
    >>> run = Run(network=network, device=device, data=data, training=training)
    >>> train_software(run).accuracy[-1] > 0.8
    True
    """
    prepared = prepare(ideal(run), data)
    data, plan = prepared.data, prepared.plan
    network = initial_network(prepared, quantised)
    rates = np.array(learning_rate or default_rates(len(network.weights))) / input_power(network, data.train[:SAMPLES])
    accuracy = []
    for epoch in range(1, run.training.epochs + 1):
        first = (epoch - 1) * plan.epoch_frames
        order = plan.columns(first, first + plan.n_train)["sample"]
        phases = _hidden_dither(prepared, first, plan.n_train) if quantised else None
        rate = rates * run.training.error_gain_factor(epoch)
        for position, sample in enumerate(order):
            frame_phases = [phase[position] for phase in phases] if phases else None
            network.learn(data.train[sample], data.y_train[sample], rate, frame_phases)
        if len(data.y_test):
            accuracy.append(float(np.mean(network.predict(data.x_test) == data.y_test)))
    return SoftwareResult(accuracy, network.weights)


def default_rates(n_layers: int) -> list[float]:
    """Learning rates of the layers, unless they are given.

    Examples
    --------
    >>> default_rates(2), default_rates(3)
    ([0.4, 0.1], [0.2, 0.2, 0.1])
    """
    n_hidden = n_layers - 1
    return [LEARNING_RATE["hidden"] / max(1, n_hidden)] * n_hidden + [LEARNING_RATE["output"]]


def ideal(run: Run) -> Run:
    """The run with nominal devices and calibrated gains, from which software starts."""
    return run.model_copy(update={"variation": Variation(), "read": Read(V_read=run.read.V_read)})


def initial_network(prepared: Prepared, quantised: bool) -> SoftwareNetwork:
    """The network with the weights that the devices have before training."""
    run, gains = prepared.run, prepared.calibration.read_gain
    weights = [
        gain * seen_difference(run, *pair) / seen_span(run)
        for gain, pair in zip(gains, prepared.start.values(), strict=True)
    ]
    return SoftwareNetwork(
        weights,
        prepared.run.network.activation,
        prepared.run.time.n_slots if quantised else None,
        prepared.calibration.backward_scale,
    )


def loss(preactivation: np.ndarray, target: int) -> float:
    """The loss whose derivative with respect to the output's preactivation is output minus target.

    With v the preactivation and clip(v + 1/2, 0, 1) the output, it is the sum over output neurons of S(v) - t v, where
    S is the integral of the hard sigmoid. What cross-entropy is to the logistic function, this is to the hard sigmoid.

    Parameters
    ----------
    preactivation : float, shape (n_output,)
    target : int
        The output neuron that should be high.

    Examples
    --------
    >>> round(loss(np.array([0.5, -0.5]), 0), 12)
    0.0
    """
    inside = (np.clip(preactivation, -0.5, 0.5) + 0.5) ** 2 / 2
    beyond = np.maximum(preactivation - 0.5, 0)
    return float(np.sum(inside + beyond) - preactivation[target])


class SoftwareNetwork:
    """A multilayer perceptron in floating point.

    Parameters
    ----------
    weights : list of float arrays, shape (n_in + 1, n_out)
    activation : str
        Of the hidden neurons: ``"clipped-linear"`` or ``"hard-sigmoid"``.
    n_slots : int, optional
        Round signals to so many slots; left out, they are not rounded.
    backward_scale : float, shape (L,), optional
        Slots, in units of ``n_slots``, of a hidden neuron's backward pulse per unit of error.
    """

    def __init__(self, weights, activation: str, n_slots: int | None = None, backward_scale=None):
        self.weights = [np.ascontiguousarray(weight, dtype=float) for weight in weights]
        self.rest = {"clipped-linear": 0.0, "hard-sigmoid": 0.5}[activation]
        self.n_slots, self.backward_scale = n_slots, backward_scale

    def learn(self, x: np.ndarray, label: int, rate: np.ndarray, phases: list[np.ndarray] | None = None) -> None:
        """Learn from one sample.

        Parameters
        ----------
        x : float, shape (n_input,), in [0, 1]
        label : int
        rate : float, shape (L,)
            Change of a weight per unit of input and error.
        phases : list of float arrays in [0, 1), optional
            Of each hidden population, what is added before its error is rounded down.
        """
        signals, gates, output = self.forward(x)
        for weight, signal, error, layer_rate in zip(
            self.weights, signals, self.errors(gates, output, label, phases), rate, strict=True
        ):
            dger(layer_rate, error, signal, a=weight.T, overwrite_a=1)  # adds the outer product in place

    def forward(self, x: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray], np.ndarray]:
        """Signals on the input lines of every layer, gate bits of hidden neurons, and the output's preactivation.

        Parameters
        ----------
        x : float, shape (n_input,) or (samples, n_input)
        """
        signals, gates = [self._lines(x)], []
        for weight in self.weights[:-1]:
            shifted = signals[-1] @ weight + self.rest
            gates.append((shifted > 0) & (shifted < 1))
            signals.append(self._lines(np.clip(shifted, 0, 1)))
        return signals, gates, signals[-1] @ self.weights[-1]

    def errors(self, gates, preactivation: np.ndarray, label: int, phases=None) -> list[np.ndarray]:
        """Error of every population but the input, first hidden one first, for one sample."""
        error = -self._rounded(np.clip(preactivation + 0.5, 0, 1))
        error[label] += 1
        errors = [error]
        for layer in range(len(self.weights) - 1, 0, -1):
            sent = error
            if self.n_slots and layer < len(self.weights) - 1:  # the output's error is in whole slots already
                unit = self.n_slots * self.backward_scale[layer]
                slots = np.clip(np.floor(unit * np.abs(error) + phases[layer]), 0, self.n_slots)
                sent = np.sign(error) * slots / unit
            error = gates[layer - 1] * (self.weights[layer][:-1] @ sent)
            errors.insert(0, error)
        return errors

    def predict(self, x: np.ndarray) -> np.ndarray:
        """The class that each of the samples is put into; x of shape (samples, n_input)."""
        parts = [self.forward(x[first : first + BATCH])[2].argmax(axis=1) for first in range(0, len(x), BATCH)]
        return np.concatenate(parts)

    def _lines(self, value: np.ndarray) -> np.ndarray:
        """Values with the bias line."""
        lines = np.ones((*value.shape[:-1], value.shape[-1] + 1))
        lines[..., :-1] = self._rounded(value)
        return lines

    def _rounded(self, value: np.ndarray) -> np.ndarray:
        return np.floor(self.n_slots * value + 0.5) / self.n_slots if self.n_slots else value


def input_power(network: SoftwareNetwork, x: np.ndarray) -> np.ndarray:
    """Mean squared length of the signals into every layer, at the start."""
    return np.array([np.mean(np.sum(signal**2, axis=1)) for signal in network.forward(x)[0]])


def _hidden_dither(prepared: Prepared, first: int, frames: int) -> list[np.ndarray]:
    """Phases of the hidden populations' oscillators, which the hardware rounds their backward pulses with."""
    drawn = dither(prepared.setting, first, first + frames)
    return [phases[:, :-1] if name != "output" else phases for name, phases in drawn.items()]
