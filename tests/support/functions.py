"""The device functions of a small run."""

from __future__ import annotations

from typing import ClassVar

from pulsenet import Network, Run, Unidirectional, Variation
from pulsenet.circuit.device_functions import device_functions


class BothKinds(Unidirectional):
    """Sends SET and RESET pulses, and refreshes: a circuit of it has all that laws are asked for."""

    kinds: ClassVar[tuple[str, ...]] = ("SET", "RESET")


def circuit_of(device, update=None, **variation):
    """The circuit of a small run of such devices, with an update method and a variation."""
    network, update = Network(layers=[2, 2]), update or BothKinds()
    return Run(network=network, device=device, update=update, variation=Variation(**variation)).circuit()


def functions_of(device, update=None, **variation) -> dict:
    """By name: what the pathways of a run of such devices call."""
    return {function.name: function for function in device_functions(circuit_of(device, update, **variation))}


def filled(function, values):
    """A device function that takes what it is not called with from ``values``."""

    def call(*own):
        return function(*own, *(values[argument] for argument in list(function.arguments)[len(own) :]))

    return call


def function(device, name):
    """A device function with the device's parameters filled in."""
    return filled(functions_of(device)[name], device.parameters())
