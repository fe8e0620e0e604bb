"""Random numbers without a state: a uniform or normal deviate that depends on (key, device, pulse) alone.

A seeded stream would replay itself in every chunk, and give other numbers when a run is cut elsewhere. Here the three
numbers are hashed to 64 bits, and the bits become a deviate: the same on every engine, in any order.

Source: the hash is the finaliser of SplitMix64 (Steele, Lea, Flood 2014, 10.1145/2660193.2660195), applied twice; the
deviate is the quantile function AS 241, PPND7 (Wichura 1988, 10.2307/2347330), accurate to 7 digits.
"""

from __future__ import annotations

import numpy as np

_STEP, _DEVICE = 0x9E3779B97F4A7C15, 0xD1342543DE82EF95
_MIX = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
#: Numerators and denominators, highest power first: near the middle, in the tails, and far out.
_MIDDLE = (
    (5.9109374720e1, 1.5929113202e2, 5.0434271938e1, 3.3871327179),
    (6.7187563600e1, 7.8757757664e1, 1.7895169469e1, 1.0),
)
_TAIL = ((1.7023821103e-1, 1.3067284816, 2.7568153900, 1.4234372777), (1.2021132975e-1, 7.3700164250e-1, 1.0))
_FAR = ((1.7337203997e-2, 4.2868294337e-1, 3.0812263860, 6.6579051150), (1.2258202635e-2, 2.4197894225e-1, 1.0))


def normal(key, device, pulse) -> np.ndarray:
    """A standard normal deviate for each (key, device, pulse).

    Parameters
    ----------
    key, device, pulse : whole numbers below 2**53, or arrays of them

    Returns
    -------
    float array

    Examples
    --------
    >>> drawn = normal(1, np.arange(100_000), 7)
    >>> bool(abs(drawn.mean()) < 0.01), bool(abs(drawn.std() - 1) < 0.01)
    (True, True)
    """
    p = uniform(key, device, pulse)
    q = p - 0.5
    r = 0.180625 - q * q
    # A compiled engine takes but one branch; here all are computed, where r would be of the wrong sign.
    depth = np.sqrt(-np.log(np.minimum(p, 1.0 - p)))
    tail = np.where(depth <= 5.0, _ratio(_TAIL, depth - 1.6), _ratio(_FAR, depth - 5.0))
    return np.where(np.abs(q) <= 0.425, q * _ratio(_MIDDLE, r), np.where(q < 0.0, -tail, tail))


def uniform(key, device, pulse) -> np.ndarray:
    """A random number above 0, for each (key, device, pulse); 1 once in 2**53, else below it.

    Examples
    --------
    >>> drawn = uniform(1, np.arange(100_000), 7)
    >>> bool(abs(drawn.mean() - 0.5) < 0.005), bool(0 < drawn.min()), bool(drawn.max() < 1)
    (True, True, True)
    """
    key, device, pulse = (np.atleast_1d(np.asarray(value)).astype(np.uint64) for value in (key, device, pulse))
    line = _mixed(key + np.uint64(_STEP) * (pulse + np.uint64(1)))
    bits = _mixed(line + np.uint64(_DEVICE) * (device + np.uint64(1)))
    return ((bits >> np.uint64(11)).astype(float) + 0.5) * 2.0**-53


def _mixed(x: np.ndarray) -> np.ndarray:
    x = (x ^ (x >> np.uint64(30))) * np.uint64(_MIX[0])
    x = (x ^ (x >> np.uint64(27))) * np.uint64(_MIX[1])
    return x ^ (x >> np.uint64(31))


def _ratio(coefficients, x):
    above, below = coefficients
    return _polynomial(above, x) / _polynomial(below, x)


def _polynomial(coefficients, x):
    value = coefficients[0]
    for coefficient in coefficients[1:]:
        value = value * x + coefficient
    return value


def _cpp_polynomial(coefficients, x: str) -> str:
    text = repr(coefficients[0])
    for coefficient in coefficients[1:]:
        text = f"({text}*{x} + {coefficient!r})"
    return text


def _cpp_ratio(coefficients, x: str) -> str:
    return "/".join(_cpp_polynomial(part, x) for part in coefficients)


#: The same in C++, operation by operation, so that compiled engines and NumPy agree (the tails to the last digit or
#: two).
CPP = f"""\
#ifndef PULSENET_NORMAL
#define PULSENET_NORMAL
static inline unsigned long long pulsenet_mixed(unsigned long long x) {{
    x = (x ^ (x >> 30))*{_MIX[0]}ULL;
    x = (x ^ (x >> 27))*{_MIX[1]}ULL;
    return x ^ (x >> 31);
}}
static inline double pulsenet_uniform(double key, double device, double pulse) {{
    typedef unsigned long long whole;
    const whole line = pulsenet_mixed((whole) key + {_STEP}ULL*((whole) pulse + 1));
    const whole bits = pulsenet_mixed(line + {_DEVICE}ULL*((whole) device + 1));
    return ((double) (bits >> 11) + 0.5)*{2.0**-53!r};
}}
static inline double pulsenet_normal(double key, double device, double pulse) {{
    const double p = pulsenet_uniform(key, device, pulse);
    const double q = p - 0.5;
    if (std::fabs(q) <= 0.425) {{
        const double r = 0.180625 - q*q;
        return q*({_cpp_ratio(_MIDDLE, "r")});
    }}
    const double depth = std::sqrt(-std::log(std::min(p, 1.0 - p)));
    const double r = depth <= 5.0 ? depth - 1.6 : depth - 5.0;
    const double tail = depth <= 5.0 ? {_cpp_ratio(_TAIL, "r")} : {_cpp_ratio(_FAR, "r")};
    return q < 0.0 ? -tail : tail;
}}
#endif
"""
