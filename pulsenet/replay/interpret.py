"""The text of a pathway, run in NumPy on chosen device pairs: no simulator, and the same arithmetic.

`pulsenet.circuit.pathways` writes what an event does at a device pair as lines of assignments. Brian2 compiles them; here they are
evaluated one by one on arrays of pairs, so that a replay does whatever the equations say.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from types import CodeType
from typing import Any

import numpy as np

from pulsenet.text.expressions import FUNCTIONS

#: What the text may call besides the device functions and the inputs, as Brian2 means it; ``int`` cuts towards 0.
NUMPY = {name: function for name, (function, _) in FUNCTIONS.items()} | {
    "int": lambda value: np.asarray(value).astype(np.int64),
    "clip": np.clip,
    "sign": np.sign,
    "second": 1.0,
    "_and": np.logical_and,
    "_or": np.logical_or,
    "_not": np.logical_not,
}


@dataclass(frozen=True)
class Statement:
    """One assignment: the name, and the compiled value."""

    name: str
    value: CodeType


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
        return (
            ast.Call(ast.Name("_not", ast.Load()), [operand], [])
            if isinstance(node.op, ast.Not)
            else ast.UnaryOp(node.op, operand)
        )


def condition(text: str) -> CodeType:
    """The condition of an event, compiled.

    Examples
    --------
    >>> code = condition("slot > 2 and not slot == 5")
    >>> eval(code, NUMPY, {"slot": np.arange(7)}).tolist()
    [False, False, False, True, True, False, True]
    """
    return _compiled(ast.parse(text.strip(), mode="eval").body)


@cache
def statements(code: str) -> tuple[Statement, ...]:
    """The assignments of a pathway in order; sums over the pairs of a neuron (``charge_post += ...``) are left out.

    Examples
    --------
    >>> [statement.name for statement in statements("drive = int(x > 0)\\nG += drive*step\\ncharge_post += G")]
    ['drive', 'G']
    """
    found = []
    for line in ast.parse(code).body:
        if isinstance(line, ast.AugAssign):
            name, value = line.target.id, ast.BinOp(ast.Name(line.target.id, ast.Load()), line.op, line.value)
        else:
            name, value = line.targets[0].id, line.value
        if not name.endswith(("_pre", "_post")):
            found.append(Statement(name, _compiled(value)))
    return tuple(found)


def _compiled(value: ast.expr) -> CodeType:
    tree = ast.Expression(_Elementwise().visit(value))
    return compile(ast.fix_missing_locations(tree), "<pathway>", "eval")


class Pairs(dict):
    """Variables of chosen device pairs, read from the arrays of their layer when a statement asks for them.

    Parameters
    ----------
    index : int array
        Numbers of the pairs, i*n_out + j.
    n_out : int
    state : dict of arrays of shape (pairs of the layer,)
        What each pair has for itself.
    pre, post : dict of str to float, or array with one entry per line
        Variables of the input lines and of the neurons.
    """

    def __init__(self, index: np.ndarray, n_out: int, state: dict, pre: dict, post: dict):
        super().__init__()
        self.index, self.n_out, self.state, self.sides = index, n_out, state, {"pre": pre, "post": post}

    def __missing__(self, name: str) -> Any:
        if name in ("i", "j"):
            value = self.index // self.n_out if name == "i" else self.index % self.n_out
        elif name in self.state:
            value = self.state[name][self.index]
        else:
            variable, _, side = name.rpartition("_")
            value = (
                self.sides[side][variable] if side in self.sides else self.sides[name]
            )  # a KeyError if it is nowhere
            value = value[self["i" if side == "pre" else "j"]] if np.ndim(value) else value
        self[name] = value
        return value

    def keep(self, chosen: np.ndarray) -> None:
        """Go on with some of the pairs only."""
        for name, value in self.items():
            if np.shape(value) == self.index.shape:
                self[name] = value[chosen]
        self.index = self.index[chosen]


def execute(code: str, pairs: Pairs, common: dict[str, Any], only_if: str = "") -> None:
    """Run a pathway on pairs, and write what it changed back to their layer.

    Parameters
    ----------
    code : str
    pairs : Pairs
    common : dict
        Names that are alike for all pairs: constants, parameters, inputs and functions.
    only_if : str, optional
        A variable; from where it is set, pairs in which it is 0 are left out.

    Raises
    ------
    NameError
        If the text uses a name that is not given.
    """
    changed = set()
    with np.errstate(all="ignore"):  # both sides of a case are computed; the one not taken may overflow
        for statement in statements(code):
            value = eval(statement.value, common, pairs)
            if statement.name in pairs.state:
                changed.add(statement.name)
            pairs[statement.name] = value
            if statement.name == only_if:
                pairs.keep(np.broadcast_to(value, pairs.index.shape) != 0)
    for name in changed:
        pairs.state[name][pairs.index] = pairs[name]
