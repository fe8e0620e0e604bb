"""Integrate-and-fire neuron: fires while charge arrives, from the start of the frame on.

A pulse of one slot whenever the charge exceeds that of its pulses so far by half of one step of the output (1/n_slots),
so that the last is rounded; at most one per slot, and n_slots in all. What waits is fired in the phase after the last
charge. The charge is not diminished: that it is compared with as many steps as there were pulses is the reset by
subtraction. The next layer is read by each pulse at once, so layers overlap.

The number of pulses is exactly what a latched neuron would send if the charge never stood higher than at its end: if it
never falls, or if all of it arrives at once (latency code, from the input or from latched neurons). Else pulses that
were sent on the way stay sent: never fewer than those of a latched neuron, sometimes more. The derivative is latched
with the whole charge, as of a latched neuron. A bias line fires in the first n_slots slots of the frame. Noise of
reading grows with the charge, by the one deviate that the whole charge has in the end.

Source: reset by subtraction, 10.3389/fnins.2017.00682; threshold offset by half a step: this project.
"""

from pulsenet.seams.neurons.base import NeuronType

INTEGRATE_AND_FIRE = NeuronType(
    name="integrate-and-fire",
    at_phase="""\
preactivation = preactivation*int(phase > 0)*(1 - is_bias) + is_bias
forward_slots = forward_slots*int(phase > 0)""",
    fires="t_in_timesteps % frame_slots < {stop} and forward_slots < floor(n_slots*{output} + 0.5)",
    on_pulse="forward_slots += 1",
)
