"""The section of a run file on how devices differ: from the device described, from each other, from pulse to pulse.

Its keys are those of all effects in `pulsenet.seams.effects`; each effect says in its own file what they mean.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from pydantic import create_model, model_validator

from pulsenet.describe.sections import Section
from pulsenet.seams.effects import EFFECTS, Effect
from pulsenet.seams.variant import choice


def _keys(effect: type[Effect]) -> list[str]:
    """Keys of an effect in the section: all of its parameters."""
    return [name for name in effect.model_fields if name != effect.tag]


_Keys = create_model(
    "_Keys",
    __base__=Section,
    **{
        name: (effect.model_fields[name].annotation, effect.model_fields[name])
        for effect in EFFECTS
        for name in _keys(effect)
    },
)


class Variation(_Keys):
    """How devices differ from the device described, from each other, and from pulse to pulse. Left out: not at all.

    Draws depend on the seed, the device and the pulse alone: they are the same on every engine, however the run is cut,
    and after a resume.

    Parameters
    ----------
    dtod_G_min, dtod_G_max, dtod_step, dtod_nonlinearity, distribution, truncate, correlation, pair_correlation
        Of `pulsenet.seams.effects.spread.Spread`.
    ctoc_step, ctoc_range
        Of `pulsenet.seams.effects.cycle_noise.CycleNoise`.
    stuck_G_min, stuck_G_max, stuck_random
        Of `pulsenet.seams.effects.stuck.Stuck`.
    read_noise
        Of `pulsenet.seams.effects.read_noise.ReadNoise`.
    drift_exponent, drift_onset, drift_every
        Of `pulsenet.seams.effects.drift.Drift`.
    own : list of Effect
        Effects of classes from elsewhere.

    Examples
    --------
    >>> [effect.title for effect in Variation(dtod_step=0.3, read_noise=0.05).effects]
    ['device-to-device spread', 'read noise']
    """

    own: list[choice(Effect, EFFECTS)] = []

    @model_validator(mode="after")
    def _check_effects(self):
        for effect in EFFECTS:  # a ValidationError in here is one of this section, with the key that it names
            effect.model_validate(self._values(effect))
        return self

    def _values(self, effect: type[Effect]) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _keys(effect)}

    @cached_property
    def effects(self) -> tuple[Effect, ...]:
        """The effects that act, in the order in which they do."""
        listed = (effect.model_validate(self._values(effect)) for effect in EFFECTS)
        return tuple(effect for effect in (*listed, *self.own) if effect.acts())
