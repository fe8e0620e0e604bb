"""Quantities at the surface: text such as ``"2.5 uS"`` becomes SI, and SI becomes text again.

This is the one place where units are stripped. Behind it every number is a plain float in SI units.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, NamedTuple, get_args

from pydantic import BeforeValidator, PlainSerializer
from pydantic.fields import FieldInfo

#: How a quantity of each unit may be written, for messages.
EXAMPLES = {"siemens": "2.5 uS", "volt": "0.1 V", "second": "100 ns"}
PREFIXES = {-18: "a", -15: "f", -12: "p", -9: "n", -6: "u", -3: "m", 0: "", 3: "k", 6: "M"}


#: What quantities are mostly written in, as pint's own file has it; reading all of that takes a quarter of a second.
_COMMON = (
    "atto- = 1e-18 = a-", "femto- = 1e-15 = f-", "pico- = 1e-12 = p-", "nano- = 1e-9 = n-",
    "micro- = 1e-6 = µ- = μ- = u-", "milli- = 1e-3 = m-", "kilo- = 1e3 = k-", "mega- = 1e6 = M-",
    "second = [time] = s", "ampere = [current] = A", "volt = [voltage] = V",
    "ohm = volt / ampere = Ω", "siemens = ampere / volt = S",
)  # fmt: skip


@cache
def _common_units():
    import pint  # imported on first use: it takes a third of a second

    registry = pint.UnitRegistry(None)
    for definition in _COMMON:
        registry.define(definition)
    return registry


@cache
def _all_units():
    import pint

    return pint.UnitRegistry()


def _quantity(text: str):
    from pint import UndefinedUnitError

    try:
        return _common_units().Quantity(text)
    except UndefinedUnitError:
        return _all_units().Quantity(text)


def to_si(value: Any, unit: str) -> float:
    """Read a quantity as a float in the SI unit ``unit``.

    Parameters
    ----------
    value : str, float or Brian2 quantity
        Text with a unit (``"2.5 uS"``), or a number that is in SI already.
    unit : str
        ``"siemens"``, ``"volt"``, ``"second"`` ...

    Returns
    -------
    float, in ``unit``

    Raises
    ------
    ValueError
        If the text is no quantity or has another dimension.

    Examples
    --------
    >>> to_si("2.5 uS", "siemens")
    2.5e-06
    """
    if isinstance(value, bool) or value is None:
        raise ValueError(_not_a_quantity(repr(value), unit))
    if not isinstance(value, str):
        _check_brian_dimension(value, unit)
        try:
            return float(value)
        except TypeError as error:
            raise ValueError(_not_a_quantity(repr(value), unit)) from error
    try:
        given = _quantity(value)
        magnitude = float(given.to(unit).magnitude)
    except Exception as error:  # pint raises a dozen types, none with a common base, for unreadable text
        raise ValueError(_not_a_quantity(repr(value), unit)) from error
    if str(given.units) == unit:  # to the last bit, as a trace keeps it
        return magnitude
    return float(f"{magnitude:.15g}")  # the conversion multiplies: "5 uS" would come out as 4.9999999999999996e-06


def _not_a_quantity(value: str, unit: str) -> str:
    return f"{value} is not a quantity in {unit}; write it like {EXAMPLES.get(unit, '1 ' + unit)!r}"


def _check_brian_dimension(value: Any, unit: str) -> None:
    """Refuse a Brian2 quantity of another dimension (a plain number has no ``dim``)."""
    dimension = getattr(value, "dim", None)
    if dimension is not None:
        import brian2

        if dimension != getattr(brian2, unit).dim:
            raise ValueError(_not_a_quantity(str(value), unit))


def from_si(value: float, symbol: str) -> str:
    """Write a number in SI with the prefix that reads best.

    Examples
    --------
    >>> from_si(2.5e-06, "S")
    '2.5 uS'
    >>> from_si(0.0, "s")
    '0 s'
    """
    from math import floor, log10

    if value == 0 or value != value or abs(value) == float("inf"):
        return f"{value:g} {symbol}"
    exponent = min(6, max(-18, 3 * floor(log10(abs(value)) / 3 + 1e-12)))
    return f"{value / 10**exponent:.4g} {PREFIXES[exponent]}{symbol}"


class Unit(NamedTuple):
    """The SI unit of a field: its name, and its symbol."""

    name: str
    symbol: str


def symbol_of(field: FieldInfo) -> str:
    """Symbol of the unit in which a pydantic field is given; empty for a plain number.

    Examples
    --------
    >>> from pulsenet.describe.sections import Time
    >>> symbol_of(Time.model_fields["slot"]), symbol_of(Time.model_fields["n_slots"])
    ('s', '')
    """
    units = [part.symbol for part in _parts(field.metadata, field.annotation) if isinstance(part, Unit)]
    return units[0] if units else ""


def _parts(metadata: Any, annotation: Any) -> list[Any]:
    """What annotates a type, or one of the alternatives of a type (``Conductance | None``)."""
    found = [*metadata, *getattr(annotation, "__metadata__", ())]
    return found + [part for inside in get_args(annotation) for part in _parts((), inside)]


def _field(unit: str, symbol: str):
    """A pydantic field type: a float in SI, given as text with a unit, shown as text with a unit."""
    return Annotated[
        float,
        Unit(unit, symbol),
        BeforeValidator(lambda value: to_si(value, unit)),
        PlainSerializer(lambda value: f"{value!r} {symbol}", when_used="json"),
    ]


Conductance = _field("siemens", "S")
Voltage = _field("volt", "V")
Duration = _field("second", "s")
Capacitance = _field("farad", "F")
Energy = _field("joule", "J")
