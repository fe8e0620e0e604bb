"""How a report writes numbers, text of others, lists and tables in Markdown."""

from __future__ import annotations

import re

from pulsenet.fitting.doubts import in_unit
from pulsenet.text.quantities import from_si


def quantity(value: float, symbol: str) -> str:
    """A number in SI as a report shows it.

    Examples
    --------
    >>> quantity(2.5e-6, "S") == "2.5\\u00a0µS"
    True
    """
    return _typeset(from_si(value, symbol))


def number(name: str, value: float) -> str:
    """A parameter of a law, by its name, as a report shows it."""
    return _typeset(in_unit(name, value))


def _typeset(text: str) -> str:
    return text.replace(" u", " µ").replace(" ", "\u00a0")  # a line does not end between number and unit


def plain(text: str) -> str:
    """Text that Markdown shows as it is.

    Examples
    --------
    >>> plain("a|b *c* <d>")
    'a\\\\|b \\\\*c\\\\* &lt;d&gt;'
    """
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_{}\[\]#|])", r"\\\1", text.replace("\n", " "))


def bullets(lines: list[str]) -> str:
    """A list of lines."""
    return "\n".join(f"- {line}" for line in lines)


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table; cells hold Markdown."""
    lines = [f"| {' | '.join(cells)} |" for cells in (head, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]])
