"""A wrong description in one line: the key, the value, and what is allowed."""

from __future__ import annotations

import difflib
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from pulsenet.errors import ConfigError


class OneLine(type(BaseModel)):
    """Metaclass of pydantic models whose call raises a `ConfigError` of one line instead of pydantic's ValidationError.

    A metaclass, because an ``__init__`` would also be called for models inside of others, and so hide from the outer
    one where a value stood.

    Examples
    --------
    >>> class Part(BaseModel, metaclass=OneLine):
    ...     size: int
    >>> Part(size="large")
    Traceback (most recent call last):
    pulsenet.errors.ConfigError: size = 'large': must be a whole number
    """

    def __call__(cls, *args, **values):
        try:
            return super().__call__(*args, **values)
        except ValidationError as error:
            raise ConfigError(one_line(error, cls)) from None


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
    """The first complaint of pydantic as: key, value, what is allowed.

    Parameters
    ----------
    error : ValidationError
    model : subclass of BaseModel
        What could not be made. Sections with variants are told by these: classes with an attribute ``tag``, the name
        of the key that chooses one of them.
    """
    variants = _variants(model)
    first = error.errors()[0]
    location = _location(first, variants)
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")
    if first["type"] == "extra_forbidden":
        return f"{key} is not a key; {_keys(location, first['loc'], model)}"
    if first["type"] == "missing":
        fields = getattr(_section(location, first["loc"], model), "model_fields", {}) if len(location) < 3 else {}
        needed = ", ".join(name for name, field in fields.items() if field.is_required())
        return f"{key} is missing" + (f"; needed here: {needed}" if needed else "")
    if first["type"].startswith("union_tag"):
        return _unknown_variant(key, first, variants)
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "value_error":
        return f"{key}: {message}" if key else message
    details = [detail for detail in error.errors() if _location(detail, variants)[: len(location)] == location]
    return f"{key} = {first['input']!r}: {', or '.join(dict.fromkeys(map(_allowed, details)))}"


def _unknown_variant(key: str, detail: dict, variants: list[type[BaseModel]]) -> str:
    tag, given = detail["ctx"]["discriminator"].strip("'"), detail["ctx"].get("tag")
    names = [_name(variant) for variant in variants if variant.tag == tag]
    allowed = "allowed: " + ", ".join(map(repr, names))
    if not given:
        return f"{key}.{tag} is missing; {allowed}"
    return f"{key}.{tag} = {given!r} is not known; {_meant(given, names)}{allowed}"


def _variants(part: Any) -> list[type[BaseModel]]:
    """All variants among which a model, or a type in one of its fields, lets choose."""
    if isinstance(part, type) and issubclass(part, BaseModel):
        if hasattr(part, "tag"):
            return [part] if part.tag in part.model_fields else []
        return [variant for field in part.model_fields.values() for variant in _variants(field.annotation)]
    return [variant for inside in get_args(part) for variant in _variants(inside)]


def _location(detail: dict, variants: list[type[BaseModel]]) -> list:
    """Where in the run a complaint belongs, without pydantic's names of the alternatives that it tried."""
    tried = {_name(variant) for variant in variants}
    tried |= {"float", "int", "str", "literal", "list", "constrained-float", "constrained-int"}
    return [part for part in detail["loc"] if not (isinstance(part, str) and (part in tried or "[" in part))]


def _allowed(detail: dict) -> str:
    if detail["type"] not in _ALLOWED:  # the message is complete: braces in it are the user's
        return detail["msg"].replace("Input should be", "must be")
    return _ALLOWED[detail["type"]].format(**detail.get("ctx", {}))


def _name(variant: type[BaseModel]) -> str:
    return variant.model_fields[variant.tag].default


def _section(location: list, full: tuple, model: type[BaseModel]) -> type[BaseModel]:
    """The section in which the key of a complaint stood, or should have stood."""
    if len(location) == 1:
        return model
    section = model.model_fields[location[0]]
    variants = _variants(section.annotation)
    chosen = [variant for variant in variants if _name(variant) in full]
    if not variants:
        return section.annotation
    return chosen[0] if chosen else type(section.default) if section.default else variants[0]


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
