"""Exponential steps against aihwkit's presets."""

from __future__ import annotations

import numpy as np
import pytest
from typical_laws import RANGE, SPAN

from pulsenet import ConfigError, ExponentialStep

#: aihwkit's presets of Gong 2018 and (without its asymmetry) of ExpStepDevice's defaults.
GONG = {
    "dw_min": 0.00135,
    "up_down": 0.259359,
    "A_up": -1.18445,
    "A_down": -0.081404,
    "gamma_up": 5,
    "gamma_down": 5,
    "a": -0.5,
    "b": -0.5,
}
CMOS = {
    "dw_min": 0.001,
    "A_up": 0.00081,
    "A_down": 0.36833,
    "gamma_up": 12.44625,
    "gamma_down": 12.78785,
    "a": 0.244,
    "b": 0.2425,
}


@pytest.mark.parametrize("preset", [GONG, CMOS | {"w_min": -0.6, "w_max": 0.6}], ids=["Gong", "defaults"])
def test_exponential_steps_as_aihwkit_makes_them(preset):
    preset = {"up_down": 0.0, "w_min": -1.0, "w_max": 1.0} | preset
    device = ExponentialStep.from_aihwkit(RANGE["G_min"], RANGE["G_max"], **preset)
    w_min, w_max = preset["w_min"], preset["w_max"]
    w = np.linspace(w_min, w_max, 21)
    z = 2 * preset["a"] * w / (w_max - w_min) + preset["b"]
    up = preset["dw_min"] * (1 + min(preset["up_down"], 0)) * (1 - preset["A_up"] * np.exp(preset["gamma_up"] * z))
    down = (
        preset["dw_min"] * (1 - max(preset["up_down"], 0)) * (1 - preset["A_down"] * np.exp(-preset["gamma_down"] * z))
    )
    G = RANGE["G_min"] + SPAN * (w - w_min) / (w_max - w_min)
    # one pulse is the integral over one pulse, so it differs by the change of the step within it
    np.testing.assert_allclose(device.evaluate("SET", G=G) / SPAN * (w_max - w_min), up, rtol=0.02)
    np.testing.assert_allclose(device.evaluate("RESET", G=G) / SPAN * (w_max - w_min), down, rtol=0.02)


def test_pulses_are_those_that_aihwkits_code_takes_over_the_range():
    """Counted one by one: up_down makes the step smaller in one direction, and larger in none."""
    device = ExponentialStep.from_aihwkit(RANGE["G_min"], RANGE["G_max"], **GONG)
    w, SET = -1.0, 0
    while w < 1:
        w, SET = w + GONG["dw_min"] * (1 - GONG["A_up"] * np.exp(5 * (-0.5 * w - 0.5))), SET + 1
    w, RESET = 1.0, 0
    while w > -1:
        step = GONG["dw_min"] * (1 - 0.259359) * (1 - GONG["A_down"] * np.exp(-5 * (-0.5 * w - 0.5)))
        w, RESET = w - step, RESET + 1
    assert (device.pulses_SET, device.pulses_RESET) == pytest.approx((SET, RESET), rel=0.005)


@pytest.mark.parametrize("change", [{"A_up": 200.0}, {"up_down": -1.0}, {"A_down": 20.0}, {"dw_min": 0.0}])
def test_a_step_that_vanishes_within_the_range_is_refused_in_one_line(change):
    with pytest.raises(ConfigError, match="from_aihwkit: (SET|RESET) would make") as refusal:
        ExponentialStep.from_aihwkit(RANGE["G_min"], RANGE["G_max"], **GONG | change)
    assert "\n" not in str(refusal.value)
