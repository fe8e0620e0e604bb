"""What the numbers of an assessment say."""

import numpy as np
import pytest
from assess_cases import made_up

from pulsenet.assess.findings import CLEAR, LIKELY, LOSS, UNSEEN, Gain
from pulsenet.study.budget import AS_IS, IDEAL


def test_a_gain_has_the_error_of_seeds_and_of_samples():
    accuracy = {
        AS_IS: {1: 0.80, 2: 0.84},
        "without levels": {1: 0.81, 2: 0.85},
        "without nonlinearity": {1: 0.9, 2: 0.86},
    }
    nonlinearity, levels = made_up(**accuracy).gains()
    assert (nonlinearity.name, nonlinearity.mean) == ("nonlinearity", pytest.approx(0.06))
    assert nonlinearity.error == pytest.approx(0.04, rel=1e-3)  # differences of 0.10 and 0.02
    assert levels.mean == pytest.approx(0.01) and levels.error < 0.001  # every seed gains the same
    assert (levels.certainty, nonlinearity.certainty) == (CLEAR, LIKELY)
    few = made_up(n_test=100, **accuracy).gains()[1]
    assert few.error == pytest.approx(np.sqrt((0.82 * 0.18 + 0.83 * 0.17) / 100)) and few.certainty == UNSEEN


def test_a_loss_is_not_seen_as_a_gain():
    assert Gain("levels", -0.3, 0.01, 3).certainty == LOSS and Gain("levels", -0.015, 0.01, 3).certainty == UNSEEN


def test_nothing_is_clear_from_one_seed():
    assert Gain("levels", 0.3, 0.01, 1).certainty == LIKELY and Gain("levels", 0.3, 0.01, 2).certainty == CLEAR


def test_the_ideal_device_keeps_the_pulses_as_they_are():
    findings = made_up(**{AS_IS: {1: 0.8}})
    assert findings.ideal_device() == IDEAL
    findings.budget.properties.insert(0, "pulse quantisation")
    assert findings.ideal_device() == "+ pulse quantisation"
