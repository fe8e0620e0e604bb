"""Manhattan rule over a batch: the sign of the summed product of input and error, one step per batch.

Source: dw = eta sgn(sum over the batch of delta_i V_j), Prezioso et al. 2015, 10.1038/nature14441; that the sum is
counted pulse by pulse at each pair is this project's.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from pulsenet.seams.rules.adaptive_bp import AdaptiveBP
from pulsenet.seams.rules.base import LearningRule


class Manhattan(LearningRule):
    """Error pulses and gates as in adaptive back-propagation, but a meeting only counts; a batch's last frame programs.

    In hardware: on top of adaptive back-propagation, an up-down counter per device pair, or the host that keeps them.

    Parameters
    ----------
    batch : int
        Training frames per step.
    """

    error_pulses: ClassVar[str] = AdaptiveBP.error_pulses
    fires: ClassVar[str] = AdaptiveBP.fires
    gate: ClassVar[str] = AdaptiveBP.gate
    on_error: ClassVar[str] = "votes += polarity"
    batch_polarity: ClassVar[str] = "sign(votes)"
    after_batch: ClassVar[str] = "votes = 0"
    memory: ClassVar[dict[str, str]] = {"votes": "1"}
    source: ClassVar[str] = "Prezioso et al. 2015, 10.1038/nature14441; counting: this project"

    rule: Literal["manhattan"] = "manhattan"
    batch: int = Field(default=10, ge=1, le=1_000_000)

    def batch_frames(self) -> int:
        return self.batch
