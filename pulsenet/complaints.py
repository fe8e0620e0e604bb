"""A wrong run description in one line: the key, the value, and what is allowed."""

from __future__ import annotations

import difflib

from pydantic import BaseModel, ValidationError

from pulsenet.devices import LAWS
from pulsenet.rules import RULES
from pulsenet.updates import METHODS


def one_line(error: ValidationError, model: type[BaseModel]) -> str:
    """The first complaint of pydantic as: key, value, what is allowed."""
    first = error.errors()[0]
    tags = {variant for seam in (LAWS, METHODS, RULES) for variant in (_tag(cls) for cls in seam)}
    tags |= {"float", "int", "str", "literal", "list", "constrained-float", "constrained-int"}
    location = [part for part in first["loc"] if not (isinstance(part, str) and (part in tags or "[" in part))]
    key = ".".join(str(part) for part in location)
    if first["type"] == "extra_forbidden":
        return f"{key} is not a key; {_allowed(location, first['loc'], model)}"
    if first["type"] == "missing":
        return f"{key} is missing"
    if first["type"].startswith("union_tag"):
        tag = first["ctx"]["discriminator"].strip("'")
        allowed = first["ctx"].get("expected_tags") or ", ".join(repr(_tag(law)) for law in LAWS)
        given = first["ctx"].get("tag")
        return f"{key}.{tag} = {given!r} is not known; allowed: {allowed}" if given else f"{key}.{tag} is missing; allowed: {allowed}"
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "value_error":
        return f"{key}: {message}" if key else message
    allowed = {detail["msg"].replace("Input should be", "must be") for detail in error.errors() if detail["loc"][: len(location)] == first["loc"][: len(location)]}
    return f"{key} = {first['input']!r}: {'; or: '.join(sorted(allowed))}"


def _tag(variant: type[BaseModel]) -> str:
    return next(
        field.default for name, field in variant.model_fields.items() if name in ("law", "method", "rule")
    )


def _allowed(location: list, full: tuple, model: type[BaseModel]) -> str:
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
