"""Completing what pathways call: the parameters of device functions, and what each device has for itself.

Update methods and rules write ``written(refreshed_plus, n, G_plus)``, and know nothing of the law's parameters. Here,
in this one place, the rest is filled in. A call whose conductance is ``G_plus`` or ``G_minus`` gets the parameters of
that very device; any other call, those of the nominal device, which is all that a controller knows.
"""

from __future__ import annotations

import ast

from pulsenet.circuit.circuit import Circuit
from pulsenet.circuit.device_functions import OWN_ARGUMENTS
from pulsenet.text.assignments import Assignment, Code
from pulsenet.text.expressions import Expression
from pulsenet.text.functions import Piecewise
from pulsenet.text.parsing import parsed

_SIDES = {"G_plus": "plus", "G_minus": "minus"}
#: What is a matter of one device when it is assigned to: its conductance, and what a reading sees of it.
_ASSIGNED = {f"{name}_{side}": side for name in ("G", "seen") for side in ("plus", "minus")}


def completed(code: Code, circuit: Circuit, functions: tuple[Piecewise, ...]) -> Code:
    """Code with all calls of device functions complete, and everything that devices have for themselves named so."""
    known = {function.name: function for function in functions}

    def complete(line: Assignment) -> Expression:
        tree = parsed(str(line.value))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.func.id in known:
                _complete(node, known[node.func.id], circuit)
            if isinstance(node, ast.Compare):
                _own_threshold(node, circuit)
        if line.name in _ASSIGNED:
            _own_bounds(tree, _ASSIGNED[line.name], circuit)
        return Expression(ast.unparse(tree))

    return code.completed(complete)


def _complete(call: ast.Call, function: Piecewise, circuit: Circuit) -> None:
    """Append the parameters that a function takes. A device that answers no pulse answers none of its calls."""
    side = _SIDES.get(ast.unparse(call.args[-1]), "")
    own = circuit.own.keys() | {name for effect in circuit.effects for name in effect.memory}
    for effect in circuit.effects if side and {"when", "drive"} & function.arguments.keys() else ():
        if effect.answers:
            answers = parsed(effect.answers.format(side=side))
            call.args[0] = ast.BinOp(answers, ast.Mult(), call.args[0])
    for name in (name for name in function.arguments if name not in OWN_ARGUMENTS):
        if name == "device":
            call.args.append(parsed("device + 1" if side == "minus" else "device"))
        else:
            call.args.append(ast.Name(f"{name}_{side}" if side and name in own else name))


def _own_threshold(comparison: ast.Compare, circuit: Circuit) -> None:
    """A threshold that a device, or a reading of it, is compared with is its own."""
    left = comparison.left.args[-1] if isinstance(comparison.left, ast.Call) else comparison.left
    side, threshold = _SIDES.get(ast.unparse(left)), comparison.comparators[0]
    if side and isinstance(threshold, ast.Name) and threshold.id in circuit.own_thresholds:
        threshold.id += f"_{side}"


def _own_bounds(tree: ast.Expression, side: str, circuit: Circuit) -> None:
    """Bounds named in an assignment to a device are its own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in ("G_min", "G_max") and node.id in circuit.own:
            node.id += f"_{side}"
