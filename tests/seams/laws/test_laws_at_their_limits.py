"""The further response laws at their limits: abrupt pulses, all parameters that they accept, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from functions import function
from hypothesis import given
from hypothesis import strategies as st
from typical_laws import EXAMPLES, PULSES, RANGE, SPAN

from pulsenet import ExponentialStep, GatedSchottkyDiode, NeuroSim, Sigmoidal, SoftBounds, SoftBoundsPower
from pulsenet.errors import ConfigError

each_example = pytest.mark.parametrize("device", EXAMPLES.values(), ids=EXAMPLES)


# -- one direction abrupt --------------------------------------------------------------------------------------------


@each_example
def test_abrupt_RESET_leaves_the_SET_gradual(device):
    abrupt = type(device)(**(device.model_dump() | {"pulses_RESET": 1}))
    G = device.G_min + SPAN * np.linspace(0, 1, 50)
    np.testing.assert_allclose(function(abrupt, "pulsed")(-1.0, G), device.G_min, rtol=1e-9)
    np.testing.assert_array_equal(function(abrupt, "pulsed")(1.0, G), function(device, "pulsed")(1.0, G))
    np.testing.assert_array_equal(function(abrupt, "erasing_pulses")(1.0, 0.0, G[1:]), 1)
    np.testing.assert_array_equal(function(abrupt, "erasing_pulses")(1.0, 0.0, G[0]), 0)


@each_example
def test_abrupt_SET_leaves_the_RESET_gradual(device):
    abrupt = type(device)(**(device.model_dump() | {"pulses_SET": 1}))
    G = device.G_min + SPAN * np.linspace(0, 1, 50)
    np.testing.assert_allclose(function(abrupt, "pulsed")(1.0, G), device.G_max, rtol=1e-9)
    np.testing.assert_array_equal(function(abrupt, "pulsed")(-1.0, G), function(device, "pulsed")(-1.0, G))
    written = function(abrupt, "written")(1.0, function(abrupt, "SET_pulses")(1.0, G), 0.0, G)
    np.testing.assert_allclose(written, np.where(G - G[0] > SPAN / 2, G[-1], G[0]))  # a refresh has only the two ends


# -- all the parameters that a law accepts, where one bounds another -------------------------------------------------


COUNTS = st.one_of(st.floats(1, 40), st.integers(1, 2000).map(float), st.just(1.0))
CURVATURE = st.one_of(st.floats(-10, 20), st.sampled_from([-10.0, 20.0, 1e-12, -1e-12])).filter(
    lambda curvature: abs(curvature) > 1e-300  # else A, its inverse, would not be finite
)
SPANS = st.sampled_from([(0.0, 1e-6), (1e-7, 5e-6), (1e-6, 1.1e-6), (1e-9, 1e-4)])


@st.composite
def neurosim(draw):
    P, Q = draw(COUNTS), draw(COUNTS)
    A = [pulses / draw(CURVATURE) for pulses in (P, Q)]
    low, high = draw(SPANS)
    return NeuroSim(G_min=low, G_max=high, pulses_SET=P, A_SET=A[0], pulses_RESET=Q, A_RESET=A[1])


@st.composite
def soft_bounds(draw):
    slope = st.one_of(st.floats(0, 1 - 2e-9), st.sampled_from([0.0, 1e-12, 1 - 2e-9]))
    low, high = draw(SPANS)
    return SoftBounds(
        G_min=low,
        G_max=high,
        pulses_SET=draw(COUNTS),
        slope_SET=draw(slope),
        pulses_RESET=draw(COUNTS),
        slope_RESET=draw(slope),
    )


@st.composite
def soft_bounds_power(draw):
    values = {}
    for kind in ("SET", "RESET"):
        power = draw(st.one_of(st.floats(0, 10), st.sampled_from([0.0, 1 - 1e-12, 1.0, 1 + 1e-7, 10.0])))
        most = -np.expm1(-min(19.999 / max(power, 1e-3), 20))
        slope = draw(st.one_of(st.floats(0, most), st.just(most)))
        values |= {f"pulses_{kind}": draw(COUNTS), f"power_{kind}": power, f"slope_{kind}": slope}
    low, high = draw(SPANS)
    return SoftBoundsPower(G_min=low, G_max=high, **values)


@st.composite
def exponential_step(draw):
    values = {}
    for kind in ("SET", "RESET"):
        c = draw(st.one_of(st.floats(-10, 20), st.sampled_from([-10.0, 0.0, 1e-300, 20.0])))
        least = max(-0.999, -0.999 * np.exp(c))
        most = 1e9 if c >= 0 else 1e4
        a = draw(st.one_of(st.floats(least, 0), st.floats(0, most), st.just(most)))
        values |= {f"pulses_{kind}": draw(COUNTS), f"a_{kind}": a, f"c_{kind}": c}
    low, high = draw(SPANS)
    return ExponentialStep(G_min=low, G_max=high, **values)


@st.composite
def gated_schottky_diode(draw):
    values, (low, high) = {}, draw(SPANS)
    for kind in ("SET", "RESET"):
        k, pulses = draw(st.floats(0.1, 10)), draw(COUNTS)
        growth = draw(st.one_of(st.floats(np.log(1.001), np.log(1e6)), st.just(np.log(1e6))))
        if low == 0 or draw(st.booleans()):
            values[f"n0_{kind}"] = pulses / np.expm1(growth / k) if growth / k < 600 else pulses * 1e-200
        values |= {f"pulses_{kind}": pulses, f"k_{kind}": k}
    return GatedSchottkyDiode(G_min=low, G_max=high, **values)


@st.composite
def sigmoidal(draw):
    values = {}
    for kind in ("SET", "RESET"):
        steepness = draw(st.one_of(st.floats(0, 20), st.sampled_from([0.0, 1e-12, 20.0])))
        midpoint = draw(st.floats(0, min(1, 10 / max(steepness, 1e-3))))
        values |= {f"pulses_{kind}": draw(COUNTS), f"steepness_{kind}": steepness, f"midpoint_{kind}": midpoint}
    low, high = draw(SPANS)
    return Sigmoidal(G_min=low, G_max=high, **values)


STRATEGIES = [neurosim, soft_bounds, soft_bounds_power, exponential_step, gated_schottky_diode, sigmoidal]
each_law = pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda strategy: strategy.__name__)


@each_law
@given(data=st.data())
def test_every_value_is_finite_and_the_ends_are_exact(strategy, data):
    device = data.draw(strategy())
    low, high, span = device.G_min, device.G_max, device.G_max - device.G_min
    G = np.clip(low + span * np.r_[0, 1, 1e-12, 1 - 1e-12, np.linspace(0, 1, 30)], low, high)
    for kind, pulses in (("SET", device.pulses_SET), ("RESET", device.pulses_RESET)):
        step, count = device.evaluate(kind, G=G), device.evaluate(f"{kind}_count", G=G)
        assert np.all(np.isfinite(step)) and np.all(step > 0) and np.all(np.isfinite(count))
        assert count[:2] == pytest.approx((0, pulses), rel=1e-9, abs=1e-9 * pulses)
        level = device.evaluate(f"{kind}_level", n=np.array([0, pulses, 1.5 * pulses + 3]))
        assert np.all(np.isfinite(level))
        wanted = (low, high) if kind == "SET" else (high, low)
        assert level[:2] == pytest.approx(wanted, rel=1e-9, abs=1e-9 * span)


@each_law
@given(data=st.data())
def test_pulses_stay_on_the_closed_form_at_the_extremes(strategy, data):
    device = data.draw(strategy())
    pulsed, span = function(device, "pulsed"), device.G_max - device.G_min
    up, down = device.G_min, device.G_max
    n = data.draw(st.integers(1, 120))
    for _ in range(n):
        up, down = pulsed(1.0, up), pulsed(-1.0, down)
    closed = min(device.evaluate("SET_level", n=min(n, device.pulses_SET)), device.G_max)
    assert abs(up - closed) <= 1e-9 * span
    closed = max(device.evaluate("RESET_level", n=min(n, device.pulses_RESET)), device.G_min)
    assert abs(down - closed) <= 1e-9 * span


# -- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("law", "values", "message"),
    [
        (NeuroSim, {"A_SET": 0, "A_RESET": 1}, "never 0"),
        (NeuroSim, {"A_SET": 1, "A_RESET": 10}, "pulses_SET/A_SET = 64 lies from -10 to 20"),
        (SoftBounds, {"slope_SET": 1, "slope_RESET": 0}, "slope_SET"),
        (SoftBoundsPower, {"slope_SET": 0.99, "power_SET": 9, "slope_RESET": 0, "power_RESET": 1}, "at least 2e-9"),
        (ExponentialStep, {"a_SET": -0.5, "c_SET": -3, "a_RESET": 0, "c_RESET": 0}, "would vanish within the range"),
        (GatedSchottkyDiode, {"G_min": 0, "k_SET": 1, "k_RESET": 1}, "G_min > 0"),
        (GatedSchottkyDiode, {"k_SET": 2, "n0_SET": 0.01, "k_RESET": 1}, "lies from 1.001 to 1e6"),
        (Sigmoidal, {"steepness_SET": 20, "midpoint_SET": 0.8, "steepness_RESET": 1}, "product is at most 10"),
    ],
)
def test_parameters_without_a_sound_curve_are_refused(law, values, message):
    with pytest.raises(ConfigError, match=message):
        law(**(RANGE | PULSES | values))
