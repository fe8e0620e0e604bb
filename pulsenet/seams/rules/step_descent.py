"""Step descent: the sign of the input times the sign of the error, in four phases, one per pair of signs.

Source: Nair and Dudek, "Gradient-descent-based learning in memristive crossbar arrays", IJCNN 2015
(10.1109/IJCNN.2015.7280658), after its abstract; the slots that stand for the phases are this project's.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from pulsenet.seams.rules.base import LearningRule, Values
from pulsenet.seams.setting import Setting


class StepDescent(LearningRule):
    """One step for every pair whose input and error are not zero, whatever their sizes.

    A pulse programs in one of four phases: input and error positive; input positive, error negative; and the same for
    negative inputs. Inputs are at least 0 here, so the last two are idle: neurons with a positive error fire in the
    first slot of the update phase, those with a negative one in the second.

    In hardware: per neuron and per input line a bit for the sign; no thresholds to set, no counters, no random numbers.

    Parameters
    ----------
    dead_zone : float
        Errors up to this size count as zero; as in the single-step rule, in units of the output for output neurons.
    """

    error_pulses: ClassVar[str] = "int(error_gain > 0)*int(abs(error) > dead_zone)"
    fires: ClassVar[str] = "error_pulses > 0 and update_slot == int(error_polarity < 0)"
    gate: ClassVar[str] = "forward_slots_pre > 0"
    neuron_units: ClassVar[dict[str, str]] = {"dead_zone": "1"}
    source: ClassVar[str] = "Nair and Dudek 2015, 10.1109/IJCNN.2015.7280658 (abstract); slots: this project"

    rule: Literal["step-descent"] = "step-descent"
    dead_zone: float = Field(default=0.0, ge=0, lt=1)

    def neuron_values(self, setting: Setting, error_scale: dict[str, float]) -> Values:
        return {name: {"dead_zone": self.dead_zone / scale} for name, scale in error_scale.items()}
