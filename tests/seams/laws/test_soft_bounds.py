"""Soft bounds against aihwkit, and against the laws whose special case they are."""

from __future__ import annotations

import numpy as np
from functions import function
from typical_laws import PULSES, RANGE, SPAN, g

from pulsenet import NeuroSim, SoftBounds, SoftBoundsPower


def test_soft_bounds_pulses_as_aihwkit_makes_them():
    """w += dw (1 - gamma w/w_max), pulse by pulse, and the slope that the docstring derives from gamma."""
    w_min, w_max, gamma_up, gamma_down, dw = -0.83, 1.17, 0.115, 0.509, 0.002
    slope_SET = gamma_up * (w_max - w_min) / (w_max - gamma_up * w_min)
    slope_RESET = gamma_down * (w_max - w_min) / (gamma_down * w_max - w_min)
    up, down = [w_min], [w_max]
    for _ in range(500):
        up.append(up[-1] + dw * (1 - gamma_up * up[-1] / w_max))
        down.append(down[-1] - dw * (1 - gamma_down * down[-1] / w_min))
    top, bottom = ((np.array([up[-1], down[-1]]) - w_min) / (w_max - w_min)).tolist()
    pulses_SET = 500 * np.log1p(-slope_SET) / np.log1p(-slope_SET * top)
    pulses_RESET = 500 * np.log1p(-slope_RESET) / np.log1p(-slope_RESET * (1 - bottom))
    device = SoftBounds(
        **RANGE, slope_SET=slope_SET, slope_RESET=slope_RESET, pulses_SET=pulses_SET, pulses_RESET=pulses_RESET
    )
    n = np.arange(501)
    np.testing.assert_allclose(g(device, "SET_level", n=n), (np.array(up) - w_min) / (w_max - w_min), atol=1e-9)
    np.testing.assert_allclose(g(device, "RESET_level", n=n), (np.array(down) - w_min) / (w_max - w_min), atol=1e-9)


def test_soft_bounds_are_the_curve_of_neurosim_and_of_power_1():
    soft = SoftBounds(**RANGE, **PULSES, slope_SET=0.9, slope_RESET=0.3)
    neurosim = NeuroSim(**RANGE, **PULSES, A_SET=-64 / np.log1p(-0.9), A_RESET=-40 / np.log1p(-0.3))
    power = SoftBoundsPower(**RANGE, **PULSES, slope_SET=0.9, power_SET=1, slope_RESET=0.3, power_RESET=1)
    G = RANGE["G_min"] + SPAN * np.linspace(0, 1, 21)
    for other in (neurosim, power):
        for drive in (1.0, -1.0):
            moved = function(other, "pulsed")(drive, G) - function(soft, "pulsed")(drive, G)
            assert np.max(np.abs(moved)) < 1e-8 * SPAN
