"""Stochastic coincidence: random pulses on rows and columns; where two meet, one step.

Source: Gokmen and Vlasov 2016, 10.3389/fnins.2016.00333 (resistive processing unit); that the input keeps its own
probability and the whole gain is on the error's side is this project's choice.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pulsenet.seams.rules.base import LearningRule, Values
from pulsenet.seams.setting import Purpose, Setting


class StochasticCoincidence(LearningRule):
    """In each slot of the update phase an input line is high with a probability of its value, and a neuron fires with a
    probability of ``error_pulses / n_slots``. A pair where both happen takes one step: on average ``error_pulses*x_i``.

    In hardware: per input line and per neuron a random source; per neuron a polarity bit. No counters.
    """

    error_pulses: ClassVar[str] = "clip(abs(error)*error_gain, 0, n_slots)"
    fires: ClassVar[str] = (
        "update_slot >= 0 and update_slot < n_slots and error_pulses > 0"
        " and uniform(error_key, i, pulse)*n_slots < error_pulses"
    )
    gate: ClassVar[str] = "uniform(gate_key, i, pulse)*n_slots < forward_slots_pre"
    neuron_units: ClassVar[dict[str, str]] = {"error_key": "1"}
    pair_units: ClassVar[dict[str, str]] = {"gate_key": "1"}
    source: ClassVar[str] = "Gokmen and Vlasov 2016, 10.3389/fnins.2016.00333; split of the gain: this project"

    rule: Literal["stochastic"] = "stochastic"

    def neuron_values(self, setting: Setting, error_scale: dict[str, float]) -> Values:
        drawn = setting.keys(Purpose.COINCIDENCE_ERROR, len(setting.learning))
        return {name: {"error_key": key} for name, key in zip(setting.learning, drawn, strict=True)}

    def pair_values(self, setting: Setting) -> Values:
        drawn = setting.keys(Purpose.COINCIDENCE_GATE, len(setting.layers))
        return {name: {"gate_key": key} for name, key in zip(setting.layers, drawn, strict=True)}
