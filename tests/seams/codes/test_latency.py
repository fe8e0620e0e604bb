"""The latency code: when a pulse begins tells the value."""

import numpy as np
from neuron_cases import case_of
from pulsenet.exports.wires import high

from pulsenet.replay.programming import gate_widths


def test_the_rising_edge_tells_the_value():
    case = case_of(5, 4, 3, code="latency")
    n_slots, frame_slots = case.run.time.n_slots, case.circuit.schedule.frame_slots
    pulses = case.simulate("numpy").pulses["input"]["forward"]
    start, stop = high(pulses)
    sent = case.chunk.forward_slots[pulses["slot"] // frame_slots, pulses["line"]]
    np.testing.assert_array_equal(start % frame_slots, n_slots - sent)
    np.testing.assert_array_equal(stop % frame_slots, n_slots)
    assert len(pulses["slot"]) == (case.chunk.forward_slots > 0).sum() < case.chunk.forward_slots.size
    first = pulses["slot"] < frame_slots
    widths = gate_widths({name: values[first] for name, values in pulses.items()}, 6)
    np.testing.assert_array_equal(widths, case.chunk.forward_slots[0])
