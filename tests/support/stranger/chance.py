"""Random numbers: those that depend on a key, a line or device and a pulse, and those that are drawn frame by frame."""

from __future__ import annotations

from math import log, sqrt
from statistics import NormalDist

import numpy as np

WHOLE = 2**64


def mixed(x: int) -> int:
    """The finaliser of SplitMix64."""
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 % WHOLE
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB % WHOLE
    return x ^ (x >> 31)


def uniform(key: float, line: int, pulse: int) -> float:
    """A number in (0, 1)."""
    x = mixed((int(key) + 0x9E3779B97F4A7C15 * (pulse + 1)) % WHOLE)
    x = mixed((x + 0xD1342543DE82EF95 * (line + 1)) % WHOLE)
    return ((x >> 11) + 0.5) * 2.0**-53


def normal(key: float, line: int, pulse: int) -> float:
    """A standard normal deviate: PPND7 of AS 241, of the uniform number."""
    p = uniform(key, line, pulse)
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        above = 5.9109374720e1, 1.5929113202e2, 5.0434271938e1, 3.3871327179
        below = 6.7187563600e1, 7.8757757664e1, 1.7895169469e1, 1.0
        return q * polynomial(above, r) / polynomial(below, r)
    r = sqrt(-log(min(p, 1 - p)))
    if r <= 5:
        r -= 1.6
        above = 1.7023821103e-1, 1.3067284816, 2.7568153900, 1.4234372777
        below = 1.2021132975e-1, 7.3700164250e-1, 1.0
    else:
        r -= 5
        above = 1.7337203997e-2, 4.2868294337e-1, 3.0812263860, 6.6579051150
        below = 1.2258202635e-2, 2.4197894225e-1, 1.0
    return polynomial(above, r) / polynomial(below, r) * (-1 if q < 0 else 1)


def polynomial(coefficients: tuple[float, ...], x: float) -> float:
    """Highest power first."""
    value = 0.0
    for coefficient in coefficients:
        value = value * x + coefficient
    return value


def per_frame(seed: int, purpose: int, lines: dict[str, int], n_frames: int) -> dict[str, np.ndarray]:
    """Uniform numbers in [0, 1) of all frames, by name; of shape (frames, lines)."""
    total = sum(lines.values())
    generator = np.random.Generator(np.random.Philox(np.random.SeedSequence((seed, purpose))))
    rows = generator.random((n_frames, 4 * ((total + 3) // 4)))
    found, at = {}, 0
    for name, number in lines.items():
        found[name] = rows[:, at : at + number]
        at += number
    return found


def deviates(seed: int, lines: dict[str, int], n_frames: int) -> dict[str, np.ndarray]:
    """Standard normal deviates of the readings of all frames, by name."""
    quantile = np.vectorize(lambda u: NormalDist().inv_cdf(max(u, 2.0**-54)), otypes=[float])
    return {name: quantile(drawn) for name, drawn in per_frame(seed, 3, lines, n_frames).items()}
