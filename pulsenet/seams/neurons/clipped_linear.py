"""Clipped-linear activation: rest at 0, saturation at 1.

Source: this project.
"""

from pulsenet.seams.neurons.base import Activation

CLIPPED_LINEAR = Activation(
    name="clipped-linear",
    output="clip(preactivation, 0, 1)",
    derivative="int(preactivation > 0)*int(preactivation < 1)",
)
