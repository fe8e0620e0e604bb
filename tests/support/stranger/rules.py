"""Learning rules: which neuron sends an error pulse in a slot k of the update phase, and which pairs it programs."""

from __future__ import annotations

from math import floor

from stranger.chance import uniform
from stranger.file import File


class Rule:
    """Adaptive back-propagation; and what the other rules have in common with it.

    Attributes
    ----------
    counts_only : bool
        Whether pairs are programmed at the end of a batch alone.
    """

    counts_only = False

    def __init__(self, file: File):
        self.file, self.N, self.about = file, file.n_slots, file.configuration["rule"]

    def pulses(self, error: float, gain: float) -> float:
        """Error pulses of a phase, not rounded."""
        return min(max(abs(error) * gain, 0.0), self.N)

    def fires(self, name: str, neuron: int, error: float, gain: float, phase: float, k: int, pulse: int) -> bool:
        """Whether a neuron of a population sends an error pulse; ``pulse`` is the slot of the run."""
        p = self.pulses(error, gain)
        return floor(p * (k + 1) / self.N + phase) > floor(p * k / self.N + phase)

    def is_open(self, layer: str, pair: Pair, line: int, value: int, phase: float, k: int, pulse: int) -> bool:
        """Whether an error pulse programs a pair of an input line with this value."""
        return k < value

    def after(self, layer: str, pair: Pair, value: int, polarity: int, k: int) -> None:
        """What a pair makes of an error pulse besides."""


class Pair(dict):
    """The devices of a pair, "plus" and "minus"; and what the pair remembers."""

    votes = 0
    step = 0.0
    sign = 0


class Manhattan(Rule):
    counts_only = True


class SingleStep(Rule):
    def fires(self, name, neuron, error, gain, phase, k, pulse):
        own = self.file.parameters[name]
        return gain > 0 and abs(error) > own["error_threshold"] and k == own["input_threshold"]


class StepDescent(Rule):
    def fires(self, name, neuron, error, gain, phase, k, pulse):
        return gain > 0 and abs(error) > self.file.parameters[name]["dead_zone"] and k == (0 if error > 0 else 1)

    def is_open(self, layer, pair, line, value, phase, k, pulse):
        return value > 0


class Stochastic(Rule):
    def fires(self, name, neuron, error, gain, phase, k, pulse):
        key = self.file.parameters[name]["error_key"]
        return uniform(key, neuron, pulse) * self.N < self.pulses(error, gain)

    def is_open(self, layer, pair, line, value, phase, k, pulse):
        return uniform(self.file.parameters[layer]["gate_key"], line, pulse) * self.N < value


class AdaptiveStep(Rule):
    def fires(self, name, neuron, error, gain, phase, k, pulse):
        return gain > 0 and abs(error) > self.file.parameters[name]["error_threshold"]

    def is_open(self, layer, pair, line, value, phase, k, pulse):
        own = self.file.parameters[layer]
        return value > own["input_threshold"] and k + phase < (pair.step or own["first"])

    def after(self, layer, pair, value, polarity, k):
        own = self.file.parameters[layer]
        if k != self.N - 1 or not value > own["input_threshold"]:
            return
        factor = {1: own["grow"], -1: own["shrink"], 0: 1.0}[pair.sign * polarity]
        pair.step = min(max((pair.step or own["first"]) * factor, own["least"]), own["largest"])
        pair.sign = polarity


RULES = {
    "adaptive-bp": Rule,
    "random-feedback": Rule,
    "manhattan": Manhattan,
    "single-step": SingleStep,
    "step-descent": StepDescent,
    "stochastic": Stochastic,
    "adaptive-step": AdaptiveStep,
}
