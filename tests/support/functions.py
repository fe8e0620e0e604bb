"""The device functions of a small run."""

from __future__ import annotations

from pulsenet import Network, Run, Unidirectional, Variation
from pulsenet.circuit.device_functions import device_functions


def functions_of(device, update=None, **variation) -> dict:
    """By name: what the pathways of a run of such devices call, with an update method and a variation."""
    network, update = Network(layers=[2, 2]), update or Unidirectional()
    circuit = Run(network=network, device=device, update=update, variation=Variation(**variation)).circuit()
    return {function.name: function for function in device_functions(circuit)}
