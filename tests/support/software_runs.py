"""Runs that are trained in software."""

from pulsenet import Linear, Network, Run, Training

DEVICE = Linear(G_min="0.1 uS", G_max="5 uS", pulses_SET=64, pulses_RESET=64)


def run_of(layers=(64, 30, 10), **sections) -> Run:
    sections = {"training": Training(epochs=2)} | sections
    return Run(network=Network(layers=list(layers), **sections.pop("network", {})), device=DEVICE, **sections)
