"""The small expression language of response laws, in NumPy and in C++.

One text serves every engine: NumPy evaluates it, and C++ and Cython compile the *same* C++ line, so that the compiled
engines agree to the last bit.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from pulsenet.text.chance import CPP, normal, uniform

#: Functions an expression may call: (NumPy, C++).
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
    "normal": (normal, "pulsenet_normal"),
    "uniform": (uniform, "pulsenet_uniform"),
    "look_up": (lambda table, row, column: np.asarray(table)[_index(row, table), _index(column, table[0])], "{}_at"),
}
_NODES = (
    ast.Expression, ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.Call, ast.Name, ast.Load, ast.Constant,
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.USub, ast.Gt, ast.GtE, ast.Lt, ast.LtE, ast.And,
)  # fmt: skip


def _index(number: Any, axis: Any) -> np.ndarray:
    """A place in a table; NumPy computes also what is not needed, so it may be out of the table, or no number."""
    return np.clip(np.nan_to_num(number), 0, len(axis) - 1).astype(int)


@cache
def _parse(text: str) -> ast.Expression:
    tree = ast.parse(text.strip(), mode="eval")
    for node in ast.walk(tree):
        if not isinstance(node, _NODES):
            raise ValueError(f"expression '{text}': {type(node).__name__} is not allowed (use pow(x, y) for powers)")
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) not in FUNCTIONS:
            raise ValueError(f"expression '{text}': only {', '.join(FUNCTIONS)} may be called")
    return tree


def names(text: str) -> set[str]:
    """Variables that an expression uses.

    Examples
    --------
    >>> sorted(names("G + a*exp(-b*G)"))
    ['G', 'a', 'b']
    """
    found = {node.id for node in ast.walk(_parse(text)) if isinstance(node, ast.Name)}
    return found - set(FUNCTIONS)


def evaluate(text: str, variables: dict[str, Any]) -> Any:
    """Value of an expression in NumPy.

    Examples
    --------
    >>> evaluate("2*x + 1", {"x": 3.0})
    7.0
    """
    namespace = {name: numpy_function for name, (numpy_function, _) in FUNCTIONS.items()} | {"both": np.logical_and}
    code = _compiled(text)
    with np.errstate(all="ignore"):  # both sides of a condition are computed; the one not taken may overflow
        return eval(code, {"__builtins__": {}, **namespace}, variables)


class _ToNumpy(ast.NodeTransformer):
    """``and`` works element by element."""

    def visit_BoolOp(self, node):
        return ast.Call(ast.Name("both", ast.Load()), [self.visit(value) for value in node.values], [])


@cache
def _compiled(text: str):
    _parse(text)  # refuses what is not allowed
    tree = _ToNumpy().visit(ast.parse(text.strip(), mode="eval"))
    return compile(ast.fix_missing_locations(tree), "<expression>", "eval")


class _ToCpp(ast.NodeTransformer):
    """Numbers become doubles (1/2 is not 0) and functions get their C++ names; the rest reads alike in C++."""

    def visit_Constant(self, node):
        return ast.Constant(float(node.value))

    def visit_Call(self, node):
        arguments = [self.visit(argument) for argument in node.args]
        if node.func.id == "look_up":
            return ast.Call(ast.Name(FUNCTIONS["look_up"][1].format(arguments[0].id)), arguments[1:], [])
        return ast.Call(ast.Name(FUNCTIONS[node.func.id][1]), arguments, [])


def to_cpp(text: str) -> str:
    """An expression as C++ on doubles.

    Examples
    --------
    >>> to_cpp("G/2 + exp(-G)")
    'G / 2.0 + std::exp(-G)'
    """
    tree = _ToCpp().visit(ast.parse(text.strip(), mode="eval"))
    return ast.unparse(tree).replace(" and ", " && ")


@dataclass(frozen=True)
class Piecewise:
    """A function given by cases; a case's expression is computed only where its condition holds.

    That matters for speed: an error pulse visits every device of its line, and only those behind an open gate pay for
    the exponential.

    Parameters
    ----------
    name : str
    arguments : dict of str to str
        Names and units.
    unit : str
        Unit of the result.
    cases : tuple of (condition, expression)
        The first condition that holds decides.
    otherwise : str
        Expression where none does.
    tables : tuple of (name, rows)
        What ``look_up(name, row, column)`` in the expressions looks up; rows and columns count from 0.
    """

    name: str
    arguments: dict[str, str]
    unit: str
    cases: tuple[tuple[str, str], ...]
    otherwise: str
    tables: tuple[tuple[str, tuple[tuple[float, ...], ...]], ...] = ()

    def cpp(self) -> str:
        """The function in C++."""
        arguments = ", ".join(f"double {argument}" for argument in self.arguments)
        lines = [f"    if ({to_cpp(condition)}) return {to_cpp(expression)};" for condition, expression in self.cases]
        body = "\n".join([*lines, f"    return {to_cpp(self.otherwise)};"])
        support = (CPP if "pulsenet_" in body else "") + "".join(_cpp_table(name, rows) for name, rows in self.tables)
        return f"{support}static inline double {self.name}({arguments}) {{\n{body}\n}}"

    def __call__(self, *arguments: Any) -> Any:
        """The function in NumPy."""
        variables = dict(zip(self.arguments, arguments, strict=True)) | dict(self.tables)
        result = evaluate(self.otherwise, variables)
        for condition, expression in reversed(self.cases):
            result = np.where(evaluate(condition, variables), evaluate(expression, variables), result)
        return result


def _cpp_table(name: str, rows: tuple[tuple[float, ...], ...]) -> str:
    """A table in C++, once per file, with the function that looks up in it; out of the table, its last entry."""
    values = ", ".join(repr(value) for row in rows for value in row)
    return f"""\
#ifndef PULSENET_{name}
#define PULSENET_{name}
static const double {name}_values[] = {{{values}}};
static inline double {name}_at(double row, double column) {{
    const int r = (int) std::min(std::max(row, 0.0), {float(len(rows) - 1)});
    const int c = (int) std::min(std::max(column, 0.0), {float(len(rows[0]) - 1)});
    return {name}_values[r*{len(rows[0])} + c];
}}
#endif
"""
