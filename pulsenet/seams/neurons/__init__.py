"""Hidden neurons: activations, and how the output is sent. One file per variant; these are their lists."""

from pulsenet.seams.neurons.base import Activation, NeuronType
from pulsenet.seams.neurons.clipped_linear import CLIPPED_LINEAR
from pulsenet.seams.neurons.hard_sigmoid import HARD_SIGMOID
from pulsenet.seams.neurons.integrate_and_fire import INTEGRATE_AND_FIRE
from pulsenet.seams.neurons.latched import LATCHED

ACTIVATIONS: dict[str, Activation] = {activation.name: activation for activation in (CLIPPED_LINEAR, HARD_SIGMOID)}
NEURONS: dict[str, NeuronType] = {neuron.name: neuron for neuron in (LATCHED, INTEGRATE_AND_FIRE)}

__all__ = ["ACTIVATIONS", "CLIPPED_LINEAR", "HARD_SIGMOID", "INTEGRATE_AND_FIRE", "LATCHED", "NEURONS"]
