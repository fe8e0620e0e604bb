"""What a learning rule is: which neuron fires an error pulse, when, and what it means for a device pair."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class LearningRule(BaseModel):
    """A learning rule as Brian2 equation text.

    Notes
    -----
    ``fires`` and ``polarity`` see ``update_slot``, the slot within the update phase (negative before it). ``fires`` is
    a condition on a neuron with an ``error`` in units of its output and a ``error_gain``; ``polarity`` is the change,
    -1, 0 or 1, that a pulse of the post-neuron asks of the weight of a device pair.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: Value latched once per frame, when the neuron's error is known.
    error_pulses: ClassVar[str]
    fires: ClassVar[str]
    polarity: ClassVar[str]
    source: ClassVar[str]
