"""Soft bounds with a power: steps by their law, and the bound that they reach."""

from __future__ import annotations

import numpy as np
import pytest
from functions import function
from typical_laws import RANGE, SPAN

from pulsenet import SoftBoundsPower


@pytest.mark.parametrize("power", [0, 0.3, 0.999999, 1, 1.000001, 2, 5])
def test_soft_bounds_with_a_power_step_by_their_law(power):
    device = SoftBoundsPower(
        **RANGE, pulses_SET=1e6, slope_SET=0.9, power_SET=power, pulses_RESET=1e6, slope_RESET=0.9, power_RESET=power
    )
    share = np.linspace(0, 1, 11)
    SET, RESET = (device.evaluate(kind, G=RANGE["G_min"] + SPAN * share) for kind in ("SET", "RESET"))
    np.testing.assert_allclose(SET / SET[0], (1 - 0.9 * share) ** power, rtol=1e-2)  # the first step is not quite small
    np.testing.assert_allclose(RESET[::-1], SET, rtol=1e-6)


def test_soft_bounds_below_power_1_stop_at_their_bound():
    device = SoftBoundsPower(
        **RANGE, pulses_SET=3, slope_SET=0.9999, power_SET=0.1, pulses_RESET=3, slope_RESET=0, power_RESET=0
    )
    assert function(device, "pulsed")(1.0, device.G_min + 0.99 * SPAN) == device.G_max
