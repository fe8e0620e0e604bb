"""A wrong run description in one line: the key, the value, and what is allowed."""

from __future__ import annotations

import difflib
from typing import Any

from pydantic import BaseModel, ValidationError

from pulsenet.seams.laws import LAWS
from pulsenet.seams.rules import RULES
from pulsenet.seams.updates import METHODS

#: Variants of each seam, by the key that chooses one.
_VARIANTS = {"law": LAWS, "method": METHODS, "rule": RULES}
#: What pydantic's complaints mean to somebody who writes a run file, by their type; with the numbers they come with.
_ALLOWED = {
    "greater_than_equal": "must be at least {ge:.10g}",
    "greater_than": "must be greater than {gt:.10g}",
    "less_than_equal": "must be at most {le:.10g}",
    "less_than": "must be less than {lt:.10g}",
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
        fields = getattr(_section(location, first["loc"], model), "model_fields", {}) if len(location) < 3 else {}
        needed = ", ".join(name for name, field in fields.items() if field.is_required())
        return f"{key} is missing" + (f"; needed here: {needed}" if needed else "")
    if first["type"].startswith("union_tag"):
        tag = first["ctx"]["discriminator"].strip("'")
        names, given = [_tag(variant) for variant in _VARIANTS[tag]], first["ctx"].get("tag")
        allowed = "allowed: " + ", ".join(map(repr, names))
        return (
            f"{key}.{tag} = {given!r} is not known; {_meant(given, names)}{allowed}"
            if given
            else f"{key}.{tag} is missing; {allowed}"
        )
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
    if detail["type"] not in _ALLOWED:  # the message is complete: braces in it are the user's
        return detail["msg"].replace("Input should be", "must be")
    return _ALLOWED[detail["type"]].format(**detail.get("ctx", {}))


def _tag(variant: type[BaseModel]) -> str:
    return next(field.default for name, field in variant.model_fields.items() if name in _VARIANTS)


def _section(location: list, full: tuple, model: type[BaseModel]) -> type[BaseModel]:
    """The section in which the key of a complaint stood, or should have stood."""
    if len(location) == 1:
        return model
    chosen = [variant for variant in (*LAWS, *METHODS, *RULES) if _tag(variant) in full] or [
        variant for variant in RULES if location[0] == "rule"
    ]
    return chosen[0] if chosen else model.model_fields[location[0]].annotation


def _keys(location: list, full: tuple, model: type[BaseModel]) -> str:
    """What may be meant by a wrong key, and the keys of the section in which it stood."""
    keys, others = list(_section(location, full, model).model_fields), []
    if len(location) == 1:  # perhaps a key of a section, written without it
        inside = {name: getattr(field.annotation, "model_fields", {}) for name, field in model.model_fields.items()}
        others = [f"{name}.{location[0]}" for name, fields in inside.items() if location[0] in fields]
    return (_meant(location[-1], keys) or _meant(location[-1], others, cutoff=0)) + "allowed: " + ", ".join(keys)


def _meant(given: str, names: list[str], cutoff: float = 0.6) -> str:
    close = difflib.get_close_matches(str(given), names, n=1, cutoff=cutoff)
    return f"did you mean {close[0]!r}? " if close else ""


def refuse_conversions(given: Any, read: Any, key: str = "") -> None:
    """See that what became a number was one, and what became true or false was that: ``"3"`` and ``true`` are no 3.

    Parameters
    ----------
    given : nested dict
        As it was written.
    read : BaseModel
        What it was read as.
    key : str
        Where in the run it stands.

    Raises
    ------
    ValueError
        At the first that is not: key, value, what is allowed.

    Examples
    --------
    >>> from pulsenet.describe.sections import Training
    >>> refuse_conversions({"epochs": "3"}, Training(epochs=3), "training")
    Traceback (most recent call last):
    ValueError: training.epochs = '3': must be a whole number, without quotes
    """
    if isinstance(given, dict) and isinstance(read, BaseModel):
        for name, part in given.items():
            refuse_conversions(part, getattr(read, name, None), f"{key}.{name}".lstrip("."))
    elif isinstance(given, (list, tuple)) and isinstance(read, (list, tuple)):
        for place, (part, found) in enumerate(zip(given, read, strict=True)):
            refuse_conversions(part, found, f"{key}[{place}]")
    elif isinstance(read, bool):
        if not isinstance(given, bool):
            raise ValueError(f"{key} = {given!r}: must be true or false, without quotes")
    elif isinstance(read, (int, float)) and (isinstance(given, bool) or _is_plain_number(given)):
        allowed = "a whole number" if isinstance(read, int) else "a number"
        raise ValueError(f"{key} = {given!r}: must be {allowed}{', without quotes' if isinstance(given, str) else ''}")


def _is_plain_number(given: Any) -> bool:
    """Whether this is text that holds a number without a unit."""
    try:
        return isinstance(given, str) and float(given) is not None
    except ValueError:
        return False
