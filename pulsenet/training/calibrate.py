"""Read gain and error gain from a few training samples, so that preactivations and steps have the size they should.

The rules here are this project's choice: the paper's own calibration is not known to us.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pulsenet.describe.run import Run
from pulsenet.records import Conductances
from pulsenet.seams.setting import Setting

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


def calibrate(run: Run, setting: Setting, conductance: Conductances, x: np.ndarray) -> Calibration:
    """Derive the gains that a run leaves at "auto".

    Parameters
    ----------
    run : Run
    setting : Setting
    conductance : dict of (G_plus, G_minus)
        At the start, siemens.
    x : float, shape (samples, n_input)
        Training inputs in [0, 1].
    """
    weights = {name: full_range_weights(run, *pair) for name, pair in conductance.items()}
    read_gain, input_power = np.empty(len(weights)), np.empty(len(weights))
    signal = np.c_[x, np.ones(len(x))]
    for layer, weight in enumerate(weights.values()):
        is_output = layer == len(weights) - 1
        input_power[layer] = np.mean(np.sum(signal**2, axis=1))
        weighted = signal @ weight
        spread = PREACTIVATION_SPREAD["output" if is_output else "hidden"]
        given = run.read.gain
        read_gain[layer] = given[layer] if given != "auto" else spread / max(float(weighted.std()), 1e-12)
        rest = 0.5 if run.network.activation == "hard-sigmoid" else 0.0
        signal = np.c_[np.clip(read_gain[layer] * weighted + rest, 0, 1), np.ones(len(x))]
    error_gain = _error_gain(run, conductance, read_gain, input_power)
    return Calibration(read_gain, error_gain, _backward_scale(run, setting, weights, read_gain))


def full_range_weights(run: Run, G_plus: np.ndarray, G_minus: np.ndarray) -> np.ndarray:
    """Weights of device pairs as they are read; 1 is a pair of one device at ``G_max`` and one at ``G_min``."""
    return seen_difference(run, G_plus, G_minus) / seen_span(run)


def seen_difference(run: Run, G_plus: np.ndarray, G_minus: np.ndarray) -> np.ndarray:
    """G+ - G- of device pairs as a reading sees it, in siemens."""
    seen_plus, seen_minus = (run.reading.conductance(G, run.read.V_read) for G in (G_plus, G_minus))
    return seen_plus - seen_minus


def seen_span(run: Run) -> float:
    """The conductance range as a reading sees it, in siemens."""
    G_min, G_max = (run.reading.conductance(G, run.read.V_read) for G in (run.device.G_min, run.device.G_max))
    return G_max - G_min


def charge_units(run: Run, read_gain: np.ndarray) -> np.ndarray:
    """Charge at which the integrators of each layer stand at a preactivation of 1, in coulomb."""
    return run.read.V_read * run.time.slot * run.time.n_slots * seen_span(run) / read_gain


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


def _backward_scale(run: Run, setting: Setting, weights: dict[str, np.ndarray], read_gain: np.ndarray) -> np.ndarray:
    """Stretch hidden errors so that their backward pulses use the phase: half an expected error fills it."""
    scale, error = np.ones(len(read_gain)), 1.0
    of_rule, span = run.rule.pair_values(setting), seen_span(run)
    for layer in range(len(read_gain) - 1, 0, -1):
        name = list(weights)[layer]
        read = of_rule[name][run.rule.resistors] / span if run.rule.resistors else weights[name]
        weight = read[:-1]  # no error goes back to the bias line
        error *= read_gain[layer] * np.sqrt(np.mean(np.sum(weight**2, axis=1)))
        scale[layer - 1] = 2 / max(error, 1e-12)
    return scale
