"""A wrong run description in one line: the key, the value, and what is allowed."""

from __future__ import annotations

import difflib

from pydantic import BaseModel, ValidationError

from pulsenet.devices import LAWS
from pulsenet.rules import RULES
from pulsenet.updates import METHODS

#: Variants of each seam, by the key that chooses one.
_VARIANTS = {"law": LAWS, "method": METHODS, "rule": RULES}
#: What pydantic's complaints mean to somebody who writes a run file, by their type; with the numbers they come with.
_ALLOWED = {
    "greater_than_equal": "must be at least {ge:g}",
    "greater_than": "must be greater than {gt:g}",
    "less_than_equal": "must be at most {le:g}",
    "less_than": "must be less than {lt:g}",
    "finite_number": "must be finite",
    "too_short": "must have at least {min_length} values",
    "literal_error": "must be {expected}",
    "string_type": "must be text in quotes",
    "path_type": "must be a path in quotes",
    "list_type": "must be a list",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "model_type": "must be a section with keys of its own",
    "model_attributes_type": "must be a section with keys of its own",
}


def one_line(error: ValidationError, model: type[BaseModel]) -> str:
    """The first complaint of pydantic as: key, value, what is allowed."""
    first = error.errors()[0]
    location = _location(first)
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")
    if first["type"] == "extra_forbidden":
        return f"{key} is not a key; {_keys(location, first['loc'], model)}"
    if first["type"] == "missing":
        return f"{key} is missing"
    if first["type"].startswith("union_tag"):
        tag = first["ctx"]["discriminator"].strip("'")
        allowed = ", ".join(repr(_tag(variant)) for variant in _VARIANTS[tag])
        given = first["ctx"].get("tag")
        return f"{key}.{tag} = {given!r} is not known; allowed: {allowed}" if given else f"{key}.{tag} is missing; allowed: {allowed}"
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "value_error":
        return f"{key}: {message}" if key else message
    allowed = [_allowed(detail) for detail in error.errors() if _location(detail)[: len(location)] == location]
    return f"{key} = {first['input']!r}: {', or '.join(dict.fromkeys(allowed))}"


def _location(detail: dict) -> list:
    """Where in the run a complaint belongs, without pydantic's names of the alternatives that it tried."""
    tags = {_tag(variant) for seam in _VARIANTS.values() for variant in seam}
    tags |= {"float", "int", "str", "literal", "list", "constrained-float", "constrained-int"}
    return [part for part in detail["loc"] if not (isinstance(part, str) and (part in tags or "[" in part))]


def _allowed(detail: dict) -> str:
    text = _ALLOWED.get(detail["type"], detail["msg"].replace("Input should be", "must be"))
    return text.format(**detail.get("ctx", {}))


def _tag(variant: type[BaseModel]) -> str:
    return next(field.default for name, field in variant.model_fields.items() if name in _VARIANTS)


def _keys(location: list, full: tuple, model: type[BaseModel]) -> str:
    """The keys of the section in which a wrong one stood, the likeliest first."""
    keys = list(model.model_fields)
    if len(location) > 1:
        variants = [*LAWS, *METHODS, *RULES]
        sections = {name: field.annotation for name, field in model.model_fields.items()}
        chosen = [variant for variant in variants if _tag(variant) in full] or [
            variant for variant in variants if location[0] == "rule" and variant in RULES
        ]
        section = chosen[0] if chosen else sections[location[0]]
        keys = list(section.model_fields)
    close = difflib.get_close_matches(str(location[-1]), keys, n=1)
    return (f"did you mean {close[0]!r}? " if close else "") + "allowed: " + ", ".join(keys)
