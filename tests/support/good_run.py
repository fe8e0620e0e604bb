"""A run description in which nothing is wrong, and ways to spoil it."""

from __future__ import annotations

import copy

GOOD = {
    "network": {"layers": [64, 50, 10], "activation": "clipped-linear", "code": "width"},
    "device": {
        "law": "exponential", "G_min": "0.1 uS", "G_max": "5 uS",
        "pulses_SET": 256, "beta_SET": 1.0, "pulses_RESET": 256, "beta_RESET": 1.0,
    },
    "data": {"source": "digits"},
    "time": {"slot": "100 ns", "n_slots": 16},
    "read": {"V_read": "0.1 V"},
    "update": {"method": "unidirectional"},
    "training": {"epochs": 3},
    "record": {"pulses": "all"},
}  # fmt: skip
REMOVED = object()


def changed(*changes):
    """The good run with values replaced, added or removed, by dotted key."""
    content = copy.deepcopy(GOOD)
    for key, value in changes:
        *sections, last = key.split(".")
        place = content
        for section in sections:
            place = place.setdefault(section, {})
        if value is REMOVED:
            del place[last]
        else:
            place[last] = value
    return content
