"""Stochastic coincidence multiplies on average."""

import numpy as np
import pytest
from rule_cases import Bench, slots_of

from pulsenet.seams.rules import StochasticCoincidence

pytestmark = pytest.mark.whole


def test_stochastic_coincidence_multiplies_on_average():
    """800 frames: the mean of the steps is n_slots * p(input) * p(error), within four standard errors."""
    frames, gain, value = 800, 3.0, 3
    change, error = Bench(StochasticCoincidence(), frames, gain).change(value)
    for line, input_probability in enumerate((value / Bench.N, 1.0)):
        p = input_probability * gain * 0.5 / Bench.N
        mean, spread = frames * Bench.N * p, np.sqrt(frames * Bench.N * p * (1 - p))
        assert abs(change[line, 0] - mean) < 4 * spread and abs(change[line, 1] + mean) < 4 * spread
    assert abs(change[0, 0] + change[0, 1]) > 0  # the two neurons draw apart
    assert len(np.unique(slots_of(error))) == Bench.N
