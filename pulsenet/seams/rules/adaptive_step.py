"""Adaptive steps: each weight has a number of pulses of its own, which grows while the sign of its change repeats.

Source: the sign rules with per-weight steps that Schiffmann, Joost, Werner 1994 compare (technical report, University
of Koblenz); the factors are common values of that family (Riedmiller and Braun 1993, 10.1109/ICNN.1993.298623); per
sample instead of per batch, and in whole pulses: this project.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from pulsenet.seams.rules.base import LearningRule, Values
from pulsenet.seams.setting import Setting


class AdaptiveStep(LearningRule):
    """A neuron with an error fires in every slot; a pair takes the first pulses only, as many as its own step says.

    With the last pulse of the frame the step grows if the error's sign is that of the pair's last change, and shrinks
    if it has flipped. Pairs whose input is below the threshold keep step and sign.

    In hardware: per device pair a counter for its step and a bit for its last sign; per neuron a comparator and a
    polarity bit.

    Parameters
    ----------
    error_threshold, input_threshold : float
        As in the single-step rule.
    grow, shrink : float
        Factors on the step.
    first, largest : float
        Step at the start, and the largest one, in pulses. A step below 1 pulse programs in none but the first slot, and
        only as often as its size says: by the neuron's random phase.
    """

    error_pulses: ClassVar[str] = "int(error_gain > 0)*int(abs(error) > error_threshold)"
    fires: ClassVar[str] = "error_pulses > 0 and update_slot >= 0 and update_slot < n_slots"
    gate: ClassVar[str] = "forward_slots_pre > input_threshold and update_slot + error_phase_post < first + grown"
    on_error: ClassVar[str] = (
        "\nlast_slot = int(update_slot == n_slots - 1)*int(forward_slots_pre > input_threshold)"
        "\nrepeats = int(last_sign*error_polarity_post > 0)"
        "\nflips = int(last_sign*error_polarity_post < 0)"
        "\ngrown = grown*(1 - last_slot)"
        " + last_slot*(clip((first + grown)*(1 + repeats*(grow - 1) + flips*(shrink - 1)), least, largest) - first)"
        "\nlast_sign = last_sign*(1 - last_slot) + last_slot*error_polarity_post\n"
    )
    on_error_at_closed_gates: ClassVar[bool] = True
    memory: ClassVar[dict[str, str]] = {"grown": "1", "last_sign": "1"}
    neuron_units: ClassVar[dict[str, str]] = {"error_threshold": "1"}
    pair_units: ClassVar[dict[str, str]] = {
        "input_threshold": "1", "first": "1", "grow": "1", "shrink": "1", "least": "1", "largest": "1",
    }  # fmt: skip
    source: ClassVar[str] = "sign rules of Schiffmann et al. 1994; per sample and in pulses: this project"

    rule: Literal["adaptive-step"] = "adaptive-step"
    error_threshold: float = Field(default=0.05, ge=0, lt=1)
    input_threshold: float = Field(default=0.3, ge=0, lt=1)
    grow: float = Field(default=1.2, ge=1, le=10)
    shrink: float = Field(default=0.85, gt=0, le=1)
    first: float = Field(default=1.0, gt=0)
    largest: float = Field(default=8.0, gt=0)

    def neuron_values(self, setting: Setting, error_scale: dict[str, float]) -> Values:
        return {name: {"error_threshold": self.error_threshold / scale} for name, scale in error_scale.items()}

    def pair_values(self, setting: Setting) -> Values:
        slots = float(np.floor(self.input_threshold * setting.n_slots))
        values = {"input_threshold": slots, "first": self.first, "grow": self.grow, "shrink": self.shrink}
        values |= {"least": min(0.05, self.first), "largest": self.largest}
        return {name: dict(values) for name in setting.layers}
