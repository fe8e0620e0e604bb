"""Adaptive backpropagation multiplies input and error."""

import numpy as np
from rule_cases import Bench, slots_of

from pulsenet.seams.rules import AdaptiveBP


def test_adaptive_bp_multiplies_input_and_error():
    """Output 1/2, so errors are +1/2 and -1/2: one pulse at a gain of 2, behind gates of 4 and 8 of 8 slots."""
    change, error = Bench(AdaptiveBP(), 1).change(4)
    np.testing.assert_array_equal(error["polarity"], [1, -1])
    slot = slots_of(error)[0]
    expected = [[float(slot < 4), -float(slot < 4)], [1, -1]]
    np.testing.assert_allclose(change, expected, rtol=1e-6, atol=0)
