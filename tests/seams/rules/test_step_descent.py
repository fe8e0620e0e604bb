"""Step descent programs by signs."""

import numpy as np
import pytest
from rule_cases import Bench, slots_of

from pulsenet.seams.rules import StepDescent

pytestmark = pytest.mark.whole


@pytest.mark.parametrize(("value", "passes"), [(0, 0), (1, 1), (8, 1)])
def test_step_descent_programs_by_signs_in_two_phases(value, passes):
    change, error = Bench(StepDescent(), 1).change(value)
    assert dict(zip(error["polarity"].tolist(), slots_of(error).tolist(), strict=True)) == {1: 0, -1: 1}
    np.testing.assert_allclose(change, [[passes, -passes], [1, -1]], rtol=1e-6, atol=1e-6)
