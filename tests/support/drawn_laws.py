"""Any device of any response law: what the tests that hold for all of them draw from."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import numpy as np
import pytest
from hypothesis import strategies as st
from own.parabolic import Parabolic
from pydantic import Field

from pulsenet import ConfigError, ResponseLaw
from pulsenet.seams.laws import LAWS


class TwoExponentials(ResponseLaw):
    """A law that has nothing but its steps: a fast part and a slow one, which no closed form sums up.

    Steps are small against the distance over which they change, so that no pulse overtakes another.
    """

    SET: ClassVar[str] = "(G_max - G_min)*(fast_SET*exp(-8*share) + slow_SET*exp(-share))"
    RESET: ClassVar[str] = "(G_max - G_min)*(fast_RESET*exp(-8*(1 - share)) + slow_RESET*exp(share - 1))"
    local: ClassVar[dict[str, str]] = {"share": "(G - G_min)/(G_max - G_min)"}
    units: ClassVar[dict[str, str]] = {
        "G_min": "siemens", "G_max": "siemens",
        "fast_SET": "1", "slow_SET": "1", "fast_RESET": "1", "slow_RESET": "1",
    }  # fmt: skip
    source: ClassVar[str] = "this test"

    law: Literal["two-exponentials"] = "two-exponentials"
    fast_SET: float = Field(ge=0.001, le=0.1)
    slow_SET: float = Field(ge=0.01, le=0.1)
    fast_RESET: float = Field(ge=0.001, le=0.1)
    slow_RESET: float = Field(ge=0.01, le=0.1)


G_MIN = st.one_of(st.just(0.0), st.floats(1e-9, 1e-4))
A = st.one_of(
    st.floats(410, 1e5), st.floats(-1e5, -410)
)  # what is near the number of pulses: test_laws_at_their_limits.py
JUMPS = st.lists(
    st.lists(st.floats(0.001, 0.5), min_size=3, max_size=3).map(sorted), min_size=4, max_size=4
)  # as many bins for SET and RESET
#: What bounds do not tell, since one field bounds another, or there are none: by law, then field less its kind.
NARROWER = {
    "neurosim": {"A": A},
    "soft-bounds-power": {"slope": st.one_of(st.floats(0, 0.98), st.just(0.0)), "power": st.floats(0, 5)},
    "exponential-step": {"a": st.floats(0, 100), "c": st.floats(-8, 20)},
    "gated-schottky-diode": {"k": st.floats(0.5, 2), "n0": st.floats(5, 400)},
    "jump-table": {"jumps": JUMPS, "stretch": st.floats(0.1, 10)},
}
#: The listed laws with a closed form.
BY_NAME = {law.model_fields["law"].default: law for law in LAWS if not law.random}
each_law = pytest.mark.parametrize("law", BY_NAME.values(), ids=BY_NAME)
#: All laws: those of the list, and of classes from elsewhere.
EVERY = {law.model_fields["law"].default: law for law in (*LAWS, Parabolic, TwoExponentials)}
every_law = pytest.mark.parametrize("law", EVERY.values(), ids=EVERY)


def fields(law):
    """Strategies for all fields of a law but its range, by name."""
    own = {name: field for name, field in law.model_fields.items() if name not in ("law", "G_min", "G_max")}
    narrower = NARROWER.get(law.model_fields["law"].default, {})
    found = {}
    for name, field in own.items():
        given = [strategy for part, strategy in narrower.items() if part in name.split("_")]
        found[name] = given[0] if given else within(*bounds(field))
    return found


def bounds(field):
    """Least and greatest value of a field that its bounds let through."""
    ends = [-math.inf, math.inf]
    for limit in field.metadata:
        if hasattr(limit, "ge") or hasattr(limit, "gt"):
            ends[0] = limit.ge if hasattr(limit, "ge") else math.nextafter(limit.gt, math.inf)
        if hasattr(limit, "le") or hasattr(limit, "lt"):
            ends[1] = limit.le if hasattr(limit, "le") else math.nextafter(limit.lt, -math.inf)
    assert all(map(math.isfinite, ends)), f"{field} has no bounds: say in NARROWER what to draw"
    return tuple(map(float, ends))


def within(low, high):
    """Any number between two ends; the ends and, where it lies between them, 0 and what is near it, more often."""
    if high > 1000 * max(low, 1):  # a count: few, or a whole number of many
        return st.one_of(st.floats(low, low + 39), st.integers(math.ceil(low), 4096).map(float))
    special = [low, high] + [value for value in (0.0, 1e-9, 1e-6, 1e-3) if low <= value <= high]
    return st.one_of(st.floats(low, high), st.sampled_from(special))


def devices(law):
    """All devices of a law: any parameters, and any range."""

    def make(G_min, ratio, others):
        try:
            return law(G_min=G_min, G_max=G_min + ratio * max(G_min, 1e-8), **others)
        except ConfigError:  # one field bounds another
            return None

    made = st.builds(make, G_MIN, st.floats(0.1, 1e3), st.fixed_dictionaries(fields(law)))
    return made.filter(lambda device: device is not None)


def at(device, fraction):
    """Conductance at a fraction of the range."""
    return min(device.G_min + fraction * (device.G_max - device.G_min), device.G_max)


def tolerance(device, n=1):
    """Rounding of n pulses: a growing step (negative beta) magnifies what came before it."""
    growth = max([1.0, *(np.exp(-getattr(device, name, 0.0)) for name in ("beta_SET", "beta_RESET"))])
    span = device.G_max - device.G_min
    return 1e-9 * span + 2e-16 * n * (growth * span + device.G_max)
