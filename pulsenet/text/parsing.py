"""From text to syntax tree, for one thread at a time.

Python's `ast.parse` counts its depth in one place for all threads (up to 3.12 at least), and raises a SystemError ("AST
constructor recursion depth mismatch") where two are in it at a time.
"""

from __future__ import annotations

import ast
import threading

#: Whoever parses, or calls what does, holds it.
PARSING = threading.RLock()


def parsed(text: str) -> ast.expr:
    """The syntax tree of an expression, of the caller's own.

    Examples
    --------
    >>> ast.unparse(parsed(" a*(b + 1)"))
    'a * (b + 1)'
    """
    with PARSING:
        return ast.parse(text.strip(), mode="eval").body


def parsed_statement(text: str) -> ast.stmt:
    """The syntax tree of one statement.

    Raises
    ------
    ValueError
        If there are none, or several.
    """
    with PARSING:
        (statement,) = ast.parse(text.strip()).body
    return statement
