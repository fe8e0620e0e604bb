"""Laying one run description over another."""

from __future__ import annotations

from typing import Any

from pulsenet.describe.device_file import SECTIONS
from pulsenet.seams.laws import LAWS
from pulsenet.seams.reading import READINGS
from pulsenet.seams.rules import RULES
from pulsenet.seams.updates import METHODS

#: Sections with variants: the key that chooses one, and the variants.
SEAMS = {
    "device": ("law", LAWS),
    "update": ("method", METHODS),
    "rule": ("rule", RULES),
    "reading": ("reading", READINGS),
}


def merge(content: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Nested dictionaries with the values of others on top; neither is changed.

    Where a section's variant is chosen anew (the law of ``device``, the method of ``update``, the rule of ``rule``),
    only those of its keys stay that the new variant has, too. A device brings its own pulses and variation: where a
    model is named over content with a ``device``, nothing of that device, its ``programming`` and its ``variation``
    stays. Content without a ``device`` describes none, so that what it says holds for any.

    Examples
    --------
    >>> merge({"update": {"method": "unidirectional", "refresh_every": 9}}, {"update": {"method": "bidirectional"}})
    {'update': {'method': 'bidirectional'}}
    >>> merge({"training": {"epochs": 3, "decay": 0.5}}, {"training": {"epochs": 1}})
    {'training': {'epochs': 1, 'decay': 0.5}}
    >>> merge({"device": {"model": "epiram"}, "programming": {"V_SET": "2 V"}}, {"device": {"model": "pcmo"}})
    {'device': {'model': 'pcmo'}}
    """
    merged = dict(content)
    if isinstance(changes.get("device"), dict) and "model" in changes["device"] and content.get("device"):
        for section in SECTIONS:
            merged.pop(section, None)
    for key, value in changes.items():
        old = merged.get(key)
        if isinstance(value, dict) and isinstance(old, dict):
            merged[key] = merge(_fitting(key, old, value), value)
        else:
            merged[key] = value
    return merged


def nested(key: str, value: Any) -> dict[str, Any]:
    """A value by dotted key as nested dictionaries.

    Examples
    --------
    >>> nested("training.epochs", 3)
    {'training': {'epochs': 3}}
    """
    for part in reversed(key.split(".")):
        value = {part: value}
    return value


def _fitting(section: str, old: dict, new: dict) -> dict:
    """What of a section's keys the variant that is chosen now has, too."""
    tag, variants = SEAMS.get(section, ("", ()))
    if section == "device" and "model" in old and "law" in new:
        return {}
    if new.get(tag, old.get(tag)) == old.get(tag):
        return old
    for variant in variants:
        if variant.model_fields[tag].default == new[tag]:
            return {key: value for key, value in old.items() if key in variant.model_fields}
    return old
