"""What Brian2 hands over of each code object: its statements as values, before they are C++.

Statements keep Brian2's own expressions, optimised by it, in Python's notation. They are turned into C++ by Brian2's
generator when a program is written; so all that looks at them here works on parsed expressions.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

from pulsenet.text.expressions import expression
from pulsenet.text.functions import Piecewise
from pulsenet.text.parsing import parsed


@dataclass(frozen=True)
class Access:
    """A variable that is read from, or written to, an array.

    Attributes
    ----------
    name, ctype : str
    array : str
        Name of the array; empty where the value is not in one: the time, and the number of a line.
    index : str
        In terms of the loops: ``_idx``, ``_presynaptic_idx``, ``_postsynaptic_idx`` or ``0``.
    """

    name: str
    ctype: str
    array: str
    index: str


@dataclass(frozen=True)
class Line:
    """One statement: ``name op value``; with ``ctype`` where it declares its variable."""

    name: str
    op: str
    value: str
    ctype: str = ""

    @cached_property
    def names(self) -> frozenset[str]:
        """Variables that it uses."""
        found = expression(self.value).names
        return found if self.op == "=" else found | {self.name}

    @property
    def calls(self) -> frozenset[str]:
        """Functions that it calls."""
        return expression(self.value).calls


@dataclass(frozen=True)
class Sequence:
    """Statements with what they read before, and write after."""

    reads: tuple[Access, ...] = ()
    lines: tuple[Line, ...] = ()
    writes: tuple[Access, ...] = ()

    @property
    def set_by(self) -> dict[str, Line]:
        """The last line that sets each variable."""
        return {line.name: line for line in self.lines}

    @property
    def declared(self) -> tuple[Access, ...]:
        """What is written without having been read."""
        known = {access.name for access in self.reads}
        return tuple(access for access in self.writes if access.name not in known)


@dataclass(frozen=True)
class Block:
    """A code object.

    Attributes
    ----------
    scalar, vector : Sequence
        What is done once, and what in a loop.
    cpp : function
        Brian2's translation of an expression.
    support : tuple of str
        C++ of the functions that it calls, as Brian2 has it.
    arrays : dict of str to (NumPy type, number of elements or None)
        All arrays that it may touch; None for one element per device pair.
    constants : dict of str to number
        Of its namespace.
    functions : dict of str to Piecewise
        Those that it may call of the circuit's own.
    """

    scalar: Sequence
    vector: Sequence
    cpp: Callable[[str], str] = field(compare=False)
    support: tuple[str, ...] = ()
    arrays: dict[str, tuple[str, int | None]] = field(default_factory=dict)
    constants: dict[str, float] = field(default_factory=dict)
    functions: dict[str, Piecewise] = field(default_factory=dict)

    @cached_property
    def read(self) -> frozenset[str]:
        """Arrays that it reads."""
        return frozenset(access.array for part in (self.scalar, self.vector) for access in part.reads) - {""}

    @cached_property
    def written(self) -> frozenset[str]:
        """Arrays that it writes."""
        return frozenset(access.array for part in (self.scalar, self.vector) for access in part.writes) - {""}

    @cached_property
    def timed(self) -> frozenset[str]:
        """Scalars that change from slot to slot."""
        found = {"t_in_timesteps"}
        for line in self.scalar.lines:
            if line.names & found:
                found.add(line.name)
        return frozenset(found)

    @property
    def is_timed(self) -> bool:
        """Whether anything in it depends on the slot."""
        lines = (*self.scalar.lines, *self.vector.lines)
        return any(line.names & self.timed for line in lines)

    def changed(self, **known: int) -> Block:
        """The same with whole numbers known for some variables."""
        scalar, known = _specialised(self.scalar, dict(known), self.functions)
        vector, known = _specialised(self.vector, known, self.functions)
        used = _used(vector)
        return replace(self, scalar=_pruned(scalar, used), vector=_pruned(vector, frozenset()))


def _specialised(
    sequence: Sequence, known: dict[str, int], functions: dict[str, Piecewise]
) -> tuple[Sequence, dict[str, int]]:
    """Statements with known whole numbers written in and worked out, and all that is known after them."""
    lines = []
    written = {access.name for access in sequence.writes}
    for line in sequence.lines:
        if line.ctype and line.name in known:  # before it is set: then it was known from the start
            continue
        value = _Simplified(known, functions).visit(parsed(line.value))
        if line.ctype and line.name not in written and _is_known(value):
            known[line.name] = value.value
            continue
        known.pop(line.name, None)
        if _does_nothing(line, value):
            continue
        if line.op == "*=" and isinstance(value, ast.Constant) and value.value == 0:
            line = replace(line, op="=")
        lines.append(replace(line, value=ast.unparse(value)))
    changed = {line.name for line in lines} | {access.name for access in sequence.declared}
    return Sequence(
        tuple(access for access in sequence.reads if access.name not in known),
        tuple(lines),
        tuple(access for access in sequence.writes if access.name in changed),
    ), known


def _is_known(value: ast.expr) -> bool:
    """Whether it is a whole number, or 0: what else is worked out in Python might round in another way."""
    return isinstance(value, ast.Constant) and (type(value.value) is int or value.value == 0)


def _does_nothing(line: Line, value: ast.expr) -> bool:
    """Whether a statement leaves its variable as it is."""
    if line.op == "=":
        return isinstance(value, ast.Name) and value.id == line.name
    return isinstance(value, ast.Constant) and value.value == {"*=": 1, "+=": 0}.get(line.op)


def _used(sequence: Sequence) -> frozenset[str]:
    named = (line.names for line in sequence.lines)
    return frozenset().union(*named) | {access.name for access in sequence.writes}


def _pruned(sequence: Sequence, used_later: frozenset[str]) -> Sequence:
    """Without what nothing uses."""
    needed, kept = set(used_later) | {access.name for access in sequence.writes}, []
    for line in reversed(sequence.lines):
        if line.name in needed:
            kept.insert(0, line)
            needed |= line.names
    return replace(
        sequence, reads=tuple(access for access in sequence.reads if access.name in needed), lines=tuple(kept)
    )


class _Simplified(ast.NodeTransformer):
    """Exact simplification: a known name is its number, x*1 = x, x + 0 = x, and x*0 = 0, for all finite x.

    A zero may lose its sign.
    """

    def __init__(self, known: dict[str, int], functions: dict[str, Piecewise]):
        self._known, self._functions = known, functions

    def visit_Name(self, node):
        return ast.Constant(self._known[node.id]) if node.id in self._known else node

    def visit_BinOp(self, node):
        node = self.generic_visit(node)
        left, right = _number(node.left), _number(node.right)
        if left is not None and right is not None and not isinstance(node.op, (ast.Div, ast.Pow)):
            return _worked_out(node)
        if isinstance(node.op, ast.Mult):
            if left == 0 or right == 0:
                return ast.Constant(0)
            if 1 in (left, right):
                return node.right if left == 1 else node.left
        elif isinstance(node.op, ast.Add) and 0 in (left, right):
            return node.right if left == 0 else node.left
        elif isinstance(node.op, ast.Sub) and right == 0:
            return node.left
        elif isinstance(node.op, ast.Div) and left == 0:
            return ast.Constant(0.0)
        return node

    def visit_UnaryOp(self, node):
        node = self.generic_visit(node)
        return _worked_out(node) if isinstance(node.operand, ast.Constant) else node

    def visit_Compare(self, node):
        node = self.generic_visit(node)
        constant = all(isinstance(part, ast.Constant) for part in (node.left, *node.comparators))
        return _worked_out(node) if constant else node

    def visit_BoolOp(self, node):
        node = self.generic_visit(node)
        decides = isinstance(node.op, ast.Or)
        open_ = [value for value in node.values if not isinstance(value, ast.Constant)]
        if any(isinstance(value, ast.Constant) and bool(value.value) == decides for value in node.values):
            return ast.Constant(int(decides))
        if len(open_) < 2:
            return open_[0] if open_ else ast.Constant(int(not decides))
        node.values = open_
        return node

    def visit_Call(self, node):
        node.args = [self.visit(argument) for argument in node.args]
        if node.func.id == "int" and isinstance(node.args[0], ast.Constant):
            return ast.Constant(int(node.args[0].value))
        function = self._functions.get(node.func.id)
        return self._of_no_case(node, function) if function else node

    def _of_no_case(self, call: ast.Call, function: Piecewise) -> ast.expr:
        """What a function gives where it is known that none of its cases holds; else the call."""
        known = {
            name: argument.value
            for name, argument in zip(function.arguments, call.args, strict=True)
            if isinstance(argument, ast.Constant)
        }
        simplified = _Simplified(known, {})
        for condition, _ in function.cases:
            holds = simplified.visit(parsed(condition))
            if not (isinstance(holds, ast.Constant) and not holds.value):
                return call
        given = dict(zip(function.arguments, call.args, strict=True))
        otherwise = parsed(function.otherwise)
        return given.get(otherwise.id, call) if isinstance(otherwise, ast.Name) else call


def _number(node: ast.expr) -> float | None:
    return node.value if isinstance(node, ast.Constant) else None


def _worked_out(node: ast.expr) -> ast.Constant:
    """An expression of numbers alone; what is true or false becomes 1 or 0."""
    value = eval(compile(ast.Expression(ast.fix_missing_locations(node)), "<number>", "eval"))
    return ast.Constant(int(value) if isinstance(value, bool) else value)
