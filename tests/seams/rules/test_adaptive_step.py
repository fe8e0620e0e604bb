"""Adaptive steps grow while the sign repeats."""

import numpy as np
from rule_cases import Bench

from pulsenet.seams.rules import AdaptiveStep


def test_adaptive_step_grows_while_the_sign_repeats():
    """Steps 1, 1 (the first sign is no repetition), 2, 4, 4: at a phase of 1/4, whole pulses each."""
    rule = AdaptiveStep(grow=2, shrink=0.5, first=1, largest=4)
    change, error = Bench(rule, 5).change(8)
    assert len(error["slot"]) == 5 * 2 * Bench.N  # the neuron fires in every slot; the pair takes what it wants
    np.testing.assert_allclose(np.abs(change), 1 + 1 + 2 + 4 + 4, rtol=1e-6, atol=0)


def test_adaptive_step_keeps_its_step_where_the_input_is_low():
    change, _ = Bench(AdaptiveStep(grow=2, shrink=0.5, largest=4, input_threshold=0.5), 5).change([8, 2, 2, 2, 8])
    np.testing.assert_allclose(np.abs(change[0]), 1 + 1, rtol=1e-6, atol=0)
    np.testing.assert_allclose(np.abs(change[1]), 12, rtol=1e-6, atol=0)
