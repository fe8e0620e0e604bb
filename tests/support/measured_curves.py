"""Curves as measured, of devices that are known."""

import numpy as np

from pulsenet.fitting import Curves
from pulsenet.seams.laws import LAWS

RANGE = {"G_min": 0.5e-6, "G_max": 5e-6, "pulses_SET": 64.0, "pulses_RESET": 70.0}
#: A typical device of each law; other laws are tried with the device that comes nearest to the exponential one.
TYPICAL = {
    "linear": {},
    "exponential": {"beta_SET": 3.0, "beta_RESET": 2.0},
    "neurosim": {"A_SET": 40.0, "A_RESET": 35.0},
    "soft-bounds-power": {"slope_SET": 0.7, "power_SET": 2.0, "slope_RESET": 0.75, "power_RESET": 1.5},
    "exponential-step": {"a_SET": 10.0, "c_SET": 4.0, "a_RESET": 8.0, "c_RESET": 5.0},
    "soft-bounds": {"slope_SET": 0.8, "slope_RESET": 0.75},
    "sigmoidal": {"steepness_SET": 6.0, "midpoint_SET": 0.4, "steepness_RESET": 7.0, "midpoint_RESET": 0.45},
    "gated-schottky-diode": {"k_SET": 0.6, "k_RESET": 1.0},
}


def name_of(law):
    return law.model_fields["law"].default


def measured(device, noise=0.0, seed=0, pulses=(64, 70), first=0):
    """Curves of one cycle of a device; the noise is a fraction of the range."""
    n = [np.arange(first, count + 1.0) for count in pulses]
    G = [device.evaluate(f"{kind}_level", n=own) for kind, own in zip(("SET", "RESET"), n, strict=True)]
    G = np.clip(np.concatenate(G), device.G_min, device.G_max)
    G += noise * (device.G_max - device.G_min) * np.random.default_rng(seed).standard_normal(len(G))
    zero = np.zeros(len(G), dtype=int)
    return Curves(zero, zero, np.arange(len(G)) >= len(n[0]), np.concatenate(n), G)


EXPONENTIAL = next(law for law in LAWS if name_of(law) == "exponential")(**RANGE, **TYPICAL["exponential"])
