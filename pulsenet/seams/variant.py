"""What the variants of all seams share: a name, a version, a source, and how one is chosen and found again."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any, ClassVar, Union

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny, WrapValidator, model_serializer

from pulsenet.text.complaints import OneLine

#: Where the variants are that have names of their own.
_BUNDLED = __name__.rpartition(".")[0] + "."


class Variant(BaseModel, metaclass=OneLine):
    """One of the variants of a seam: frozen, and without unknown keys.

    The field that ``tag`` names holds the variant's name. A class from elsewhere is written down, in a trace or a run
    file, by its import path in that place: ``law = "own.parabolic:Parabolic"``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    #: Name of the field that holds the variant's name.
    tag: ClassVar[str]
    #: Raised whenever the same parameters come to mean something else: a trace of another version is not replayed.
    version: ClassVar[int] = 1
    #: DOI and equation, or "this project".
    source: ClassVar[str]

    @property
    def name(self) -> str:
        """The variant's name; of a class from elsewhere, its import path."""
        kind = type(self)
        return getattr(self, self.tag) if _is_bundled(kind) else f"{kind.__module__}:{kind.__qualname__}"

    @model_serializer(mode="wrap")
    def _named(self, handler) -> dict[str, Any]:
        content = handler(self)
        return content if _is_bundled(type(self)) else content | {self.tag: self.name}


def _is_bundled(kind: type[Variant]) -> bool:
    return kind.__module__.startswith(_BUNDLED)


def choice(base: type[Variant], variants: tuple[type[Variant], ...]) -> Any:
    """The type of a field that holds a variant: one of a list by its name, or of a class from elsewhere.

    Parameters
    ----------
    base : subclass of Variant
        Of all variants of the seam.
    variants : tuple of subclasses of ``base``
        Those that can be chosen by name.
    """
    listed = Annotated[Union[variants], Field(discriminator=base.tag)] if len(variants) > 1 else variants[0]

    def read(value: Any, check: Any) -> Any:
        if isinstance(value, base):
            return value
        name = value.get(base.tag) if isinstance(value, dict) else None
        if isinstance(name, str) and ":" in name:
            rest = {key: part for key, part in value.items() if key != base.tag}
            return imported(name, base).model_validate(rest)
        return check(value)

    return Annotated[SerializeAsAny[listed], WrapValidator(read)]


def imported(name: str, base: type[Variant]) -> type[Variant]:
    """The class of an import path.

    Raises
    ------
    ValueError
        If there is none, or it is no variant of this seam.

    Examples
    --------
    >>> imported("pulsenet.seams.laws.linear:Linear", Variant).__name__
    'Linear'
    """
    module, _, attribute = name.partition(":")
    try:
        found = import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError, ValueError) as error:
        what = f"{base.tag} = {name!r}: cannot be imported ({error})"
        raise ValueError(f"{what}; put the folder that holds it on PYTHONPATH") from None
    if not (isinstance(found, type) and issubclass(found, base)):
        raise ValueError(f"{base.tag} = {name!r}: is no {base.__name__}")
    return found
