"""Devices of which a step is a plain number."""

from __future__ import annotations

from pulsenet import Exponential, Linear

G_MIN, STEP = 1e-7, 1e-8
#: 100 SET pulses of 10 nS span the range, 50 RESET pulses of 20 nS.
LINEAR = Linear(G_min=G_MIN, G_max=G_MIN + 100 * STEP, pulses_SET=100, pulses_RESET=50)
EXPONENTIAL = Exponential(G_min="0.1 uS", G_max="5 uS", pulses_SET=20, beta_SET=2, pulses_RESET=12.5, beta_RESET=1)
