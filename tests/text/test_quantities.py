"""Quantities as text: readable, and the number that they show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulsenet.text.quantities import from_si, to_si


@given(st.floats(1e-17, 9e8))
def test_quantities_are_readable(value):
    assert to_si(from_si(value, "S"), "siemens") == pytest.approx(value, rel=1e-3)


@pytest.mark.parametrize(
    ("text", "value"), [("5 uS", 5e-6), ("0.1uS", 1e-7), ("100 ns", 1e-7), ("3 mV", 3e-3), ("1e-6 S", 1e-6)]
)
def test_text_means_the_number_it_shows(text, value):
    unit = {"S": "siemens", "s": "second", "V": "volt"}[text[-1]]
    assert to_si(text, unit) == value
