"""What a hidden neuron is: its activation, and when it turns what it integrates into pulses."""

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
    version : int
        Raised whenever the same name comes to mean something else.
    """

    name: str
    output: str
    derivative: str
    version: int = 1


@dataclass(frozen=True)
class NeuronType:
    """When a hidden neuron turns what it integrates into forward pulses.

    Attributes
    ----------
    name : str
    at_phase : str
        What becomes of ``forward_slots``, the neuron's value, when a phase begins, after ``preactivation`` was latched.
        In it, ``{output}`` is the activation's output.
    fires : str
        Condition, evaluated once per slot, under which its line sends a forward pulse of one slot; empty where that
        follows from the latched ``forward_slots`` by the pulse code. In it, ``{output}`` is that of the charge so far,
        and ``{stop}`` the slot of the frame at which the next layer's forward phase ends.
    on_pulse : str
        What a forward pulse does to the neuron that sends it.
    version : int
        Raised whenever the same name comes to mean something else.
    """

    name: str
    at_phase: str
    fires: str = ""
    on_pulse: str = ""
    version: int = 1
