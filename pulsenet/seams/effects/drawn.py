"""Device-to-device spread: what the parameters of each single device are, and which devices are stuck.

Every number depends on the seed, the layer, and the device alone. Bounds that keep a device possible (its step is at least
a hundredth of the nominal one, its range a hundredth of the nominal range) are this project's choice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from pulsenet.seams.laws import ResponseLaw
from pulsenet.circuit.circuit import Circuit
from pulsenet.describe.variation import Variation

#: Keep the draws for different purposes apart.
PROPERTIES, STUCK, NOISE, PAIRS = 10, 11, 12, 13
#: In the order in which they are drawn: leaving one out changes no other.
DRAWN = ("common", "G_min", "G_max", "step_SET", "step_RESET", "nonlinearity_SET", "nonlinearity_RESET")
#: Least step, range and G_min of a device, relative to the nominal ones.
LEAST = 0.01


@dataclass(frozen=True)
class Devices:
    """The devices of one side (G+ or G-) of one weight layer.

    Attributes
    ----------
    law : ResponseLaw
        With arrays of shape (n_in, n_out) in the fields that vary.
    stuck : bool array of shape (n_in, n_out)
        Devices that answer no pulse.
    stuck_at : float array of shape (n_in, n_out), siemens
        Where they stay.
    """

    law: ResponseLaw
    stuck: np.ndarray
    stuck_at: np.ndarray


def devices(
    law: ResponseLaw, variation: Variation, shape: tuple[int, int], seed: int, layer: int, side: int
) -> Devices:
    """Draw the devices of one side of a layer.

    Parameters
    ----------
    law : ResponseLaw
        The nominal device.
    variation : Variation
    shape : (int, int)
        Input lines with bias, neurons.
    seed, layer, side : int
        ``layer`` from 0; ``side`` is 0 for G+ and 1 for G-.

    Examples
    --------
    >>> from pulsenet import Linear
    >>> nominal = Linear(G_min="0 S", G_max="1 uS", pulses_SET=100, pulses_RESET=100)
    >>> drawn = devices(nominal, Variation(dtod_G_max=0.1), (200, 100), seed=1, layer=0, side=0)
    >>> round(float(drawn.law.G_max.std() / nominal.G_max), 3)
    0.098
    """
    deviates = _deviates(variation, shape, (seed, PROPERTIES, layer, side))
    if variation.pair_correlation:
        shared = _deviates(variation, shape, (seed, PAIRS, layer))
        deviates = {
            name: _mixed(variation, variation.pair_correlation, shared[name], deviates[name]) for name in deviates
        }
    varied = law.varied(changes(law, variation, deviates))
    generator = np.random.default_rng(np.random.SeedSequence((seed, STUCK, layer, side)))
    chance, place = generator.random((2, *shape))
    at_min, at_max = variation.stuck_G_min, variation.stuck_G_min + variation.stuck_G_max
    level = np.where(chance < at_min, 0.0, np.where(chance < at_max, 1.0, place))
    return Devices(varied, chance < variation.stuck, varied.G_min + level * (varied.G_max - varied.G_min))


def _deviates(variation: Variation, shape: tuple[int, int], key: tuple[int, ...]) -> dict[str, np.ndarray]:
    """Truncated standard normal deviates of every property."""
    low = ndtr(-variation.truncate)
    uniform = np.random.default_rng(np.random.SeedSequence(key)).random((len(DRAWN), *shape))
    drawn = dict(zip(DRAWN, ndtri(low + uniform * (1 - 2 * low)), strict=True))
    common = drawn.pop("common")
    return {name: _mixed(variation, variation.correlation, common, deviate) for name, deviate in drawn.items()}


def _mixed(variation: Variation, correlation: float, common: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Deviates of the same variance, any two of which with the same common part are correlated so much."""
    mixed = np.sqrt(correlation) * common + np.sqrt(1 - correlation) * own
    return np.clip(mixed, -variation.truncate, variation.truncate)


def changes(law: ResponseLaw, variation: Variation, deviates: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What varies, from standard normal deviates: conductances in siemens, steps as factors, nonlinearities to be added."""
    change = {}

    def factor(name: str, deviation: float) -> np.ndarray:
        grown = deviation * deviates[name]
        return np.maximum(np.exp(grown) if variation.distribution == "log-normal" else 1 + grown, LEAST)

    if variation.dtod_G_min and law.G_min:
        change["G_min"] = law.G_min * factor("G_min", variation.dtod_G_min)
    if variation.dtod_G_max or "G_min" in change:
        G_max = law.G_max * factor("G_max", variation.dtod_G_max)
        change["G_max"] = np.maximum(G_max, change.get("G_min", law.G_min) + LEAST * (law.G_max - law.G_min))
    for kind in ("SET", "RESET"):
        if variation.dtod_step:
            change[f"step_{kind}"] = factor(f"step_{kind}", variation.dtod_step)
        if variation.dtod_nonlinearity and law.nonlinearity:
            change[f"nonlinearity_{kind}"] = variation.dtod_nonlinearity * deviates[f"nonlinearity_{kind}"]
    return change


def per_device(law: ResponseLaw, variation: Variation) -> tuple[str, ...]:
    """Names of the law's parameters that differ from device to device."""
    nominal = {name: np.zeros(1) for name in DRAWN}
    values = law.varied(changes(law, variation, nominal)).parameters()
    return tuple(name for name, value in values.items() if np.ndim(value))


def all_devices(
    law: ResponseLaw, variation: Variation, circuit: Circuit, seed: int
) -> dict[str, tuple[Devices, Devices]]:
    """The devices of every layer by its name: G+ and G-. A fixed reference varies in nothing."""
    kinds = [variation if side in circuit.method.sides else Variation() for side in ("plus", "minus")]
    return {
        name: tuple(devices(law, kind, shape, seed, layer, side) for side, kind in enumerate(kinds))
        for layer, (name, shape) in enumerate(circuit.layers.items())
    }


def device_parameters(drawn: dict[str, tuple[Devices, Devices]], circuit: Circuit) -> dict[str, dict[str, np.ndarray]]:
    """Arrays that the equations call by name, by layer: what each device has for itself."""
    values: dict[str, dict[str, np.ndarray]] = {}
    for name, shape in circuit.layers.items():
        own = values[name] = {}
        for side, device in zip(("plus", "minus"), drawn[name], strict=True):
            parameters = device.law.parameters()
            own |= {f"{key}_{side}": np.broadcast_to(parameters[key], shape) for key in circuit.features.per_device}
            thresholds = circuit.method.parameters(device.law.G_min, device.law.G_max)
            own |= {f"{key}_{side}": np.broadcast_to(thresholds[key], shape) for key in circuit.own_thresholds}
            if circuit.features.stuck:
                own[f"responds_{side}"] = 1.0 - device.stuck
    return values


def noise_parameters(variation: Variation, seed: int, layer: int) -> dict[str, float]:
    """Strength of the noise of programming pulses, and the keys from which a layer's is drawn."""
    keys = np.random.SeedSequence((seed, NOISE, layer)).generate_state(2, np.uint64) >> np.uint64(11)
    strength = {"ctoc_step": variation.ctoc_step, "ctoc_range": variation.ctoc_range}
    return {"noise_key": float(keys[0]), "range_key": float(keys[1]), **strength}
