"""Quantities as text: readable, and the number that they show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulsenet.text import quantities
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


@pytest.mark.parametrize("unit", ["siemens", "volt", "second"])
def test_what_is_mostly_written_means_what_it_means_to_all_of_pint(unit):
    """The short list of units is read first; it must not take for something else what pint's own knows."""
    symbol = {"siemens": "S", "volt": "V", "second": "s"}[unit]
    texts = [f"2.5 {prefix}{symbol}" for prefix in ("", *"afpnumkM")] + [
        f"2.5 {unit}",
        f"2.5 milli{unit}",
        f"2.5{symbol}",
    ]
    for text in texts:
        common, full = quantities._common_units().Quantity(text), quantities._all_units().Quantity(text)
        assert common.to(unit).magnitude == full.to(unit).magnitude
    assert to_si("2 minutes", "second") == 120.0
    assert to_si("3 1/ohm", "siemens") == to_si("3 mho", "siemens") == 3.0
