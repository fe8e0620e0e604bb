"""One contract for all effects: what they say is complete, they say no more, and absent they cost nothing."""

from itertools import combinations

import numpy as np
import pytest
from cases import Case, small_run
from declared import check_variant
from plain_devices import EXPONENTIAL

from pulsenet import Unidirectional, Variation
from pulsenet.circuit.device_functions import CHANCE
from pulsenet.seams.effects import EFFECTS, Devices, Effect
from pulsenet.seams.setting import Setting
from pulsenet.text.assignments import Code
from pulsenet.text.expressions import expression

NAMES = [effect.model_fields["effect"].default for effect in EFFECTS]
each_effect = pytest.mark.parametrize("effect", EFFECTS, ids=NAMES)
POPULATIONS = {"input": 6, "hidden1": 5, "output": 3}
LAYERS = {"layer1": (6, 4), "layer2": (5, 3)}
SETTING = Setting(1, POPULATIONS, LAYERS, ("plus", "minus"), EXPONENTIAL.G_min, EXPONENTIAL.G_max, 0.1, 16, 1e-5)


def strong(effect: type[Effect]) -> Effect:
    """An effect of which all acts."""
    return effect(**dict.fromkeys(effect.strengths, 0.1))


def case_of(**variation) -> Case:
    """Every pathway: two layers, and a refresh that erases, writes and counts."""
    update = Unidirectional(refresh_above=0.7, refresh_margin=0.3, write_back="recount")
    return Case(small_run([5, 4, 3], EXPONENTIAL, 7, update=update, variation=Variation(**variation)), frames=3)


def of_side(names):
    return {f"{name}_{side}" for name in names for side in ("plus", "minus")}


# -- what it says of itself --------------------------------------------------------------------------------------------


@each_effect
def test_it_has_a_title_a_remedy_and_a_source(effect):
    assert effect.title and effect.improved_by and effect.made_ideal and effect.source and effect.__doc__
    assert strong(effect).told() and "\n" not in strong(effect).told()


@each_effect
def test_it_acts_where_any_of_its_strengths_is_not_0(effect):
    assert effect.strengths and all(effect.model_fields[name].default == 0 for name in effect.strengths)
    assert not effect().acts()
    for name in effect.strengths:
        assert effect(**{name: 0.1}).acts() and effect(**{name: 0.1}).told()


@each_effect
def test_absent_it_leaves_the_text_as_it_is(effect):
    """Whatever its further parameters are."""
    plain = str(case_of().composition)
    assert str(case_of(own=[effect()]).composition) == plain
    assert str(case_of(**{effect.strengths[0]: 0.1}).composition) != plain


# -- names -------------------------------------------------------------------------------------------------------------


def test_no_two_effects_share_a_name():
    """Of what is theirs alone; a spread says which of the law's parameters each device has for itself."""
    for one, other in combinations(map(strong, EFFECTS), 2):
        for kind in ("units", "neuron_units", "memory"):
            assert not getattr(one, kind).keys() & getattr(other, kind).keys(), kind
        assert not one.own(EXPONENTIAL).keys() & other.own(EXPONENTIAL).keys()
        assert not one.inputs(POPULATIONS).keys() & other.inputs(POPULATIONS).keys()
    assert not [key for key in Variation.model_fields if sum(key in effect.model_fields for effect in EFFECTS) > 1]


@each_effect
def test_text_of_devices_names_what_is_declared(effect):
    """What it calls of its inputs is declared, too."""
    effect, law = strong(effect), EXPONENTIAL
    known = effect.units.keys() | of_side(effect.own(law)) | of_side(effect.memory) | of_side(["G"])
    known |= {"G_min", "G_max", "frame", "pulse", "device", "t", "second"}
    inputs = effect.inputs(POPULATIONS).keys()
    for text in (effect.answers, effect.as_read("G_plus")):
        if text:
            assert expression(text.format(side="plus", device="device")).names <= known
    code = Code.parse(effect.every.format(side="plus", device="device"))
    assert code.names - set(code.assigned) <= known
    called = set(code.calls)
    for text in effect.remembers.values():
        assert expression(text.format(side="plus")).names <= known
        called |= expression(text.format(side="plus")).calls
    assert {name for name in called if name.endswith("_in")} <= inputs
    assert effect.remembers.keys() <= effect.memory.keys()
    assert (effect.event != "") == (effect.every != "") and (not effect.event or f"{effect.event}_in" in inputs)


@each_effect
def test_text_of_pulses_names_what_is_declared(effect):
    """As device functions take it: parameters, the law's bounds, chance, and what stood there."""
    effect = strong(effect)
    known = effect.units.keys() | CHANCE.keys() | {"G_min", "G_max", "G"}
    for text in (effect.as_step("G"), effect.as_verified("G")):
        assert expression(text).names <= known


@each_effect
def test_text_of_neurons_names_what_is_declared(effect):
    effect = strong(effect)
    inputs = effect.inputs(POPULATIONS).keys()
    for charge, population in (("charge", "output"), ("backward_charge", "hidden1")):
        sums = effect.integrators(charge).keys()
        found = expression(effect.integrated(charge, charge, population))
        assert found.names <= effect.neuron_units.keys() | sums | {charge, "t", "i"}
        assert {name for name in found.calls if name.endswith(population)} <= inputs
        code = Code.parse(effect.at_read(charge, "post", "forward_slots_pre", "G_plus*G_plus"))
        assert set(code.assigned) == {f"{name}_post" for name in sums} and all(line.adds for line in code.lines)
        assert code.names <= {"V_read", "slot", "forward_slots_pre", "G_plus"}


@each_effect
def test_all_that_a_circuit_names_is_declared_and_has_a_value(effect):
    check_variant(case_of(**dict.fromkeys(effect.strengths, 0.1)))


def test_all_effects_together_are_declared_and_have_values():
    check_variant(case_of(**{name: 0.1 for effect in EFFECTS for name in effect.strengths}))


# -- values ------------------------------------------------------------------------------------------------------------


@each_effect
def test_values_are_those_that_are_declared(effect):
    effect = strong(effect)
    for layer in range(len(LAYERS)):
        assert effect.values(SETTING, layer).keys() == effect.units.keys()
    assert effect.neuron_values(SETTING).keys() == effect.neuron_units.keys()
    assert np.isfinite([*effect.values(SETTING, 0).values(), *effect.neuron_values(SETTING).values()]).all()


@each_effect
def test_what_it_is_fed_is_what_it_asks_for(effect):
    """A row per frame, however the frames are cut."""
    effect = strong(effect)
    starts = np.cumsum(np.arange(10.0))

    def fed(first, last):
        return effect.fed(SETTING, first, last) | effect.timed(SETTING, first, last, starts[:last])

    inputs, whole = effect.inputs(POPULATIONS), fed(0, 9)
    assert effect.needs_clock == bool(effect.timed(SETTING, 0, 9, starts))
    assert whole.keys() == inputs.keys()
    for name, lines in inputs.items():
        assert whole[name].shape == ((9, lines) if lines else (9,))
        parts = [fed(first, last)[name] for first, last in ((0, 4), (4, 9))]
        np.testing.assert_array_equal(np.concatenate(parts), whole[name])


@each_effect
def test_what_each_device_has_for_itself_is_what_it_says(effect):
    effect = strong(effect)
    law, own = effect.of_law(EXPONENTIAL), effect.own(effect.of_law(EXPONENTIAL))
    for layer, shape in enumerate(LAYERS.values()):
        nominal = Devices(law, np.zeros(shape, bool), np.full(shape, law.G_min))
        found = effect.alter(nominal, SETTING, layer, 0)
        arrays = {name: value for name, value in found.law.parameters().items() if np.ndim(value)} | found.own
        assert arrays.keys() == own.keys()
        assert all(value.shape == shape for value in [*arrays.values(), found.stuck, found.stuck_at])
