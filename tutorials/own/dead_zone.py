"""A learning rule of one's own: small errors are let be, and wear out no device."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from pulsenet import AdaptiveBP, LearningRule


class DeadZone(LearningRule):
    """Adaptive back-propagation in which a neuron fires only if its error is above a threshold.

    Parameters
    ----------
    threshold : float
        In units of the neuron's output.
    """

    error_pulses: ClassVar[str] = f"int(abs(error) > threshold)*{AdaptiveBP.error_pulses}"
    fires: ClassVar[str] = AdaptiveBP.fires
    gate: ClassVar[str] = AdaptiveBP.gate
    neuron_units: ClassVar[dict[str, str]] = {"threshold": "1"}
    source: ClassVar[str] = "this tutorial"

    rule: Literal["dead-zone"] = "dead-zone"
    threshold: float = Field(default=0.2, ge=0, le=1)

    def neuron_values(self, setting, error_scale):
        return {name: {"threshold": self.threshold} for name in setting.learning}
