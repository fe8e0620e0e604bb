"""What an event does, as a value: lines of assignments, parsed once.

Brian2 compiles the text of a `Code`; a replay runs the same `Code` in NumPy on chosen device pairs.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from pulsenet.text.expressions import Expression
from pulsenet.text.parsing import parsed_statement


@dataclass(frozen=True)
class Assignment:
    """One line: ``name = value``, or, if it ``adds``, ``name += value``."""

    name: str
    value: Expression
    adds: bool = False

    def __str__(self) -> str:
        return f"{self.name} {'+=' if self.adds else '='} {self.value}"

    @cached_property
    def result(self) -> Expression:
        """What the variable is afterwards."""
        return Expression(f"{self.name} + ({self.value})") if self.adds else self.value


@dataclass(frozen=True)
class Code:
    """Assignments in their order.

    Examples
    --------
    >>> code = Code.parse("drive = int(x > 0)\\nG += drive*step")
    >>> code.assigned, sorted(code.names)
    (('drive', 'G'), ['drive', 'step', 'x'])
    >>> print(code)
    drive = int(x > 0)
    G += drive * step
    """

    lines: tuple[Assignment, ...]

    @classmethod
    def parse(cls, text: str) -> Code:
        """Read assignments, one per line.

        Raises
        ------
        ValueError
            If a line is something else.
        """
        found = []
        for line in text.strip().splitlines():
            statement = parsed_statement(line)
            value = Expression(ast.unparse(statement.value)) if hasattr(statement, "value") else None
            if isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Add):
                found.append(Assignment(statement.target.id, value, adds=True))
            elif isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                found.append(Assignment(statement.targets[0].id, value))
            else:
                raise ValueError(f"'{line.strip()}': must be name = value, or name += value")
        return cls(tuple(found))

    def __str__(self) -> str:
        return "\n".join(map(str, self.lines))

    @property
    def assigned(self) -> tuple[str, ...]:
        """Names that it sets, in order."""
        return tuple(line.name for line in self.lines)

    @cached_property
    def names(self) -> frozenset[str]:
        """Variables that its values use."""
        return frozenset().union(*(line.value.names for line in self.lines))

    @cached_property
    def calls(self) -> frozenset[str]:
        """Functions that its values call."""
        return frozenset().union(*(line.value.calls for line in self.lines))

    def until(self, name: str) -> Code:
        """The lines up to that which sets ``name``; all, if none does."""
        if name not in self.assigned:
            return self
        return Code(self.lines[: self.assigned.index(name) + 1])

    def completed(self, complete: Callable[[Assignment], Expression]) -> Code:
        """The same assignments with other values."""
        return Code(tuple(Assignment(line.name, complete(line), line.adds) for line in self.lines))
