"""A description is the same for any order of keys."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from example_run import describe

from pulsenet import TraceError
from pulsenet.records import Parameter


def test_description_is_the_same_for_any_order_of_keys():
    one, two = describe(), describe()
    parts = ("configuration", "provenance", "parameters")
    shuffled = replace(two, **{part: dict(reversed(getattr(two, part).items())) for part in parts})
    assert shuffled.digest == one.digest and one.difference(shuffled) is None


def test_a_description_with_another_parameter_is_another():
    one = describe()
    other = replace(one, parameters=one.parameters | {"layer1": {"G_min": Parameter(1.5e-7, "siemens")}})
    assert one.digest != other.digest and one.difference(other).startswith("parameters is ")


@pytest.mark.parametrize(
    ("owner", "name", "value", "said"),
    [
        ("layer9", "G_min", 1.0, "'layer9' is no population and no layer"),
        ("layer1", "input", 1.0, "'input' cannot name a part of a trace"),
        ("layer1", "G_min", np.ones((2, 2)), r"shape \(2, 2\); need \(7, 4\)"),
    ],
)
def test_parameters_that_fit_nowhere_are_refused(owner, name, value, said):
    with pytest.raises(TraceError, match=said):
        replace(describe(), parameters={owner: {name: Parameter(value, "siemens")}})
