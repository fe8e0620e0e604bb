"""NeuroSim's law against its code."""

from __future__ import annotations

import numpy as np
import pytest
from functions import function
from typical_laws import PULSES, RANGE, SPAN

from pulsenet import NeuroSim
from pulsenet.errors import ConfigError


@pytest.mark.parametrize("A", [12.0, -20.0])
def test_neurosim_pulses_as_its_code_makes_them(A):
    """Find the pulse position on the curve, go one further, look the conductance up."""
    device = NeuroSim(**RANGE, **PULSES, A_SET=A, A_RESET=A)
    B = SPAN / (1 - np.exp(-64 / A))
    G = device.G_min + SPAN * np.linspace(0.02, 0.9, 20)
    position = -A * np.log(1 - (G - device.G_min) / B)
    wanted = B * (1 - np.exp(-(position + 1) / A)) + device.G_min
    np.testing.assert_allclose(function(device, "pulsed")(1.0, G), np.minimum(wanted, device.G_max), rtol=1e-12)


def test_an_abrupt_curvature_that_its_pulses_cannot_have_is_refused():
    with pytest.raises(ConfigError, match="pulses_RESET/A_RESET = -12.5 lies from -10 to 20"):
        NeuroSim(**RANGE, pulses_SET=64, A_SET=20, pulses_RESET=1, A_RESET=-0.08)
