"""Any device of any response law: what the tests that hold for all of them draw from, and how they call it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import strategies as st

from pulsenet.circuit.functions import device_functions
from pulsenet.seams.laws import LAWS

G_MIN = st.one_of(st.just(0.0), st.floats(1e-9, 1e-4))
PULSES = st.one_of(st.floats(1, 40), st.integers(1, 4096).map(float))
BETA = st.one_of(st.just(0.0), st.floats(-8, 8), st.floats(1e-9, 1e-3), st.sampled_from([-10.0, 20.0]))
A = st.one_of(st.floats(410, 1e5), st.floats(-1e5, -410))  # nearer to the pulses: test_laws_at_their_limits.py
SLOPE, POWER = st.one_of(st.floats(0, 0.98), st.just(0.0)), st.one_of(st.just(1.0), st.floats(0, 5))
#: Parameters of each law besides the range.
PARAMETERS = {
    "linear": {"pulses_SET": PULSES, "pulses_RESET": PULSES},
    "exponential": {"pulses_SET": PULSES, "pulses_RESET": PULSES, "beta_SET": BETA, "beta_RESET": BETA},
    "neurosim": {"pulses_SET": PULSES, "pulses_RESET": PULSES, "A_SET": A, "A_RESET": A},
    "soft-bounds": {"pulses_SET": PULSES, "pulses_RESET": PULSES, "slope_SET": SLOPE, "slope_RESET": SLOPE},
    "soft-bounds-power": {
        "pulses_SET": PULSES, "pulses_RESET": PULSES, "slope_SET": SLOPE, "slope_RESET": SLOPE,
        "power_SET": POWER, "power_RESET": POWER,
    },
    "exponential-step": {
        "pulses_SET": PULSES, "pulses_RESET": PULSES, "a_SET": st.floats(0, 100), "a_RESET": st.floats(0, 100),
        "c_SET": st.floats(-8, 20), "c_RESET": st.floats(-8, 20),
    },
    "gated-schottky-diode": {
        "pulses_SET": PULSES, "pulses_RESET": PULSES, "k_SET": st.floats(0.5, 2), "k_RESET": st.floats(0.5, 2),
        "n0_SET": st.floats(5, 400), "n0_RESET": st.floats(5, 400),
    },
    "sigmoidal": {
        "pulses_SET": PULSES, "pulses_RESET": PULSES,
        "steepness_SET": st.floats(0, 20), "steepness_RESET": st.floats(0, 10),
        "midpoint_SET": st.floats(0, 0.5), "midpoint_RESET": st.floats(0, 1),
    },
}  # fmt: skip
#: The laws with a closed form; what a table of measured steps must do is in test_jump_table.py.
BY_NAME = {law.model_fields["law"].default: law for law in LAWS if not law.random}
each_law = pytest.mark.parametrize("law", BY_NAME.values(), ids=BY_NAME)


def devices(law):
    """All devices of a law: any parameters, and any range."""
    name = law.model_fields["law"].default

    def make(G_min, ratio, others):
        return law(G_min=G_min, G_max=G_min + ratio * max(G_min, 1e-8), **others)

    return st.builds(make, G_MIN, st.floats(0.1, 1e3), st.fixed_dictionaries(PARAMETERS[name]))


def at(device, fraction):
    """Conductance at a fraction of the range."""
    return min(device.G_min + fraction * (device.G_max - device.G_min), device.G_max)


def function(device, name):
    """A device function with the device's parameters filled in."""
    (found,) = (f for f in device_functions(type(device), with_refresh=True) if f.name == name)
    parameters = device.parameters()

    def call(*own):
        return found(*own, *(parameters[argument] for argument in list(found.arguments)[len(own) :]))

    return call


def tolerance(device, n=1):
    """Rounding of n pulses: a growing step (negative beta) magnifies what came before it."""
    growth = max([1.0, *(np.exp(-getattr(device, name, 0.0)) for name in ("beta_SET", "beta_RESET"))])
    span = device.G_max - device.G_min
    return 1e-9 * span + 2e-16 * n * (growth * span + device.G_max)
