"""Statements as C++."""

from __future__ import annotations

from collections.abc import Iterable

from pulsenet.engines.program.statements import Access, Block, Line, Sequence

#: C++ types of arrays; as Brian2 has them.
TYPES = {"float64": "double", "int32": "int32_t", "int64": "int64_t", "bool": "char", "uint16": "uint16_t"}
TYPES |= {"int8": "int8_t", "uint8": "uint8_t"}


def place(access: Access) -> str:
    """Where the value of a variable is."""
    if access.name == "t_in_timesteps":
        return "slot"
    if access.array:
        return access.array if access.index == "0" else f"{access.array}[{access.index}]"
    return "0" if access.index == "0" else access.index  # the time; the number of a line


def read(access: Access) -> str:
    """Statement that reads a variable from its array."""
    return f"{access.ctype} {access.name} = {place(access)};"


def write(access: Access) -> str:
    """Statement that writes a variable to its array."""
    return f"{place(access)} = {access.name};"


def statement(block: Block, line: Line) -> str:
    """A statement as Brian2 translates it."""
    return f"{line.ctype} {line.name} {line.op} {block.cpp(line.value)};".lstrip()


def opening(sequence: Sequence, besides: Iterable[str] = ()) -> list[str]:
    """Statements that read, and declare, the variables of a sequence, but for some."""
    left_out = set(besides)
    lines = [read(access) for access in sequence.reads if access.name not in left_out]
    return lines + [f"{access.ctype} {access.name};" for access in sequence.declared if access.name not in left_out]


def middle(block: Block, lines: Iterable[Line]) -> list[str]:
    """Statements."""
    return [statement(block, line) for line in lines]


def closing(sequence: Sequence, besides: Iterable[str] = ()) -> list[str]:
    """Statements that write the variables of a sequence, but for some."""
    left_out = set(besides)
    return [write(access) for access in sequence.writes if access.name not in left_out]


def whole(block: Block, sequence: Sequence) -> list[str]:
    """A sequence with all that it reads and writes."""
    return [*opening(sequence), *middle(block, sequence.lines), *closing(sequence)]
