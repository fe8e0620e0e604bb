"""One pulse at one device, and one reading of it: from the law's text and what the effects make of it."""

from __future__ import annotations

import ast

from pulsenet.circuit.circuit import Circuit
from pulsenet.text.expressions import expression


def moved(circuit: Circuit, kind: str, inlined: bool = False) -> str:
    """Expression: the conductance after a ``"SET"`` or ``"RESET"`` pulse, of ``G``.

    Parameters
    ----------
    circuit : Circuit
    kind : str
    inlined : bool
        Without the law's local names.
    """
    law = circuit.law
    step = law.inlined(getattr(law, kind)) if inlined else getattr(law, kind)
    sign = "+" if kind == "SET" else "-"
    if steps_exactly(circuit):
        return f"min(G + ({step}), G_max)" if kind == "SET" else f"max(G - ({step}), G_min)"
    for effect in circuit.effects:  # a step that is drawn may go either way
        step = effect.as_step(step)
    return f"min(max(G {sign} ({step}), G_min), G_max)"


def mean_step(circuit: Circuit, kind: str) -> str:
    """Expression: the mean step of a ``"SET"`` or ``"RESET"`` pulse at ``G``, which is the law's."""
    return circuit.law.inlined(circuit.law.mean(kind))


def read(circuit: Circuit) -> str:
    """Expression: the conductance that a reading of one device finds, of ``G`` and what the device has for itself."""
    G = "G"
    for effect in circuit.effects:
        text = effect.as_read(G).format(side="plus", device="device")
        G = effect.as_verified(str(expression(text).rewritten(_without_side)))
    return G


def steps_exactly(circuit: Circuit) -> bool:
    """Whether each pulse makes the law's step, the same each time."""
    return not circuit.law.random and all(effect.as_step("step") == "step" for effect in circuit.effects)


def reads_exactly(circuit: Circuit) -> bool:
    """Whether a reading finds the conductance itself."""
    return read(circuit) == "G"


def _without_side(node: ast.Name) -> ast.Name:
    """What a pathway knows as ``name_plus``, a function of one device knows as ``name``."""
    return ast.Name(node.id.removesuffix("_plus"))
