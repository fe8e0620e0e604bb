"""Programming pulses rebuilt from gates and error pulses are those that were counted where they happened."""

import numpy as np
import pytest
from rule_cases import a_case

from pulsenet import TraceError, Unidirectional
from pulsenet.replay.programming import gate_widths, open_gates, programming_pulses
from pulsenet.seams.rules import RULES, AdaptiveStep, Manhattan


@pytest.mark.parametrize("rule", [rule for rule in RULES if not rule.memory])
def test_gates_and_error_pulses_tell_the_programming_pulses(rule):
    """What a trace rebuilds from its pulses is what was counted where it happened."""
    case = a_case(rule, update=Unidirectional(refresh_every=1000, refresh_above=1, refresh_margin=1))
    result, schedule = case.simulate("numpy"), case.circuit.schedule
    names = case.circuit.population_names
    for frame in range(case.frames):
        start, rebuilt = frame * schedule.frame_slots, 0
        for layer, (before, after) in enumerate(zip(names, names[1:], strict=False), start=1):
            forward, error = (
                {column: values[pulses["slot"] // schedule.frame_slots == frame] for column, values in pulses.items()}
                for pulses in (result.pulses[before]["forward"], result.pulses[after]["error"])
            )
            own = case.parameters[f"layer{layer}"] | {"n_slots": schedule.n_slots}
            widths = gate_widths(forward, case.circuit.populations[before])
            gates = open_gates(rule, own, widths, error, start + schedule.update_start)
            rebuilt += len(programming_pulses(gates, error, start + schedule.update_start)["slot"])
        assert rebuilt == sum(sums["programming_pulses"][frame].sum() for sums in result.tally.values())


@pytest.mark.parametrize("rule", [Manhattan, AdaptiveStep])
def test_what_pairs_remember_cannot_be_rebuilt(rule):
    nothing = {"slot": np.array([10]), "line": np.array([0])}
    with pytest.raises(TraceError, match="programs by what device pairs remember"):
        open_gates(rule, {}, np.array([1, 2]), nothing, 0)
