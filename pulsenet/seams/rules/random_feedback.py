"""Event-driven random back-propagation: errors return through fixed random conductances, not through the devices.

Source: eRBP, Neftci et al. 2017, 10.3389/fnins.2017.00324: dw = -eta S_j boxcar(I_i) sum_k g_ik e_k. Here the errors of
each layer return to the one before it; with one hidden layer, that is the published rule. Sizes of g are this project's
choice.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from pulsenet.seams.rules.adaptive_bp import AdaptiveBP
from pulsenet.seams.rules.base import LearningRule, Values
from pulsenet.seams.setting import Purpose, Setting


class RandomFeedback(LearningRule):
    """Adaptive back-propagation whose backward pulses read a second, fixed array.

    The boxcar is the derivative bit that a hidden neuron latches. Reading needs no transposed access to the devices.

    In hardware: per layer above the first, an array of fixed resistors; else as adaptive back-propagation.

    Parameters
    ----------
    feedback_spread : float
        Feedback weights are uniform between plus and minus this fraction of the conductance range.
    """

    error_pulses: ClassVar[str] = AdaptiveBP.error_pulses
    fires: ClassVar[str] = AdaptiveBP.fires
    gate: ClassVar[str] = AdaptiveBP.gate
    resistors: ClassVar[str] = "feedback"
    pair_units: ClassVar[dict[str, str]] = {"feedback": "siemens"}
    own: ClassVar[tuple[str, ...]] = ("feedback",)
    source: ClassVar[str] = "Neftci et al. 2017, 10.3389/fnins.2017.00324; layer by layer, and sizes: this project"

    rule: Literal["random-feedback"] = "random-feedback"
    feedback_spread: float = Field(default=0.5, gt=0, le=1)

    def pair_values(self, setting: Setting) -> Values:
        high = self.feedback_spread * (setting.G_max - setting.G_min)
        values = {}
        for layer, (name, shape) in enumerate(setting.layers.items()):
            generator = setting.generator(Purpose.FEEDBACK, layer)
            values[name] = {"feedback": generator.uniform(-high, high, shape)}
        return values
