"""Read gain and error gain from a few training samples, so that preactivations and steps have the size they should.

The rules here are this project's choice: the paper's own calibration is not known to us.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pulsenet.describe.run import Run, finite
from pulsenet.circuit.circuit import Circuit
from pulsenet.records import Conductances
from pulsenet.seams.effects.drawn import all_devices, device_parameters, noise_parameters
from pulsenet.training.costs import frame_seconds

#: Training samples that the calibration looks at.
SAMPLES = 256
#: Standard deviation of the preactivation at the start, for hidden and output neurons.
PREACTIVATION_SPREAD = {"hidden": 0.2, "output": 0.3}
#: Learning rates, for hidden and output layers: the fraction of the error that one frame takes away.
LEARNING_RATE = {"hidden": 0.8, "output": 0.2}


@dataclass(frozen=True)
class Calibration:
    """Gains of every weight layer.

    Attributes
    ----------
    read_gain : float, shape (L,)
        Preactivation per full-range weight and full-width input.
    error_gain : float, shape (L,)
        Error pulses per unit of error in the first epoch.
    backward_scale : float, shape (L,)
        Slots, in units of ``n_slots``, of a backward pulse per unit of error; 1 for the output layer.
    """

    read_gain: np.ndarray
    error_gain: np.ndarray
    backward_scale: np.ndarray


def calibrate(run: Run, conductance: Conductances, x: np.ndarray) -> Calibration:
    """Derive the gains that a run leaves at "auto".

    Parameters
    ----------
    run : Run
    conductance : dict of (G_plus, G_minus)
        At the start, siemens.
    x : float, shape (samples, n_input)
        Training inputs in [0, 1].
    """
    n_layers = len(conductance)
    read_gain, input_power = np.empty(n_layers), np.empty(n_layers)
    signal = np.c_[x, np.ones(len(x))]
    for layer, (G_plus, G_minus) in enumerate(conductance.values()):
        is_output = layer == n_layers - 1
        input_power[layer] = np.mean(np.sum(signal**2, axis=1))
        weighted = signal @ ((G_plus - G_minus) / (run.device.G_max - run.device.G_min))
        spread = PREACTIVATION_SPREAD["output" if is_output else "hidden"]
        given = run.read.gain
        read_gain[layer] = given[layer] if given != "auto" else spread / max(float(weighted.std()), 1e-12)
        rest = 0.5 if run.network.activation == "hard-sigmoid" else 0.0
        signal = np.c_[np.clip(read_gain[layer] * weighted + rest, 0, 1), np.ones(len(x))]
    error_gain = _error_gain(run, conductance, read_gain, input_power)
    return Calibration(read_gain, error_gain, _backward_scale(run, conductance, read_gain))


def _error_gain(run: Run, conductance: Conductances, read_gain: np.ndarray, input_power: np.ndarray) -> np.ndarray:
    """Error pulses per unit of error such that one frame takes the wanted fraction of the error away."""
    if run.training.error_gain != "auto":
        return np.array(run.training.error_gain)
    rates = [LEARNING_RATE["hidden"]] * (len(read_gain) - 1) + [LEARNING_RATE["output"]]
    rates = np.array(run.training.learning_rate or rates)
    start = np.concatenate([G.ravel() for pair in conductance.values() for G in pair[: len(run.update.sides)]])
    larger = np.max([run.device.evaluate(kind, G=start) for kind in run.update.kinds], axis=0)  # what would overshoot
    step = np.mean(larger) / (run.device.G_max - run.device.G_min)
    return rates / input_power / (read_gain * step * run.update.pulses_per_update)


def _backward_scale(run: Run, conductance: Conductances, read_gain: np.ndarray) -> np.ndarray:
    """Stretch hidden errors so that their backward pulses use the phase: half an expected error fills it."""
    scale, error = np.ones(len(read_gain)), 1.0
    span = run.device.G_max - run.device.G_min
    for layer in range(len(read_gain) - 1, 0, -1):
        name, (G_plus, G_minus) = list(conductance.items())[layer]
        read = run.rule.pair_values(run)[name]["feedback"] if run.rule.backward == "feedback" else G_plus - G_minus
        weight = read[:-1] / span  # no error goes back to the bias line
        error *= read_gain[layer] * np.sqrt(np.mean(np.sum(weight**2, axis=1)))
        scale[layer - 1] = 2 / max(error, 1e-12)
    return scale


def parameters(run: Run, calibration: Calibration) -> dict[str, dict[str, float | np.ndarray]]:
    """Values in SI units of all that a circuit leaves open, by object and variable.

    The read gain becomes a charge here: the one at which an integrator stands at a preactivation of 1.
    """
    circuit, device = run.circuit(), run.device
    full_charge = run.read.V_read * run.time.slot * run.time.n_slots * (device.G_max - device.G_min)
    charge_unit = full_charge / calibration.read_gain
    shared = {"V_read": run.read.V_read, "slot": run.time.slot, **finite(device.parameters())}
    shared |= {} if circuit.own_thresholds else run.update.parameters(device.G_min, device.G_max)
    of_rule = run.rule.pair_values(run)
    values = {name: shared | extra | of_rule.get(name, {}) for name, extra in _variation(run, circuit).items()}
    of_neurons = run.rule.neuron_values(run, calibration)
    for layer, name in enumerate(circuit.population_names[1:]):
        values[name] = {"charge_unit": charge_unit[layer], **of_neurons.get(name, {})}
        if circuit.features.read_noise:
            values[name]["read_noise"] = run.variation.read_noise
        if name != "output":
            values[name]["backward_charge_unit"] = charge_unit[layer + 1] * calibration.backward_scale[layer + 1]
            if layer >= 1:
                values[name]["backward_scale"] = calibration.backward_scale[layer]
    return values


def _variation(run: Run, circuit: Circuit) -> dict[str, dict[str, float | np.ndarray]]:
    """What variation adds to the parameters of each layer."""
    features, variation = circuit.features, run.variation
    values: dict[str, dict[str, float | np.ndarray]] = {name: {} for name in circuit.layers}
    if features.per_device or features.stuck:
        values = device_parameters(all_devices(run.device, variation, circuit, run.seed), circuit)
    for layer, extra in enumerate(values.values()):
        if circuit.noisy_pulses:
            extra |= noise_parameters(variation, run.seed, layer)
        if features.drift:
            extra["drift_exponent"], extra["drift_onset"] = variation.drift_exponent, variation.drift_onset
            extra["drift_period"] = variation.drift_every * frame_seconds(run)
    return values
