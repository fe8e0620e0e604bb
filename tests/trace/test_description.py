"""A description is the same for any order of keys."""

from __future__ import annotations

from example_run import describe

from pulsenet.trace import Description


def test_description_is_the_same_for_any_order_of_keys():
    one, two = describe(), describe()
    shuffled = Description(
        dict(reversed(two.configuration.items())), dict(reversed(two.provenance.items())), *list(vars(two).values())[2:]
    )
    assert shuffled.digest == one.digest and one.difference(shuffled) is None
