"""Small networks of any neuron and code, with strong weights."""

from functools import cache

from cases import Case, small_run

from pulsenet import Linear, Unidirectional

LINEAR = Linear(G_min="0.1 uS", G_max="5 uS", pulses_SET=18.5, pulses_RESET=7)
FIRE = "integrate-and-fire"


@cache
def case_of(*layers, neuron="latched", code="width") -> Case:
    """Strong weights, so that hidden neurons use their whole range. Made once, as its engines are."""
    network = {"neuron": neuron, "code": code}
    sections = {"network": network, "read": {"gain": [1.0] * (len(layers) - 1)}}
    update = Unidirectional(refresh_above=0.8, refresh_margin=0.3)
    return Case(small_run(layers, LINEAR, seed=11, update=update, **sections), frames=12)
