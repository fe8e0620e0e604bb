"""The text of pathways, interpreted."""

import numpy as np
import pytest

from pulsenet.replay.interpret import Pairs, execute, write
from pulsenet.text.assignments import Code
from pulsenet.text.expressions import Expression


def test_statements_are_run_in_order_on_chosen_pairs():
    state = {"G": np.arange(6.0), "own": np.full(6, 10.0)}
    code = "polarity = sign_post*int(x_pre > 0)\nG += polarity*own\ncharge_post += G\nH = G + i + j"

    def pairs():
        return Pairs(np.array([1, 3, 5]), 2, state, {"x": np.array([0, 1, 1])}, {"sign": 2})

    with pytest.raises(NameError, match="nowhere"):
        execute(Code.parse(f"{code} + nowhere"), pairs(), {}, guard=["polarity"])
    chosen = pairs()
    execute(Code.parse(code), chosen, {}, guard=["polarity"])
    assert state["G"].tolist() == [0, 1, 2, 3, 4, 5] and chosen.index.tolist() == [3, 5]
    assert chosen["H"].tolist() == [23 + 1 + 1, 25 + 2 + 1]
    write(Code.parse(code), chosen)
    assert state["G"].tolist() == [0, 1, 2, 23, 4, 25]


def test_conditions_mean_what_brian_means():
    text = "int(x) == 2 and (y > 0 or not x > 2.5) and clip(x, 0, 2.2) > 2"
    given = {"x": np.array([2.1, 2.9, 2.9, -2.1]), "y": np.array([0, 1, 0, 1])}
    assert Expression(text).evaluate(given).tolist() == [True, True, False, False]
