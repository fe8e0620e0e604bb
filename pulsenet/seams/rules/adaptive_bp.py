"""Adaptive back-propagation: error pulses gated by the input's pulse.

Source: 10.1007/s00521-018-3659-y (abstract) and, for the single conductance step per pulse and the time-modulated
input, 10.1109/ISCAS.2018.8351152 (abstract); the oscillator with a dithered initial phase is this project's.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pulsenet.seams.rules.base import LearningRule


class AdaptiveBP(LearningRule):
    """The number of programming pulses is input times error, with no multiplier.

    In the update phase each neuron with an error is an integrate-and-fire oscillator: it fires at a rate of
    ``error_pulses`` per phase, from a random initial phase. Input i holds its gate open for as many slots as its
    forward value. An error pulse that meets an open gate is one programming pulse on device pair (i, j): one
    conductance step. So pair (i, j) gets floor(error_pulses*x_i + dither) pulses, whose mean is error_pulses*x_i.

    In hardware: per neuron an accumulator with a random seed and a polarity bit; per input line one gate signal.
    """

    error_pulses: ClassVar[str] = "clip(abs(error)*error_gain, 0, n_slots)"
    fires: ClassVar[str] = (
        "update_slot >= 0 and update_slot < n_slots"
        " and error_pulses > 0 and floor(error_pulses*(update_slot + 1)/n_slots + error_phase)"
        " > floor(error_pulses*update_slot/n_slots + error_phase)"
    )
    gate: ClassVar[str] = "update_slot < forward_slots_pre"
    source: ClassVar[str] = (
        "10.1007/s00521-018-3659-y (abstract), 10.1109/ISCAS.2018.8351152 (abstract); oscillator: this project"
    )

    rule: Literal["adaptive-bp"] = "adaptive-bp"
