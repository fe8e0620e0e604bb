"""What a study decides, from how many seeds."""

import numpy as np
import pytest

from pulsenet.study import Claim
from pulsenet.study.claims import FAILS, HOLDS, OPEN, decide


def rows_of(**cases):
    return [
        {"training": "on-chip", "case": case, "seed": seed, "accuracy": accuracy}
        for case, values in cases.items()
        for seed, accuracy in enumerate(values)
    ]


@pytest.mark.parametrize(
    ("threshold", "expected"),
    [
        ({"at_least": 0.05}, HOLDS),
        ({"at_least": 0.0999}, OPEN),
        ({"at_least": 0.15}, FAILS),
        ({"at_most": 0.15}, HOLDS),
        ({"at_most": 0.1001}, OPEN),
        ({"at_most": 0.05}, FAILS),
        ({"within": 0.15}, HOLDS),
        ({"within": 0.1001}, OPEN),
        ({"within": 0.05}, FAILS),
    ],
)
def test_verdicts(threshold, expected):
    rows = rows_of(a=[0.90, 0.91, 0.92], b=[0.80, 0.80, 0.83])
    claim = Claim(sentence="", of={"case": "a"}, against={"case": "b"}, **threshold)
    verdict = decide("name", claim, rows)
    assert verdict.verdict == expected and verdict.seeds == 3
    assert verdict.mean == pytest.approx(0.1) and verdict.spread == pytest.approx(0.01)
    # One-sided 95 % quantile of Student's t with 2 degrees of freedom, from tables.
    assert verdict.mean - verdict.low == pytest.approx(2.920 * 0.01 / np.sqrt(3), rel=1e-3)


def test_one_seed_decides_nothing():
    claim = Claim(sentence="", of={"case": "a"}, at_least=0.5)
    assert decide("name", claim, rows_of(a=[0.9])).verdict == OPEN
    assert decide("name", claim, rows_of(a=[0.9, 0.91])).verdict == HOLDS


def test_rows_are_averaged_per_seed_and_compared_seed_by_seed():
    rows = rows_of(a=[0.5, 0.9], b=[0.4, 0.8]) + rows_of(a=[0.7, 0.7])
    rows[-1]["accuracy"] = rows[-2]["accuracy"] = None  # runs without test samples
    claim = Claim(sentence="", of={"case": "a"}, against={"case": "b"}, at_least=0.09)
    verdict = decide("name", claim, rows)
    assert verdict.verdict == HOLDS and verdict.spread == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("threshold", "expected"),
    [
        ({"within": 0.15}, HOLDS),
        ({"within": 0.1001}, OPEN),
        ({"within": 0.05}, FAILS),
        ({"at_least": -0.15}, HOLDS),
        ({"at_least": -0.1001}, OPEN),
        ({"at_least": -0.05}, FAILS),
        ({"at_most": -0.05}, HOLDS),
        ({"at_most": -0.0999}, OPEN),
        ({"at_most": -0.15}, FAILS),
    ],
)
def test_verdicts_about_a_negative_difference(threshold, expected):
    """As above with the sides exchanged: it is -0.1, and lies between -0.117 and -0.083."""
    rows = rows_of(a=[0.80, 0.80, 0.83], b=[0.90, 0.91, 0.92])
    verdict = decide("name", Claim(sentence="", of={"case": "a"}, against={"case": "b"}, **threshold), rows)
    assert verdict.verdict == expected and verdict.mean == pytest.approx(-0.1)
    assert (verdict.low, verdict.high) == pytest.approx((-0.1169, -0.0831), abs=1e-4)


def test_a_claim_about_one_side_alone_is_about_its_own_value():
    rows = rows_of(a=[0.90, 0.91, 0.92], b=[0.1, 0.2, 0.3])
    verdict = decide("name", Claim(sentence="", of={"case": "a"}, at_most=0.93), rows)
    assert (verdict.verdict, verdict.seeds) == (HOLDS, 3) and verdict.mean == pytest.approx(0.91)
