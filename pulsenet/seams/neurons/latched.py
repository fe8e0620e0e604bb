"""Latched neuron: sends nothing before all charge has arrived; the output is rounded to slots, sent in the next phase.

Source: this project.
"""

from pulsenet.seams.neurons.base import NeuronType

LATCHED = NeuronType(
    name="latched",
    at_phase="""\
forward_slots = forward_slots*(1 - activates) + (int(floor(n_slots*{output} + 0.5)))*activates
forward_slots = forward_slots*(1 - is_bias) + n_slots*is_bias""",
)
