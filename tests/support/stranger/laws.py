"""Response laws: how far n pulses of one kind take a device from where they begin, and what one pulse does.

``u`` is the way from the start of a branch, in siemens: G - G_min for SET, G_max - G for RESET; S = G_max - G_min.
"""

from __future__ import annotations

from math import exp, expm1, floor, inf, log1p

import numpy as np

from stranger.chance import uniform

MOST_STEPS = 1_000_000


class Branch:
    """The SET or the RESET branch of one device; its values are those in the file, less ``_SET`` or ``_RESET``."""

    def __init__(self, values: dict[str, float], kind: str, device: dict):
        self.kind, self.G_min, self.G_max = kind, values["G_min"], values["G_max"]
        self.S = self.G_max - self.G_min
        self.device = device
        for name, value in values.items():
            setattr(self, name.removesuffix(f"_{kind}"), value)

    def way(self, n: float) -> float:
        """u after n pulses."""
        raise NotImplementedError

    def number(self, u: float) -> float:
        """Pulses, not rounded, that lead to u."""
        raise NotImplementedError

    def step(self, u: float) -> float:
        """What one more pulse adds to u; of a law that draws its steps, the mean."""
        return self.way(self.number(u) + 1) - u

    def drawn(self, u: float, line: int, pulse: int, key: float) -> float:
        """The step of one pulse; only some laws draw it."""
        return self.step(u)


class Linear(Branch):
    def way(self, n):
        return n * self.S / self.pulses

    def number(self, u):
        return u / self.S * self.pulses


class Exponential(Branch):
    def way(self, n):
        x = self.beta * self.alpha * n
        return self.S / self.beta * log1p(x) if x > -1 else inf

    def number(self, u):
        return expm1(self.beta * u / self.S) / (self.beta * self.alpha)


class NeuroSim(Branch):
    def way(self, n):
        return -self.B * expm1(-n / self.A)

    def number(self, u):
        return -self.A * log1p(-u / self.B)


class SoftBounds(Branch):
    def way(self, n):
        return -self.bound * expm1(-self.rate * n)

    def number(self, u):
        return -log1p(-u / self.bound) / self.rate


class SoftBoundsPower(Branch):
    def way(self, n):
        x = -self.exponent * self.rate * n
        y = expm1(log1p(x) / self.exponent) if x > -1 else -1.0
        return -self.S / self.slope * y

    def number(self, u):
        return -expm1(self.exponent * log1p(-self.slope * u / self.S)) / (self.exponent * self.rate)


class ExponentialStep(Branch):
    def way(self, n):
        x = (1 + self.a) * expm1(self.rate * n)
        return self.S / self.c * log1p(x) if x > -1 else inf

    def number(self, u):
        return log1p(expm1(self.c * u / self.S) / (1 + self.a)) / self.rate


class GatedSchottkyDiode(Branch):
    def __init__(self, *given):
        super().__init__(*given)
        self.power, self.scale = (self.k, self.first) if self.kind == "SET" else (-self.k, -self.first)

    def way(self, n):
        return self.scale * expm1(self.power * log1p(n / self.n0))

    def number(self, u):
        return self.n0 * expm1(log1p(u / self.scale) / self.power)


class Sigmoidal(Branch):
    def way(self, n):
        x = expm1(self.rate * n)
        return self.foot * (self.width - self.foot) * x / (self.width + self.foot * x)

    def number(self, u):
        return log1p(u * self.width / (self.foot * (self.width - self.foot - u))) / self.rate


class JumpTable(Branch):
    """Rows of the table are bins of the range from G_min up, whatever the kind."""

    def __init__(self, *given):
        super().__init__(*given)
        self.table = self.device[f"{self.kind}_jumps"]
        self.means = [max(float(np.mean(row)), 1e-5) for row in self.table]
        in_order = self.means if self.kind == "SET" else self.means[::-1]
        bins = len(self.table)
        self.edges = [edge / bins for edge in range(bins + 1)]
        self.counts = [0.0, *np.cumsum([1 / bins / mean for mean in in_order]).tolist()]
        self.ways = np.interp(np.linspace(0, self.counts[-1], 257), self.counts, self.edges).tolist()

    def row(self, u):
        g = u / self.S if self.kind == "SET" else 1 - u / self.S
        return min(max(floor(g * len(self.table)), 0), len(self.table) - 1)

    def way(self, n):
        at = n / self.stretch / self.counts[-1] * 256
        below = min(floor(at), 255)
        part = min(at - below, 1.0)
        return self.S * (self.ways[below] + part * (self.ways[below + 1] - self.ways[below]))

    def number(self, u):
        return float(np.interp(u / self.S, self.edges, self.counts)) * self.stretch

    def step(self, u):
        return self.S * self.means[self.row(u)] / self.stretch

    def drawn(self, u, line, pulse, key):
        row = self.table[self.row(u)]
        return self.S * row[floor(uniform(key, line, pulse) * len(row))] / self.stretch


class ByStep(Branch):
    """A law that gives its step alone: n pulses are n steps; of the last, a part."""

    def way(self, n):
        u = 0.0
        while n > 0 and u < self.S:
            u, n = min(u + min(n, 1.0) * self.step(u), self.S), n - 1
        return u

    def number(self, u):
        at, n = 0.0, 0.0
        while at < u and n < MOST_STEPS:
            step = self.step(at)
            if step >= u - at:
                return n + (u - at) / step
            at, n = at + step, n + 1
        return n


class TwoExponentials(ByStep):
    """Of a class from elsewhere, after the text in the file's provenance/equations."""

    def step(self, u):
        used = u / self.S
        return self.S * (self.fast * exp(-self.decay_fast * used) + self.slow * exp(-self.decay_slow * used))


LAWS = {
    "linear": Linear,
    "exponential": Exponential,
    "neurosim": NeuroSim,
    "soft-bounds": SoftBounds,
    "soft-bounds-power": SoftBoundsPower,
    "exponential-step": ExponentialStep,
    "gated-schottky-diode": GatedSchottkyDiode,
    "sigmoidal": Sigmoidal,
    "jump-table": JumpTable,
    "own.two_exponentials:TwoExponentials": TwoExponentials,
}
