"""Device-to-device spread: the statistics that are asked for, and draws that depend on nothing else."""

import numpy as np
import pytest
from pulsenet.seams.effects.drawn import LEAST, devices

from pulsenet import Linear
from pulsenet.describe.variation import Variation
from pulsenet.seams.laws import Exponential

NOMINAL = Exponential(G_min="1 uS", G_max="5 uS", pulses_SET=100, beta_SET=2, pulses_RESET=100, beta_RESET=2)
SHAPE = (200, 100)
#: Of the standard deviation of 20,000 draws, times five.
SLACK = 5 / np.sqrt(2 * 20_000)


def drawn(side=0, shape=SHAPE, seed=1, layer=0, **variation):
    return devices(NOMINAL, Variation(**variation), shape, seed, layer, side)


def properties(found):
    """G_min, G_max and both nonlinearities of each device, as deviations from the nominal ones."""
    law = found.law
    return [law.G_min - NOMINAL.G_min, law.G_max - NOMINAL.G_max, law.beta_SET - 2, law.beta_RESET - 2]


@pytest.mark.parametrize("name", ["G_min", "G_max"])
@pytest.mark.parametrize("distribution", ["gaussian", "log-normal"])
def test_conductances_spread_as_asked(name, distribution):
    law = drawn(**{f"dtod_{name}": 0.1}, distribution=distribution, truncate=6).law
    relative = getattr(law, name) / getattr(NOMINAL, name)
    relative = np.log(relative) if distribution == "log-normal" else relative - 1
    assert abs(relative.mean()) < 0.1 * 5 / np.sqrt(relative.size) and relative.std() == pytest.approx(0.1, rel=SLACK)


def test_steps_of_SET_and_RESET_spread_apart():
    law = drawn(dtod_step=0.2, truncate=6).law
    steps = {kind: law.evaluate(kind, G=3e-6) / NOMINAL.evaluate(kind, G=3e-6) for kind in ("SET", "RESET")}
    for step in steps.values():
        assert step.std() == pytest.approx(0.2, rel=0.05)  # of a finite step, so not exactly that of its initial slope
    assert abs(np.corrcoef(steps["SET"].ravel(), steps["RESET"].ravel())[0, 1]) < 5 / np.sqrt(steps["SET"].size)


def test_no_draw_lies_beyond_the_truncation_nor_makes_an_impossible_device():
    relative = drawn(dtod_G_max=0.1, truncate=1.5).law.G_max / NOMINAL.G_max
    assert 0.99 * 0.15 < np.abs(relative - 1).max() <= 0.15 * (1 + 1e-12)
    wild = drawn(dtod_G_min=1.0, dtod_G_max=1.0, dtod_step=3.0, truncate=6).law
    assert np.all(wild.G_min >= LEAST * NOMINAL.G_min) and np.all(wild.G_max > wild.G_min)


@pytest.mark.parametrize("correlation", [0.0, 0.6, 1.0])
def test_properties_of_a_device_are_correlated_as_asked(correlation):
    found = properties(
        drawn(dtod_G_min=0.05, dtod_G_max=0.05, dtod_nonlinearity=0.1, correlation=correlation, truncate=6)
    )
    between = np.corrcoef([each.ravel() for each in found])[np.triu_indices(4, 1)]
    assert np.abs(between - correlation).max() < 5 / np.sqrt(found[0].size)


@pytest.mark.parametrize("correlation", [0.0, 0.6, 1.0])
def test_devices_of_a_pair_are_correlated_as_asked(correlation):
    """Property by property; different properties stay as independent as they were, and so do other layers."""
    spread = dict(dtod_G_min=0.05, dtod_G_max=0.05, dtod_nonlinearity=0.1, pair_correlation=correlation, truncate=6)
    plus, minus, other = (properties(drawn(side, layer=layer, **spread)) for side, layer in ((0, 0), (1, 0), (0, 1)))
    slack = 5 / np.sqrt(plus[0].size)
    table = np.corrcoef([each.ravel() for each in plus + minus])
    assert np.abs(np.diag(table[:4, 4:]) - correlation).max() < slack
    assert np.abs(table[:4, :4] - np.eye(4)).max() < slack and np.abs(table[4:, 4:] - np.eye(4)).max() < slack
    assert abs(np.corrcoef(plus[1].ravel(), other[1].ravel())[0, 1]) < slack
    assert plus[1].std() == pytest.approx(0.05 * NOMINAL.G_max, rel=SLACK)


def test_stuck_devices_of_a_pair_stay_independent():
    plus, minus = (drawn(side, stuck_G_min=0.5, pair_correlation=1.0).stuck for side in (0, 1))
    assert abs(plus.mean() - 0.5) < 0.02 and abs(np.mean(plus & minus) - 0.25) < 0.02


def test_leaving_one_property_out_changes_no_other():
    both, one = drawn(dtod_G_max=0.1, dtod_nonlinearity=0.3).law, drawn(dtod_nonlinearity=0.3).law
    assert np.array_equal(both.beta_SET, one.beta_SET) and np.ndim(one.G_max) == 0


def test_draws_depend_on_seed_layer_and_side():
    same, *others = [drawn(dtod_G_max=0.1, **key).law.G_max for key in ({}, {"seed": 2}, {"layer": 1}, {"side": 1})]
    assert np.array_equal(same, drawn(dtod_G_max=0.1).law.G_max)
    assert not any(np.isclose(same, other, rtol=1e-9, atol=0).any() for other in others)


def test_nothing_varies_where_nothing_is_asked_for():
    plain = devices(
        Linear(G_min=0, G_max="1 uS", pulses_SET=10, pulses_RESET=10), Variation(pair_correlation=1.0), SHAPE, 1, 0, 0
    )
    assert np.ndim(plain.law.G_max) == 0 and not plain.stuck.any()
