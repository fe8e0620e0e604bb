"""The jump table: bounds, means, draws, and the same on every engine."""

import numpy as np
import pytest
from cases import Case, small_run
from functions import filled, functions_of
from hypothesis import given
from hypothesis import strategies as st
from same import assert_same

from pulsenet import ConfigError, Run, Unidirectional
from pulsenet.seams.laws import JumpTable

pytestmark = pytest.mark.whole

RANGE = {"G_min": 0.1e-6, "G_max": 5e-6}
SPAN = RANGE["G_max"] - RANGE["G_min"]


def measured(cycles=200, pulses=60, seed=1) -> JumpTable:
    """Saturating curves whose steps scatter by 40 %, measured often."""
    rng = np.random.default_rng(seed)
    curves = {"SET": [], "RESET": []}
    for kind in curves:
        for _ in range(cycles):
            g = np.zeros(pulses)
            for n in range(1, pulses):
                g[n] = np.clip(g[n - 1] + 0.08 * np.exp(-2 * g[n - 1]) * (1 + 0.4 * rng.normal()), 0, 1)
            curves[kind].append(RANGE["G_min"] + SPAN * (g if kind == "SET" else 1 - g))
    return JumpTable.from_curve(**RANGE, **curves)


DEVICE = measured()
tables = st.integers(1, 6).flatmap(
    lambda bins: st.lists(
        st.lists(st.floats(0.001, 0.5), min_size=3, max_size=3).map(sorted), min_size=bins, max_size=bins
    )
)


def call(law, name, **own):
    known = law.parameters() | {"law_key": 5.0, "device": 0.0, "pulse": 0.0} | own
    return filled(functions_of(law)[name], known)()


@given(table=tables, start=st.floats(0, 1), drive=st.sampled_from([-1, 0, 1]), pulse=st.integers(0, 10**9))
def test_a_pulse_stays_in_the_range_and_goes_its_way(table, start, drive, pulse):
    device = JumpTable(**RANGE, SET_jumps=table, RESET_jumps=table)
    G = RANGE["G_min"] + start * SPAN
    after = float(call(device, "pulsed", drive=drive, G=G, pulse=float(pulse)).item())
    assert RANGE["G_min"] <= after <= RANGE["G_max"]
    assert (after - G) * drive >= 0 and (drive or after == G)


@given(table=tables, g=st.floats(0, 1))
def test_the_mean_curve_and_the_count_are_inverse(table, g):
    """The curve has 256 straight pieces: between them it is off by less than one of them."""
    device = JumpTable(**RANGE, SET_jumps=table, RESET_jumps=table)
    G = RANGE["G_min"] + g * SPAN
    n = device.evaluate("SET_count", G=G)
    piece = device.levels() / 256 * max(map(max, table))
    assert abs(device.evaluate("SET_level", n=n) - G) <= (piece + 1e-9) * SPAN
    left, whole = (device.evaluate("RESET_count", G=at) for at in (G, RANGE["G_max"]))
    assert abs(device.evaluate("RESET_level", n=whole - left) - G) <= (piece + 1e-9) * SPAN


def test_pulses_draw_the_measured_steps():
    """At one conductance: mean and spread of the drawn steps are those measured there (the law of the test)."""
    G = RANGE["G_min"] + 0.3 * SPAN
    drawn = (call(DEVICE, "pulsed", drive=1, G=np.full(20000, G), device=np.arange(20000.0)) - G) / SPAN
    in_bin = np.linspace(4 / 16, 5 / 16, 50)  # the bin of 0.3
    expected = 0.08 * np.exp(-2 * in_bin)
    assert drawn.mean() == pytest.approx(expected.mean(), rel=0.04)
    assert drawn.std() == pytest.approx(0.4 * expected.mean(), rel=0.15)


def test_n_pulses_follow_the_mean_curve():
    """2,000 devices, 25 pulses one by one; the curve of the mean step is the mean of the curves to 2 % of the range."""
    G = np.full(2000, RANGE["G_min"])
    for n in range(25):
        G = call(DEVICE, "pulsed", drive=1, G=G, device=np.arange(2000.0), pulse=float(n))
    assert G.mean() == pytest.approx(float(DEVICE.evaluate("SET_level", n=25.0)), abs=0.02 * SPAN)
    down = np.full(2000, RANGE["G_max"])
    for n in range(25):
        down = call(DEVICE, "pulsed", drive=-1, G=down, device=np.arange(2000.0), pulse=float(n))
    assert down.mean() == pytest.approx(float(DEVICE.evaluate("RESET_level", n=25.0)), abs=0.02 * SPAN)


def test_it_draws_the_same_however_a_run_is_cut():
    update = Unidirectional(refresh_above=0.8, refresh_margin=0.3)
    case = Case(small_run([4, 3], DEVICE, seed=3, update=update), frames=16)
    assert_same(case.simulate("numpy", 7), case.simulate("numpy"))


def test_a_bin_without_steps_takes_the_nearest():
    curve = RANGE["G_min"] + SPAN * np.array([0.0, 0.1, 0.2])
    device = JumpTable.from_curve(**RANGE, SET=[curve], RESET=[curve[::-1]], bins=4, quantiles=2)
    np.testing.assert_allclose(device.SET_jumps, 0.1, rtol=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"SET_jumps": [[0.1, 0.2], [0.1]]}, "device.SET_jumps|all rows need as many"),
        ({"SET_jumps": [[2.0]]}, "a step of 2 ranges; steps are fractions of the range"),
        ({"RESET_jumps": [[-0.1]]}, "its mean is -0.1; SET steps count upwards"),
        ({"SET_jumps": [[0.1], [0.1]]}, "SET_jumps has 2 bins and RESET_jumps 1"),
        ({"SET_jumps": []}, "SET_jumps"),
    ],
)
def test_impossible_tables_are_refused_in_one_line(change, message):
    device = {
        "law": "jump-table",
        "G_min": "0 S",
        "G_max": "1 uS",
        "SET_jumps": [[0.1]],
        "RESET_jumps": [[0.1]],
    } | change
    with pytest.raises(ConfigError, match=message) as caught:
        Run.check({"network": {"layers": [4, 2]}, "device": device}, "my.toml")
    assert "\n" not in str(caught.value)


def test_quantiles_stand_for_equal_shares_of_the_measured_steps():
    """Steps of 1 to 4 hundredths of the range, once each: four quantiles at (k + 1/2)/4, by linear interpolation."""
    SET = [np.array([0.0, step]) for step in (0.01, 0.02, 0.03, 0.04)]
    RESET = [np.array([1.0, 1 - step]) for step in (0.01, 0.02, 0.03, 0.04)]
    device = JumpTable.from_curve(0.0, 1.0, SET=SET, RESET=RESET, bins=1, quantiles=4)
    wanted = [0.01 + 0.01 * 3 * (k + 0.5) / 4 for k in range(4)]
    np.testing.assert_allclose([device.SET_jumps[0], device.RESET_jumps[0]], [wanted, wanted], rtol=1e-12)


def test_counts_follow_from_mean_steps_by_hand():
    """Two bins of steps 0.1 and 0.05 upwards, 0.2 and 0.04 downwards: 5 + 10 pulses up, 12.5 + 2.5 down."""
    device = JumpTable(G_min=0, G_max=1e-6, SET_jumps=[[0.1], [0.05]], RESET_jumps=[[0.2], [0.04]])
    counts = [device.evaluate("SET_count", G=G) for G in (0.3e-6, 0.6e-6, 1e-6)]
    np.testing.assert_allclose(counts, [3, 7, 15], rtol=1e-9)
    left = [device.evaluate("RESET_count", G=G) for G in (0.3e-6, 0.6e-6, 1e-6)]
    np.testing.assert_allclose(left, [1.5, 5, 15], rtol=1e-9)
    np.testing.assert_allclose(device.evaluate("RESET_level", n=10.0), 0.6e-6, rtol=0.01)
