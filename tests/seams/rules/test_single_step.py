"""The single-step rule and its two thresholds."""

import numpy as np
import pytest
from rule_cases import Bench, slots_of

from pulsenet.seams.rules import SingleStep

pytestmark = pytest.mark.whole


@pytest.mark.parametrize(("value", "passes"), [(4, 0), (5, 1), (8, 1)])
def test_single_step_programs_once_above_both_thresholds(value, passes):
    change, error = Bench(SingleStep(error_threshold=0.4, input_threshold=0.5), 1, error_gain=100.0).change(value)
    np.testing.assert_array_equal(slots_of(error), [4, 4])
    np.testing.assert_allclose(change, [[passes, -passes], [1, -1]], rtol=1e-6, atol=1e-6)


def test_single_step_is_silent_below_the_error_threshold():
    change, error = Bench(SingleStep(error_threshold=0.6), 1).change(8)
    assert not change.any() and len(error["slot"]) == 0
