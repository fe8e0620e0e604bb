"""Hard sigmoid: rest at 1/2.

Source: the PWM neuron of arXiv 2108.09954; the slope of 1 is this project's choice (the read gain scales it).
"""

from pulsenet.seams.neurons.base import Activation

HARD_SIGMOID = Activation(
    name="hard-sigmoid",
    output="clip(preactivation + 0.5, 0, 1)",
    derivative="int(preactivation > -0.5)*int(preactivation < 0.5)",
)
