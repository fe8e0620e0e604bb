"""Neuron activations as Brian2 equation text: output in [0, 1] and derivative 0 or 1."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Activation:
    """A piecewise linear activation of slope 1.

    Attributes
    ----------
    name : str
    output : str
        Output in [0, 1] of ``preactivation``.
    derivative : str
        1 where the output is on its slope, else 0: the bit a hidden neuron latches as its gate for the error.
    """

    name: str
    output: str
    derivative: str


#: Rest at 0, saturation at 1.
CLIPPED_LINEAR = Activation(
    name="clipped-linear",
    output="clip(preactivation, 0, 1)",
    derivative="int(preactivation > 0)*int(preactivation < 1)",
)
#: Rest at 1/2, as of the PWM neuron of arXiv 2108.09954; the slope of 1 is this project's choice (the read gain scales it).
HARD_SIGMOID = Activation(
    name="hard-sigmoid",
    output="clip(preactivation + 0.5, 0, 1)",
    derivative="int(preactivation > -0.5)*int(preactivation < 0.5)",
)

ACTIVATIONS: dict[str, Activation] = {activation.name: activation for activation in (CLIPPED_LINEAR, HARD_SIGMOID)}
