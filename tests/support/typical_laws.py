"""One device of each response law, and short ways to ask it."""

from __future__ import annotations

from pulsenet import (
    Exponential,
    ExponentialStep,
    GatedSchottkyDiode,
    Linear,
    NeuroSim,
    Sigmoidal,
    SoftBounds,
    SoftBoundsPower,
)  # fmt: skip

RANGE = {"G_min": 1e-7, "G_max": 5e-6}
PULSES = {"pulses_SET": 64, "pulses_RESET": 40}
SPAN = RANGE["G_max"] - RANGE["G_min"]
EXAMPLES = {
    "linear": Linear(**RANGE, **PULSES),
    "exponential": Exponential(**RANGE, **PULSES, beta_SET=3, beta_RESET=-2),
    "neurosim": NeuroSim(**RANGE, **PULSES, A_SET=20, A_RESET=-30),
    "soft-bounds": SoftBounds(**RANGE, **PULSES, slope_SET=0.9, slope_RESET=0.5),
    "soft-bounds-power": SoftBoundsPower(
        **RANGE, **PULSES, slope_SET=0.9, power_SET=0.5, slope_RESET=0.8, power_RESET=2.5
    ),
    "exponential-step": ExponentialStep(**RANGE, **PULSES, a_SET=1.2, c_SET=5, a_RESET=-0.5, c_RESET=-0.6),
    "gated-schottky-diode": GatedSchottkyDiode(**RANGE, **PULSES, k_SET=1.1, k_RESET=0.9),
    "sigmoidal": Sigmoidal(**RANGE, **PULSES, steepness_SET=8, steepness_RESET=12, midpoint_RESET=0.3),
}


def g(device, expression, **variables):
    """A closed form, normalised to the range."""
    return (device.evaluate(expression, **variables) - device.G_min) / (device.G_max - device.G_min)
