"""In which slots an event is possible, and how its senders are found."""

import pytest
from every_variant import case_of
from hypothesis import given
from hypothesis import strategies as st

from pulsenet.engines.program.device import simulation_of
from pulsenet.engines.program.events import factors, possible_slots
from pulsenet.engines.program.static_order import frame_of

pytestmark = pytest.mark.whole

CONSTANTS = {"frame_slots": 28, "n_slots": 6, "update_start": 21}
SLOT = "t_in_timesteps % frame_slots"


@pytest.mark.parametrize(
    ("condition", "first", "stop"),
    [
        (f"{SLOT} == 27", 27, 28),
        (f"{SLOT} - 7 > 0 and {SLOT} - 7 <= n_slots and slots == {SLOT} - 7", 8, 14),
        (f"{SLOT} - update_start >= 0 and {SLOT} - update_start < n_slots and error > 0", 21, 27),
        (f"refresh_in(t) > 0 and {SLOT} == 27", 27, 28),
        ("error > 0", 0, 28),
        (f"{SLOT} % 2 == 1 and x > 0", 1, 28),
    ],
)
def test_only_time_narrows_the_slots(condition, first, stop):
    assert possible_slots(condition, CONSTANTS) == range(first, stop)


def test_an_event_that_can_never_be_has_no_slot():
    assert not possible_slots(f"{SLOT} > 30 and x > 0", CONSTANTS)


@given(st.lists(st.sampled_from(["a > 1", "b == c", "f(a) > 0", "(a > 1 or b > 2)"]), min_size=1, max_size=4))
def test_a_condition_is_all_of_its_factors(parts):
    assert len(factors(" and ".join(parts))) == len(parts)


def steps(name):
    """All events of a circuit by phase and name, with how they are served."""
    case = case_of(name)
    frame = frame_of(case.composition, simulation_of(case.composition))
    return {(phase.number, step.event.name): step for phase in frame.phases for step in phase.steps}


def test_reads_of_the_width_code_are_done_at_once_and_error_pulses_slot_by_slot():
    found = steps("latched, width")
    reads = [found[0, "input_forward"], found[1, "hidden1_forward"], found[2, "output_backward"]]
    assert all(step.at_once and step.event.by_value for step in reads)
    errors = [found[3, "hidden1_error"], found[3, "output_error"]]
    assert all(step.listed and not step.at_once for step in errors)
    assert all(found[3, f"{name}_refresh"].event.is_of_all for name in ("hidden1", "output"))
    assert {phase for phase, _ in found} == {0, 1, 2, 3}  # each where it can be, and nowhere else
    assert all((3, f"{name}_rows") in found for name in ("input", "hidden1"))  # how long each row's refresh takes
    assert len(found) == 9


def test_neurons_that_fire_by_themselves_are_asked_in_every_slot():
    found = steps("integrate-and-fire, width")
    fires = [step for (_, name), step in found.items() if name == "hidden1_forward"]
    assert fires and not any(step.listed or step.at_once for step in fires)
    assert not found[0, "input_forward"].at_once  # each slot's charge may make a neuron fire
