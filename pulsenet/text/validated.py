"""Descriptions that are made in Python complain as run files do: in one line."""

from __future__ import annotations

from pydantic import BaseModel, ValidationError

from pulsenet.errors import ConfigError


class OneLine(type(BaseModel)):
    """Metaclass of pydantic models whose call raises a `ConfigError` of one line instead of pydantic's ValidationError.

    A metaclass, because an ``__init__`` would also be called for models inside of others, and so hide from the outer one
    where a value stood.

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
            from pulsenet.text.complaints import one_line  # which knows all variants, and so comes after them

            raise ConfigError(one_line(error, cls)) from None
