"""What the names of columns in files of curves tell: the role, the unit, the branch."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pulsenet.text.quantities import to_si

#: Words in a column's name that tell its role; the first role that fits is taken. ``other`` is not read.
ROLES = (
    ("kind", {"kind", "type", "direction", "branch", "polarity", "operation", "mode"}),
    ("other", {"time", "t", "width", "amplitude", "voltage", "v", "vg", "vd", "date", "error", "std", "sd", "sigma"}),
    ("pulse", {"pulse", "pulses", "spike", "spikes"}),
    ("device", {"device", "dev", "cell", "dut", "sample", "chip"}),
    ("cycle", {"cycle", "cycles", "run", "sweep", "repeat", "trial"}),
    ("pulse", {"n", "no", "nr", "number", "index", "step", "x", "#"}),
    (
        "value",
        {"g", "conductance", "i", "id", "ids", "current", "ltp", "ltd", "set", "reset", "potentiation", "depression"},
    ),
)
SET_WORDS, RESET_WORDS = {"ltp", "set", "potentiation", "pot"}, {"ltd", "reset", "depression", "dep"}
_UNIT = re.compile(r"[afpnuµμmk]?(S|A|mho)|(?i:(femto|pico|nano|micro|milli)?(siemens|amperes?))")
_POWER_OF_TEN = re.compile(r"(?:[x×*]\s*)?(?:10\^?|1[eE])([+-]?\d+)\s*(.+)")


@dataclass
class Column:
    """What the name of a column tells: its role, its unit (S or A, and the factor to it), its branch."""

    role: str
    unit: tuple[str, float] | None = None
    RESET: bool | None = None
    device: str | None = None
    cycle: str | None = None


def unit_factor(text: str) -> tuple[str, float] | None:
    """``"S"`` or ``"A"``, and the factor to it; None for other units."""
    power = _POWER_OF_TEN.fullmatch(text.strip())
    factor, symbol = (10.0 ** int(power[1]), power[2]) if power else (1.0, text.strip())
    if not _UNIT.fullmatch(symbol):
        return None
    is_current = re.search(r"A$|ampere", symbol, re.IGNORECASE)
    symbol = symbol if len(symbol) <= 4 else symbol.lower()
    return "A" if is_current else "S", factor * to_si(f"1 {symbol}", "ampere" if is_current else "siemens")


def read_name(name: str) -> Column:
    brackets = re.findall(r"[(\[{]([^)\]}]*)[)\]}]", name)
    unit = next(filter(None, map(unit_factor, brackets)), None)
    rest = re.sub(r"[(\[{][^)\]}]*[)\]}]", lambda found: "" if unit_factor(found[0][1:-1]) else f" {found[0]} ", name)
    words = set(re.findall(r"[a-z]+|#", rest.lower()))
    if unit is None and not brackets:
        tokens = [
            token for token in re.split(r"[\s_/,]+", name) if len(token) > 1 or words & ROLES[-1][1] - {token.lower()}
        ]
        unit = next(filter(None, map(unit_factor, tokens[::-1])), None)
    index = {
        key: re.search(rf"\b(?:{'|'.join(names)})[\s_#.]*(\d+)", rest.lower()) for key, names in (ROLES[3], ROLES[4])
    }
    device, cycle = (index[key] and index[key][1] for key in ("device", "cycle"))
    RESET = True if words & RESET_WORDS else False if words & SET_WORDS else None
    role = next((role for role, known in ROLES if words & known), "other")
    if (unit or device or cycle) and role != "other" or unit and not words & ROLES[1][1]:
        role = "value"
    if "vread" in re.sub("[^a-z]", "", rest.lower()):
        role = "V_read"
    return Column("pulse" if not name else role, unit, RESET, device, cycle)
