"""What is special to each of the further response laws: its source's formula, its extremes, its labels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulsenet import (
    Exponential,
    ExponentialStep,
    GatedSchottkyDiode,
    Linear,
    NeuroSim,
    Sigmoidal,
    SoftBounds,
    SoftBoundsPower,
    nonlinearity_label,
)  # fmt: skip
from pulsenet.circuit.functions import device_functions
from pulsenet.seams.laws.label import neurosim_curvature
from pulsenet.errors import ConfigError

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
each_example = pytest.mark.parametrize("device", EXAMPLES.values(), ids=EXAMPLES)


def g(device, expression, **variables):
    """A closed form, normalised to the range."""
    return (device.evaluate(expression, **variables) - device.G_min) / (device.G_max - device.G_min)


def function(device, name):
    """A device function with the device's parameters filled in."""
    (found,) = (f for f in device_functions(type(device), with_refresh=True) if f.name == name)
    parameters = device.parameters()
    return lambda *own: found(*own, *(parameters[name] for name in list(found.arguments)[len(own) :]))


# -- NeuroSim's nonlinearity labels ----------------------------------------------------------------------------------

#: Label to pulses/A, from the literature.
LABELS = {0.5: 0.40, 1: 0.80, 1.94: 1.59, 2.4: 2.00, 3: 2.59, 3.68: 3.33, 4.88: 4.99, 5: 5.20, 6: 7.37, 6.76: 9.97}


@pytest.mark.parametrize(("label", "b"), LABELS.items())
def test_nonlinearity_labels_of_the_literature(label, b):
    assert neurosim_curvature(label) == pytest.approx(b, abs=0.02)
    assert neurosim_curvature(-label) == -neurosim_curvature(label)
    device = NeuroSim(**RANGE, **PULSES, A_SET=64 / b, A_RESET=40 / b)
    assert nonlinearity_label(device) == pytest.approx((label, -label), abs=0.02)
    bichler = Exponential(**RANGE, **PULSES, beta_SET=b, beta_RESET=b)  # the mirror image: same label
    assert nonlinearity_label(bichler) == pytest.approx((label, -label), abs=0.02)


#: Labels of NeuroSim's device table, potentiation and depression.
TABLE = [
    (2.4, -4.88),
    (3.68, -6.76),
    (1.94, -0.61),
    (0.105, 2.4),
    (1.85, -1.79),
    (0.04, -0.63),
    (0.5, -0.5),
    (1.75, 1.46),
    (0, 0),
]


@pytest.mark.parametrize(("SET", "RESET"), TABLE)
def test_a_device_from_labels_has_these_labels(SET, RESET):
    device = NeuroSim.from_labels("1 nS", "1 uS", pulses_SET=97, SET=SET, pulses_RESET=50, RESET=RESET)
    assert nonlinearity_label(device) == pytest.approx((SET, RESET), abs=1e-6)


def test_a_negative_RESET_label_has_the_large_steps_first():
    device = NeuroSim.from_labels("1 nS", "1 uS", pulses_SET=97, SET=2.4, pulses_RESET=97, RESET=-4.88)
    assert device.evaluate("RESET", G=device.G_max) > 100 * device.evaluate("RESET", G=device.G_min)
    mirrored = NeuroSim.from_labels("1 nS", "1 uS", pulses_SET=97, SET=2.4, pulses_RESET=97, RESET=2.4)
    n = np.arange(98)
    np.testing.assert_allclose(
        mirrored.evaluate("RESET_level", n=n), mirrored.evaluate("SET_level", n=97 - n), rtol=1e-9
    )


def test_normalised_A_of_NeuroSims_own_table():
    """Values of getParamA in its formula.cpp; its labels are in steps of 0.01, and its 0.0990 is rounded."""
    for label, A in {0.01: 126.268958, 0.1: 12.625807, 1: 1.251653}.items():
        assert 1 / neurosim_curvature(label) == pytest.approx(A, rel=1e-4)


def test_labels_of_straight_and_sigmoidal_curves():
    assert nonlinearity_label(EXAMPLES["linear"]) == pytest.approx((0, 0), abs=1e-9)
    early, late = (
        Sigmoidal(**RANGE, **PULSES, steepness_SET=10, midpoint_SET=m, steepness_RESET=0) for m in (0.3, 0.7)
    )
    assert (
        nonlinearity_label(early)[0] == pytest.approx(-nonlinearity_label(late)[0]) and nonlinearity_label(early)[0] > 1
    )


def test_a_label_without_a_curve_is_refused():
    for label in (9, -9, float("nan")):
        with pytest.raises(ValueError, match="labels go from -8 to 8"):
            neurosim_curvature(label)


# -- each law against its source -------------------------------------------------------------------------------------


@pytest.mark.parametrize("A", [12.0, -20.0])
def test_neurosim_pulses_as_its_code_makes_them(A):
    """Find the pulse position on the curve, go one further, look the conductance up."""
    device = NeuroSim(**RANGE, **PULSES, A_SET=A, A_RESET=A)
    B = SPAN / (1 - np.exp(-64 / A))
    G = device.G_min + SPAN * np.linspace(0.02, 0.9, 20)
    position = -A * np.log(1 - (G - device.G_min) / B)
    wanted = B * (1 - np.exp(-(position + 1) / A)) + device.G_min
    np.testing.assert_allclose(function(device, "pulsed")(1.0, G), np.minimum(wanted, device.G_max), rtol=1e-12)


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
    up = preset["dw_min"] * (1 + preset["up_down"]) * (1 - preset["A_up"] * np.exp(preset["gamma_up"] * z))
    down = preset["dw_min"] * (1 - preset["up_down"]) * (1 - preset["A_down"] * np.exp(-preset["gamma_down"] * z))
    G = RANGE["G_min"] + SPAN * (w - w_min) / (w_max - w_min)
    # one pulse is the integral over one pulse, so it differs by the change of the step within it
    np.testing.assert_allclose(device.evaluate("SET", G=G) / SPAN * (w_max - w_min), up, rtol=0.02)
    np.testing.assert_allclose(device.evaluate("RESET", G=G) / SPAN * (w_max - w_min), down, rtol=0.02)


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


def test_sigmoidal_is_a_stretched_logistic_function():
    device = EXAMPLES["sigmoidal"]

    def logistic(share, steepness, midpoint):
        values = 1 / (1 + np.exp(-steepness * (np.r_[0, 1, share] - midpoint)))
        return (values[2:] - values[0]) / (values[1] - values[0])

    n = np.arange(41)
    np.testing.assert_allclose(g(device, "SET_level", n=n), logistic(n / 64, 8, 0.5), atol=1e-12)
    np.testing.assert_allclose(g(device, "RESET_level", n=n), 1 - logistic(n / 40, 12, 0.3), atol=1e-12)


# -- one direction abrupt --------------------------------------------------------------------------------------------


@each_example
def test_abrupt_RESET_leaves_the_SET_gradual(device):
    abrupt = type(device)(**(device.model_dump() | {"pulses_RESET": 1}))
    G = device.G_min + SPAN * np.linspace(0, 1, 50)
    np.testing.assert_allclose(function(abrupt, "pulsed")(-1.0, G), device.G_min, rtol=1e-9)
    np.testing.assert_array_equal(function(abrupt, "pulsed")(1.0, G), function(device, "pulsed")(1.0, G))
    np.testing.assert_array_equal(function(abrupt, "RESET_pulses")(1.0, G[1:]), 1)
    np.testing.assert_array_equal(function(abrupt, "RESET_pulses")(1.0, G[0]), 0)


@each_example
def test_abrupt_SET_leaves_the_RESET_gradual(device):
    abrupt = type(device)(**(device.model_dump() | {"pulses_SET": 1}))
    G = device.G_min + SPAN * np.linspace(0, 1, 50)
    np.testing.assert_allclose(function(abrupt, "pulsed")(1.0, G), device.G_max, rtol=1e-9)
    np.testing.assert_array_equal(function(abrupt, "pulsed")(-1.0, G), function(device, "pulsed")(-1.0, G))
    written = function(abrupt, "written")(1.0, function(abrupt, "SET_pulses")(1.0, G), G)
    np.testing.assert_allclose(written, np.where(G - G[0] > SPAN / 2, G[-1], G[0]))  # a refresh has only the two ends


def test_an_abrupt_curvature_that_its_pulses_cannot_have_is_refused():
    with pytest.raises(ConfigError, match="pulses_RESET/A_RESET = -12.5 lies from -10 to 20"):
        NeuroSim(**RANGE, pulses_SET=64, A_SET=20, pulses_RESET=1, A_RESET=-0.08)


# -- all the parameters that a law accepts, where one bounds another -------------------------------------------------

COUNTS = st.one_of(st.floats(1, 40), st.integers(1, 2000).map(float), st.just(1.0))
CURVATURE = st.one_of(st.floats(-10, 20), st.sampled_from([-10.0, 20.0, 1e-12, -1e-12]))
SPANS = st.sampled_from([(0.0, 1e-6), (1e-7, 5e-6), (1e-6, 1.1e-6), (1e-9, 1e-4)])


@st.composite
def neurosim(draw):
    P, Q = draw(COUNTS), draw(COUNTS)
    A = [pulses / (draw(CURVATURE) or 1e-12) for pulses in (P, Q)]
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
