"""One contract for all learning rules: texts that parse, names that are declared, and values of just those."""

import numpy as np
import pytest
from cases import Case, small_run
from declared import check_variant
from own.dead_zone import DeadZone
from rule_cases import DEVICE

from pulsenet import Unidirectional
from pulsenet.seams.rules import RULES
from pulsenet.seams.setting import Setting
from pulsenet.text.assignments import Code
from pulsenet.text.expressions import expression

EVERY = {rule.model_fields["rule"].default: rule() for rule in (*RULES, DeadZone)}
every_rule = pytest.mark.parametrize("rule", EVERY.values(), ids=EVERY)
LAYERS = {"layer1": (6, 4), "layer2": (5, 3)}
POPULATIONS = {"input": 6, "hidden1": 5, "output": 3}
SETTING = Setting(1, POPULATIONS, LAYERS, ("plus", "minus"), 1e-7, 5e-6, V_read=0.1, n_slots=16, frame_seconds=1e-5)
#: When a rule is asked.
TIME = {"update_slot", "pulse", "frame", "n_slots", "i"}
LATCHED = {"error_gain", "error_polarity", "error_phase"}


@every_rule
def test_its_text_names_what_is_declared(rule):
    of_neuron, of_pair = rule.neuron_units.keys(), rule.pair_units.keys() | rule.memory.keys()
    of_others = {f"{name}_post" for name in (*LATCHED, "error_pulses", *of_neuron)} | {"forward_slots_pre", "j"}
    assert expression(rule.error_pulses).names <= {"error", "error_gain", "n_slots", *of_neuron}
    assert expression(rule.fires).names <= TIME | LATCHED | {"error_pulses", *of_neuron}
    assert expression(rule.gate).names <= TIME | of_others | of_pair
    code = Code.parse(rule.on_error)
    assert code.names - set(code.assigned) <= TIME | of_others | of_pair | {"is_open", "polarity"}
    assert rule.memory.keys() <= set(code.assigned)
    assert set(rule.own) <= rule.pair_units.keys() and {rule.resistors} <= {"", *rule.own}


@every_rule
def test_a_batch_asks_for_a_change_and_starts_anew(rule):
    assert bool(rule.batch_polarity) == (rule.batch_frames() > 0)
    if rule.batch_polarity:
        assert expression(rule.batch_polarity).names <= rule.memory.keys()
        for sign in (-1, 0, 1):
            assert expression(rule.batch_polarity).evaluate(dict.fromkeys(rule.memory, 3.0 * sign)) in (-1, 0, 1)
    assert set(Code.parse(rule.after_batch).assigned) <= rule.memory.keys()


@every_rule
def test_values_are_those_that_are_declared(rule):
    """By every population that has an error, and by every layer; arrays for what differs from pair to pair."""
    of_neurons = rule.neuron_values(SETTING, {"hidden1": 2.0, "output": 1.0})
    assert {name: values.keys() for name, values in of_neurons.items() if values} == (
        dict.fromkeys(SETTING.learning, rule.neuron_units.keys()) if rule.neuron_units else {}
    )
    of_pairs = rule.pair_values(SETTING)
    assert {name: values.keys() for name, values in of_pairs.items() if values} == (
        dict.fromkeys(LAYERS, rule.pair_units.keys()) if rule.pair_units else {}
    )
    for layer, values in of_pairs.items():
        for name, value in values.items():
            assert np.shape(value) == (LAYERS[layer] if name in rule.own else ()) and np.isfinite(value).all()


@every_rule
def test_all_that_a_circuit_names_is_declared_and_has_a_value(rule):
    update = Unidirectional(refresh_above=0.8, refresh_margin=0.3)
    check_variant(Case(small_run([5, 4, 3], DEVICE, 11, update=update, rule=rule), frames=2))
