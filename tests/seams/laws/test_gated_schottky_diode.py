"""The gated Schottky diode is its power law."""

from __future__ import annotations

import numpy as np
from typical_laws import PULSES, RANGE, g

from pulsenet import GatedSchottkyDiode


def test_gated_schottky_diode_is_its_power_law():
    device = GatedSchottkyDiode(G_min="1 nS", G_max="10 nS", pulses_SET=64, k_SET=1.2, pulses_RESET=40, k_RESET=0.8)
    n = np.arange(65)
    n0 = 64 / (10 ** (1 / 1.2) - 1)
    np.testing.assert_allclose(device.evaluate("SET_level", n=n), 1e-9 * (1 + n / n0) ** 1.2, rtol=1e-12)
    n, n0 = np.arange(41), 40 / (10 ** (1 / 0.8) - 1)
    np.testing.assert_allclose(device.evaluate("RESET_level", n=n), 10e-9 * (1 + n / n0) ** -0.8, rtol=1e-12)
    leaky = GatedSchottkyDiode(
        G_min=0, G_max="9 nS", pulses_SET=64, k_SET=1.2, n0_SET=20, pulses_RESET=40, k_RESET=1, n0_RESET=9
    )
    np.testing.assert_allclose(
        g(leaky, "SET_level", n=n), ((1 + n / 20) ** 1.2 - 1) / ((1 + 64 / 20) ** 1.2 - 1), atol=1e-12
    )


def test_gated_schottky_diode_is_linear_for_k_1():
    device = GatedSchottkyDiode(**RANGE, **PULSES, k_SET=1, k_RESET=1)
    np.testing.assert_allclose(g(device, "SET_level", n=np.arange(65)), np.arange(65) / 64, atol=1e-12)
