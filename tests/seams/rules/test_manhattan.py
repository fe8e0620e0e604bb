"""The Manhattan rule: a step per batch."""

import numpy as np
from rule_cases import Bench

from pulsenet import Linear, Network, Run
from pulsenet.circuit.composition import compose
from pulsenet.seams.rules import Manhattan
from pulsenet.text.expressions import expression


def test_manhattan_takes_one_step_per_batch_whatever_the_sum():
    batch = np.array([False, False, True, False, True])
    change, error = Bench(Manhattan(), 5, error_gain=6.0).change([8, 8, 8, 8, 0], batch=batch)
    assert len(error["slot"]) == 5 * 2 * 3  # an error of 1/2 at a gain of 6
    np.testing.assert_allclose(change, [[2, -2], [2, -2]], rtol=1e-6, atol=0)


def test_a_batch_and_a_refresh_draw_noise_in_slots_of_their_own():
    """The noise of a pulse depends on the device and the slot."""
    run = Run(
        network=Network(layers=[1, 2]),
        device=Linear(G_min=0, G_max=1e-6, pulses_SET=9, pulses_RESET=9),
        rule=Manhattan(),
    )
    circuit = run.circuit()
    schedule, (_, output) = circuit.schedule, compose(circuit).populations
    known = {"frame_slots": schedule.frame_slots, "refresh_slot": schedule.refresh_slot, "t": 0}
    known |= {"t_in_timesteps": np.arange(schedule.frame_slots), "batch_in": lambda t: 1, "refresh_in": lambda t: 1}
    holds = {event: expression(output.events[event]).evaluate(known) for event in ("batch", "refresh")}
    due = {event: np.flatnonzero(slots) for event, slots in holds.items()}
    assert due == {"batch": [schedule.update_start + schedule.n_slots - 1], "refresh": [schedule.refresh_slot]}
