"""What a learning rule is: which neuron fires an error pulse, when, and which device pairs it programs."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from pulsenet.seams.setting import Setting
from pulsenet.seams.variant import Variant

Values = dict[str, dict[str, float | np.ndarray]]


class LearningRule(Variant):
    """A learning rule as Brian2 equation text.

    Notes
    -----
    ``update_slot`` is the slot within the update phase (negative before it), ``pulse`` the slot of the run, ``frame``
    the number of the frame. ``error_pulses`` and ``fires`` are of a neuron with an ``error`` in units of its output, an
    ``error_gain`` and a random ``error_phase`` in [0, 1); ``gate`` and the rest are of a device pair, with the
    variables of its input line (``forward_slots_pre``) and of its neuron (``error_polarity_post``). ``uniform(key,
    line, pulse)`` is a random number in [0, 1) that depends on these three alone.
    """

    tag: ClassVar[str] = "rule"

    #: Value latched once per frame, when the neuron's error is known.
    error_pulses: ClassVar[str]
    #: Condition, in each slot, under which a neuron fires an error pulse.
    fires: ClassVar[str]
    #: Condition under which an error pulse programs a pair: by one step in the direction of the neuron's error.
    gate: ClassVar[str]
    #: What a pair does with an error pulse besides; sees ``is_open`` (0 or 1) and ``polarity``.
    on_error: ClassVar[str] = ""
    #: Whether it does so behind a closed gate, too.
    on_error_at_closed_gates: ClassVar[bool] = False
    #: For a rule that programs only at the end of a batch of frames: the change, -1, 0 or 1, that it asks of the
    #: weight. Error pulses then only change the memory.
    batch_polarity: ClassVar[str] = ""
    #: What happens to the memory after that.
    after_batch: ClassVar[str] = ""
    #: What a pair remembers from pulse to pulse and from frame to frame, with its unit; 0 at the start.
    memory: ClassVar[dict[str, str]] = {}
    #: Name of fixed resistors, one per pair, which a backward pulse reads instead of the devices; with a sign, in
    #: siemens.
    resistors: ClassVar[str] = ""
    #: Parameters of neurons and of device pairs, with units; those of ``own`` differ from pair to pair.
    neuron_units: ClassVar[dict[str, str]] = {}
    pair_units: ClassVar[dict[str, str]] = {}
    own: ClassVar[tuple[str, ...]] = ()

    def batch_frames(self) -> int:
        """Training frames of a batch; 0 for a rule that programs in every frame."""
        return 0

    def neuron_values(self, setting: Setting, error_scale: dict[str, float]) -> Values:
        """Values of ``neuron_units`` by population.

        Parameters
        ----------
        setting : Setting
        error_scale : dict of str to float
            By population: what part of a phase its backward pulse would fill per unit of error; 1 for the output.
        """
        return {}

    def pair_values(self, setting: Setting) -> Values:
        """Values of ``pair_units`` by layer; arrays of shape (n_in, n_out) for those in ``own``."""
        return {}
