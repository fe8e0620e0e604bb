"""One contract for all learning rules: all engines do what the golden model does, and pulses are counted."""

import numpy as np
import pytest
from cases import Case, small_run
from rule_cases import DEVICE, a_case
from same import assert_same

from pulsenet import Bidirectional, Unidirectional, Variation
from pulsenet.seams.rules import (
    RULES,
    AdaptiveStep,
    Manhattan,
)
from pulsenet.training.counts import pulse_counts

pytestmark = pytest.mark.whole

NAMES = [rule.model_fields["rule"].default for rule in RULES]


# -- engines ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_the_golden_model_agrees_in_a_deep_network(rule):
    deep = a_case(rule, (4, 3, 3, 3), Bidirectional(), frames=12)
    assert_same(deep.simulate("standalone"), deep.simulate("golden"), rtol=1e-12)


@pytest.mark.parametrize("rule", [Manhattan, AdaptiveStep])
def test_drift_counts_from_the_last_pulse(rule):
    """Also where a rule programs at the end of a batch, or does something at closed gates, too."""
    drift = Variation(drift_exponent=0.05, drift_onset="5 us", drift_every=3)
    update = Unidirectional(refresh_above=0.8, refresh_margin=0.3)
    case = Case(small_run([4, 3], DEVICE, seed=11, update=update, rule=rule(), variation=drift), 20)
    assert_same(case.simulate("standalone"), case.simulate("golden"), rtol=1e-12)
    assert case.simulate("golden").tally["output"]["programming_pulses"].any()


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_programming_pulses_are_counted_where_they_happen(rule):
    case = a_case(rule)
    golden = case.engine("golden")
    golden.run(case.chunk, case.start)
    counts = pulse_counts(case.circuit, case.chunk, case.simulate("standalone"))
    np.testing.assert_array_equal(counts["programming_pulses"], golden.programmed)
    assert golden.programmed.sum() > 0


# -- a network of two neurons and one input --------------------------------------------------------------------------


def test_every_rule_says_what_it_needs_in_hardware():
    for rule in RULES:
        assert "In hardware:" in rule.__doc__ and rule.source
