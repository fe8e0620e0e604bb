"""A run of few frames that a test trains in no time."""

from __future__ import annotations

from pulsenet import Linear, Network, Record, Run, Time, Training, Unidirectional

DEVICE = Linear(G_min="0.1 uS", G_max="5 uS", pulses_SET=32, pulses_RESET=32)
RUN = Run(
    network=Network(layers=[3, 4, 2]),
    device=DEVICE,
    time=Time(n_slots=4),
    update=Unidirectional(refresh_every=3, refresh_above=0.5, refresh_margin=0.2),
    training=Training(epochs=2),
    record=Record(snapshots=2),
    seed=7,
)
N_TRAIN, N_TEST = 9, 5
