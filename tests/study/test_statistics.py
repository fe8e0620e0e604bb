"""Mean and spread over seeds, by hand."""

import numpy as np
import pytest

from pulsenet.study.statistics import axis_names, spread


def test_spread_is_that_of_a_sample():
    assert spread(np.array([1.0, 2.0, 4.5])) == pytest.approx(np.sqrt((1.5**2 + 0.5**2 + 2.0**2) / 2), rel=1e-12)
    assert spread(np.array([3.0])) == 0


def test_axes_are_the_columns_that_are_no_result():
    row = {"grid": "g", "training": "on-chip", "case": None, "beta": 3, "seed": 1, "epochs": 2, "accuracy": 0.9}
    row |= {"training_accuracy": 0.8, "error_pulses": 3.0, "read_energy": 1e-12, "read_time": 1e-6, "warnings": ""}
    assert axis_names([row]) == ["beta"]
