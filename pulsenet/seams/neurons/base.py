"""Hidden neurons as Brian2 equation text: activations (output in [0, 1], derivative 0 or 1), and how the output is sent."""

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


@dataclass(frozen=True)
class NeuronType:
    """When a hidden neuron turns what it integrates into forward pulses.

    Attributes
    ----------
    name : str
    at_phase : str
        What becomes of ``forward_slots``, the neuron's value, when a phase begins, after ``preactivation`` was latched. In it,
        ``{output}`` is the activation's output.
    fires : str
        Condition, evaluated once per slot, under which its line sends a forward pulse of one slot; empty where that follows from
        the latched ``forward_slots`` by the pulse code. In it, ``{output}`` is that of the charge so far, and ``{stop}`` the
        slot of the frame at which the next layer's forward phase ends.
    on_pulse : str
        What a forward pulse does to the neuron that sends it.
    """

    name: str
    at_phase: str
    fires: str = ""
    on_pulse: str = ""


#: Sends nothing before all charge has arrived; the output is rounded to slots, latched, and sent in the next phase.
LATCHED = NeuronType(
    name="latched",
    at_phase="""\
forward_slots = forward_slots*(1 - activates) + (int(floor(n_slots*{output} + 0.5)))*activates
forward_slots = forward_slots*(1 - is_bias) + n_slots*is_bias""",
)
#: Fires while charge arrives, from the start of the frame on: a pulse of one slot whenever the charge exceeds that of its
#: pulses so far by half of one step of the output (1/n_slots), so that the last is rounded; at most one per slot, and n_slots
#: in all. What waits is fired in the phase after the last charge. The charge is not diminished: that it is compared with as
#: many steps as there were pulses is the reset by subtraction. The next layer is read by each pulse at once, so layers overlap.
#:
#: The number of pulses is exactly what a latched neuron would send if the charge never stood higher than at its end: if it
#: never falls, or if all of it arrives at once (latency code, from the input or from latched neurons). Else pulses that
#: were sent on the way stay sent: never fewer than those of a latched neuron, sometimes more. The derivative is latched with
#: the whole charge, as of a latched neuron. A bias line fires in the first n_slots slots of the frame. Noise of reading grows
#: with the charge, by the one deviate that the whole charge has in the end.
#:
#: Reset by subtraction: 10.3389/fnins.2017.00682; threshold offset by half a step: this project.
INTEGRATE_AND_FIRE = NeuronType(
    name="integrate-and-fire",
    at_phase="""\
preactivation = preactivation*int(phase > 0)*(1 - is_bias) + is_bias
forward_slots = forward_slots*int(phase > 0)""",
    fires="t_in_timesteps % frame_slots < {stop} and forward_slots < floor(n_slots*{output} + 0.5)",
    on_pulse="forward_slots += 1",
)

NEURONS: dict[str, NeuronType] = {neuron.name: neuron for neuron in (LATCHED, INTEGRATE_AND_FIRE)}
