"""A wrong name in one line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def unknown(where: str, name: str, allowed: Iterable[str]) -> str:
    """That there is no such name, which one may be meant, and which there are.

    Examples
    --------
    >>> unknown("baselines", "sofware", ("software", "quantised"))
    "baselines: no 'sofware'; did you mean 'software'? allowed: software, quantised"
    """
    allowed = [str(other) for other in allowed]
    close = difflib.get_close_matches(str(name), allowed, n=1)
    meant = f"did you mean {close[0]!r}? " if close else ""
    return f"{where}{': ' if where else ''}no {name!r}; {meant}allowed: {', '.join(allowed)}"
