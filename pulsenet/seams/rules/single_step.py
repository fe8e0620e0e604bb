"""Single-step sign rule: at most one conductance step per device and frame.

Source: "a learning rule based on a single conductance step", 10.1109/ISCAS.2018.8351152 (abstract); the two thresholds
and how they are realised are this project's.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from pulsenet.seams.rules.base import LearningRule, Values
from pulsenet.seams.setting import Setting


class SingleStep(LearningRule):
    """A neuron whose error exceeds a threshold fires one error pulse; an input above a threshold lets it through.

    The pulse comes at a fixed slot, the input's threshold: inputs that are not high long enough have closed their gates
    by then. Neither the size of the error nor that of the input counts beyond that.

    In hardware: per neuron a comparator and a polarity bit; per input line one gate signal. No counters, no random
    numbers.

    Parameters
    ----------
    error_threshold : float
        Least error that fires a pulse: for output neurons in units of their output, for hidden neurons as a fraction of
        what fills their backward pulse.
    input_threshold : float
        Least input, from 0 to 1.
    """

    error_pulses: ClassVar[str] = "int(error_gain > 0)*int(abs(error) > error_threshold)"
    fires: ClassVar[str] = "error_pulses > 0 and update_slot == input_threshold"
    gate: ClassVar[str] = "update_slot < forward_slots_pre"
    neuron_units: ClassVar[dict[str, str]] = {"error_threshold": "1", "input_threshold": "1"}
    source: ClassVar[str] = "10.1109/ISCAS.2018.8351152 (abstract); thresholds: this project"

    rule: Literal["single-step"] = "single-step"
    error_threshold: float = Field(default=0.1, ge=0, lt=1)
    input_threshold: float = Field(default=0.5, ge=0, lt=1)

    def neuron_values(self, setting: Setting, error_scale: dict[str, float]) -> Values:
        slot = float(int(self.input_threshold * setting.n_slots))
        return {
            name: {"error_threshold": self.error_threshold / scale, "input_threshold": slot}
            for name, scale in error_scale.items()
        }
