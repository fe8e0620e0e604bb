"""Expressions as values: parsed once, then printed, asked for their names, evaluated in NumPy, or translated to C++.

One text serves every engine: Brian2 compiles the equations that are made of it, NumPy evaluates it here, and the
functions of response laws become one and the same C++ for all compiled engines, so that these agree to the last bit.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from types import CodeType
from typing import Any

import numpy as np

from pulsenet.text.chance import normal, uniform
from pulsenet.text.parsing import parsed


def _index(number: Any, axis: Any) -> np.ndarray:
    """A place in a table; NumPy computes also what is not needed, so it may be out of the table, or no number."""
    return np.clip(np.nan_to_num(number), 0, len(axis) - 1).astype(int)


def _look_up(table: Any, row: Any, column: Any) -> np.ndarray:
    return np.asarray(table)[_index(row, table), _index(column, table[0])]


#: Functions that translate to C++, and so may stand in a response law: (NumPy, C++).
FUNCTIONS = {
    "exp": (np.exp, "std::exp"),
    "expm1": (np.expm1, "std::expm1"),
    "log": (np.log, "std::log"),
    "log1p": (np.log1p, "std::log1p"),
    "sqrt": (np.sqrt, "std::sqrt"),
    "floor": (np.floor, "std::floor"),
    "abs": (np.abs, "std::fabs"),
    "pow": (np.power, "std::pow"),
    "min": (np.minimum, "std::min<double>"),
    "max": (np.maximum, "std::max<double>"),
    "int": (lambda value: np.asarray(value).astype(np.int64), "std::trunc"),  # cuts towards 0
    "normal": (normal, "pulsenet_normal"),
    "uniform": (uniform, "pulsenet_uniform"),
    "look_up": (_look_up, "{}_at"),
}
#: What else equations may name, as Brian2 means it.
_IN_EQUATIONS = {
    "clip": np.clip,
    "sign": np.sign,
    "second": 1.0,
    "inf": np.inf,
}
_BUILT_IN = {
    "__builtins__": {},
    "_and": np.logical_and,
    "_or": np.logical_or,
    "_not": np.logical_not,
    **_IN_EQUATIONS,
    **{name: function for name, (function, _) in FUNCTIONS.items()},
}
_TRANSLATABLE = (
    ast.Expression, ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.Call, ast.Name, ast.Load, ast.Constant,
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.USub, ast.Gt, ast.GtE, ast.Lt, ast.LtE, ast.And,
)  # fmt: skip


@dataclass(frozen=True)
class Expression:
    """A value as text, in Python's notation.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> half = Expression("G/2 + exp(-G)")
    >>> sorted(half.names), float(half.evaluate({"G": 0.0})), half.cpp()
    (['G'], 1.0, 'G / 2.0 + std::exp(-G)')
    """

    text: str

    def __str__(self) -> str:
        return self.text

    @cached_property
    def tree(self) -> ast.expr:
        """The parsed text; not to be changed."""
        return parsed(self.text)

    @cached_property
    def names(self) -> frozenset[str]:
        """Variables that it uses: all names but those of functions that it calls."""
        return self._all_names - self.calls

    @cached_property
    def calls(self) -> frozenset[str]:
        """Functions that it calls."""
        return frozenset(node.func.id for node in ast.walk(self.tree) if isinstance(node, ast.Call))

    @property
    def arguments(self) -> tuple[str, ...]:
        """Of a call: the texts of its arguments."""
        return tuple(ast.unparse(argument) for argument in self.tree.args)

    @cached_property
    def _all_names(self) -> frozenset[str]:
        return frozenset(node.id for node in ast.walk(self.tree) if isinstance(node, ast.Name))

    def evaluate(self, variables: Mapping[str, Any], common: Mapping[str, Any] | None = None) -> Any:
        """Value in NumPy, element by element.

        Parameters
        ----------
        variables : mapping
            Values by name, functions among them. A mapping that finds values when it is asked may be given.
        common : mapping, optional
            Further values, looked for after those of ``variables``.

        Raises
        ------
        NameError
            If a name is in neither.
        """
        with np.errstate(all="ignore"):  # both sides of a condition are computed; the one not taken may overflow
            return eval(self._compiled, {**_BUILT_IN, **(common or {})}, variables)

    @cached_property
    def _compiled(self) -> CodeType:
        tree = ast.Expression(_Elementwise().visit(parsed(self.text)))
        return compile(ast.fix_missing_locations(tree), "<expression>", "eval")

    def replaced(self, name: str, value: str) -> Expression:
        """The expression with another one in the place of a variable.

        Examples
        --------
        >>> str(Expression("n*n").replaced("n", "m + 1"))
        '(m + 1) * (m + 1)'
        """
        return self.rewritten(lambda node: expression(value).tree if node.id == name else node)

    def rewritten(self, rename: Callable[[ast.Name], ast.expr]) -> Expression:
        """The expression with every name replaced by what ``rename`` makes of it."""
        return Expression(ast.unparse(_Names(rename).visit(parsed(self.text))))

    def cpp(self, own_functions: frozenset[str] = frozenset()) -> str:
        """The expression as C++ on doubles.

        Parameters
        ----------
        own_functions : set of str
            C++ functions that it may call besides those of `FUNCTIONS`.

        Raises
        ------
        ValueError
            If it holds what does not translate.
        """
        for node in ast.walk(self.tree):
            if not isinstance(node, _TRANSLATABLE):
                what = f"{type(node).__name__} is not allowed (use pow(x, y) for powers)"
                raise ValueError(f"expression '{self.text}': {what}")
        if unknown := self.calls - FUNCTIONS.keys() - own_functions:
            allowed = ", ".join(FUNCTIONS)
            raise ValueError(f"expression '{self.text}': {min(unknown)} cannot be called, only {allowed}")
        tree = _ToCpp().visit(parsed(self.text))
        return ast.unparse(tree).replace(" and ", " && ")


@cache
def expression(text: str) -> Expression:
    """The one value of a text, so that what is asked of it is worked out once."""
    return Expression(text)


class _Names(ast.NodeTransformer):
    """Every name through a function."""

    def __init__(self, rename: Callable[[ast.Name], ast.expr]):
        self._rename = rename

    def visit_Name(self, node):
        return self._rename(node)

    def visit_Call(self, node):  # the name of what is called stays
        node.args = [self.visit(argument) for argument in node.args]
        return node


class _Elementwise(ast.NodeTransformer):
    """``and``, ``or`` and ``not`` work element by element."""

    def visit_BoolOp(self, node):
        first, *rest = (self.visit(value) for value in node.values)
        name = "_and" if isinstance(node.op, ast.And) else "_or"
        for value in rest:
            first = ast.Call(ast.Name(name, ast.Load()), [first, value], [])
        return first

    def visit_UnaryOp(self, node):
        operand = self.visit(node.operand)
        if isinstance(node.op, ast.Not):
            return ast.Call(ast.Name("_not", ast.Load()), [operand], [])
        return ast.UnaryOp(node.op, operand)


class _ToCpp(ast.NodeTransformer):
    """Numbers become doubles (1/2 is not 0) and functions get their C++ names; the rest reads alike in C++."""

    def visit_Constant(self, node):
        return ast.Constant(float(node.value))

    def visit_Call(self, node):
        arguments = [self.visit(argument) for argument in node.args]
        if node.func.id == "look_up":
            return ast.Call(ast.Name(FUNCTIONS["look_up"][1].format(arguments[0].id)), arguments[1:], [])
        name = FUNCTIONS[node.func.id][1] if node.func.id in FUNCTIONS else node.func.id
        return ast.Call(ast.Name(name), arguments, [])
