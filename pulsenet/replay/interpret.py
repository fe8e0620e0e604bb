"""A pathway, run in NumPy on chosen device pairs: no simulator, and the same arithmetic.

`pulsenet.circuit.pathways` writes what an event does at a device pair as a `Code`. Brian2 compiles its text; here its
assignments are evaluated one by one on arrays of pairs, so that a replay does whatever the equations say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pulsenet.text.assignments import Code


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
            value = self.sides[side][variable] if side in self.sides else self.sides[name]  # KeyError if it is nowhere
            value = value[self["i" if side == "pre" else "j"]] if np.ndim(value) else value
        self[name] = value
        return value

    def keep(self, chosen: np.ndarray) -> None:
        """Go on with some of the pairs only."""
        for name, value in self.items():
            if np.shape(value) == self.index.shape:
                self[name] = value[chosen]
        self.index = self.index[chosen]


def execute(code: Code, pairs: Pairs, common: dict[str, Any], guard: Sequence[str] = ()) -> None:
    """Run code on pairs; `write` takes what it changed back to their layer.

    Sums that neurons keep over their pairs (``charge_post += ...``) are left out.

    Parameters
    ----------
    code : Code
    pairs : Pairs
    common : dict
        Names that are alike for all pairs: constants, parameters, inputs and functions.
    guard : sequence of str
        Variables; when all are set, pairs in which all of them are 0 are left out.

    Raises
    ------
    NameError
        If the text uses a name that is not given.
    """
    for line in code.lines:
        if line.name.endswith(("_pre", "_post")):
            continue
        pairs[line.name] = line.result.evaluate(pairs, common)
        if guard and line.name == guard[-1]:
            pairs.keep(np.any([np.broadcast_to(pairs[name], pairs.index.shape) != 0 for name in guard], axis=0))


def write(code: Code, pairs: Pairs) -> None:
    """Take what code changed at pairs back to the arrays of their layer."""
    for name in set(code.assigned) & pairs.state.keys():
        pairs.state[name][pairs.index] = pairs[name]
