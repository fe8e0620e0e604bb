"""What an effect is: what devices do besides answering pulses, from spread over noise to drift.

An effect is taken apart by *where it acts*: what each device has of its own, what it remembers, what a reading sees,
what a programming pulse does, and what happens between frames. It says each part as equation text, and all values that
the text needs; where it says nothing it costs nothing. Nothing else in pulsenet knows effects by name.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from pulsenet.seams.laws.base import ResponseLaw
from pulsenet.seams.setting import Setting
from pulsenet.seams.variant import Variant


@dataclass(frozen=True)
class Devices:
    """The devices of one side (G+ or G-) of one weight layer.

    Attributes
    ----------
    law : ResponseLaw
        With arrays of shape (n_in, n_out) in the fields that vary.
    stuck : bool array of shape (n_in, n_out)
        Devices that answer no pulse.
    stuck_at : float array of shape (n_in, n_out), siemens
        Where they stay.
    own : dict of float arrays of shape (n_in, n_out)
        What else each device has for itself, by name.
    """

    law: ResponseLaw
    stuck: np.ndarray
    stuck_at: np.ndarray
    own: dict[str, np.ndarray] = field(default_factory=dict)

    def with_own(self, **values: np.ndarray) -> Devices:
        """The same devices, with more of their own."""
        return replace(self, own=self.own | values)


class Effect(Variant):
    """Something that devices do besides answering pulses, as Brian2 equation text.

    Notes
    -----
    Which text may name what, beside the effect's own ``units``:

    ===========================  ====================================================================================
    `as_read`                    the device's own and its memory as ``name_{side}``, ``{device}``, ``frame``; its mean
                                 should be ``G``: gains are calibrated, and weights transferred, without it
    `as_step`, `as_verified`     the device's own as ``name``, parameters of the law, ``device``, ``pulse``
    ``every``                    own and memory as ``name_{side}``, ``G_{side}``, ``{device}``, ``frame``, ``pulse``,
                                 and its inputs as ``name(t)``
    values of ``remembers``      own as ``name_{side}``, inputs as ``name(t)``
    ``answers``                  own and memory as ``name_{side}``
    `at_read`, `integrated`      what their arguments name, ``V_read``, ``slot``; inputs as ``name(t, i)``
    ===========================  ====================================================================================

    ``{side}`` is ``plus`` or ``minus``, ``{device}`` and ``device`` the number of the device in its layer, ``frame``
    the number of the frame, ``pulse`` the slot of the run. Of the pulses and readings of a refresh, which all come in
    one slot, ``pulse`` is that slot + 2^32 x their number (`pulsenet.text.trains`): it tells pulses apart, not times.
    ``uniform(key, device, number)`` and ``normal(...)`` draw from these three alone; keys come from `Setting.keys` with
    a `Purpose` of the effect's own, and their names end in ``_key``.

    What a reading sees may depend on the frame, not on the slot: a pulse is as long as many slots, and its charge
    arrives at once. An ``event`` comes in the frames for which its input ``<event>_in``, of one value per frame, is
    above 0.
    """

    tag: ClassVar[str] = "effect"

    #: What people call it; whose it is to improve; and what devices are like without it, as far as that is not
    #: "absent".
    title: ClassVar[str]
    improved_by: ClassVar[str]
    made_ideal: ClassVar[str] = "absent"
    #: Parameters that are 0 where the effect is absent.
    strengths: ClassVar[tuple[str, ...]]

    #: Parameters that all devices of a layer share, that neurons have, and what each device remembers, with units.
    units: ClassVar[dict[str, str]] = {}
    neuron_units: ClassVar[dict[str, str]] = {}
    memory: ClassVar[dict[str, str]] = {}
    #: 1 for a device that answers pulses, else 0; empty for all.
    answers: ClassVar[str] = ""
    #: Of the memory, what a device keeps of its last pulse, and its value then.
    remembers: ClassVar[dict[str, str]] = {}
    #: What happens to a device between frames, in those for which the input ``<event>_in`` is above 0.
    event: ClassVar[str] = ""
    every: ClassVar[str] = ""
    #: Whether it is fed the time of the hardware, see `timed`.
    needs_clock: ClassVar[bool] = False

    def acts(self) -> bool:
        """Whether it is there at all."""
        return any(getattr(self, name) for name in self.strengths)

    def told(self) -> str:
        """Its size in words, for reports."""
        return ", ".join(f"{name} = {getattr(self, name):g}" for name in self.strengths if getattr(self, name))

    def told_of(self, setting: Setting) -> str:
        """What it chooses by itself in a run, in words; or nothing."""
        return ""

    # -- text ----------------------------------------------------------------------------------------------------------

    def own(self, law: ResponseLaw) -> dict[str, str]:
        """Names, with units, of what each device has for itself; parameters of the law may be among them."""
        return {}

    def as_read(self, G: str) -> str:
        """The conductance that a reading sees, of an expression for the conductance."""
        return G

    def as_step(self, step: str) -> str:
        """The step of one programming pulse, of an expression for the step.

        Its mean should be the law's step: a refresh counts pulses by that.
        """
        return step

    def as_verified(self, G: str) -> str:
        """The conductance that a reading of this one device finds, of an expression for what readings see.

        So a refresh reads, which verifies devices one by one. What the readings of a crossbar find, where the currents
        of many devices add up, `integrated` says.
        """
        return G

    def integrators(self, charge: str) -> dict[str, str]:
        """Further sums, with units, that a neuron keeps beside a charge."""
        return {}

    def at_read(self, charge: str, side: str, slots: str, squares: str) -> str:
        """What a read pulse adds to them; ``squares`` is the sum of the squares of the conductances that are seen."""
        return ""

    def integrated(self, charge: str, text: str, population: str) -> str:
        """What a neuron finds on an integrator, of an expression for the charge."""
        return text

    def inputs(self, populations: dict[str, int]) -> dict[str, int]:
        """Columns of the arrays that it is fed, one row per frame; 0 for a single value."""
        return {}

    # -- values --------------------------------------------------------------------------------------------------------

    def of_law(self, law: ResponseLaw) -> ResponseLaw:
        """The nominal device, of a law that can vary as this effect wants it."""
        return law

    def alter(self, devices: Devices, setting: Setting, layer: int, side: int) -> Devices:
        """The devices of one side (0: G+, 1: G-) of a layer (from 0) with what the effect makes of them."""
        return devices

    def values(self, setting: Setting, layer: int) -> dict[str, float]:
        """Values of ``units`` for a layer (from 0)."""
        return {}

    def neuron_values(self, setting: Setting) -> dict[str, float]:
        """Values of ``neuron_units``."""
        return {}

    def fed(self, setting: Setting, first: int, last: int) -> dict[str, np.ndarray]:
        """Values of `inputs` for frames ``first`` to ``last`` (exclusive).

        Returns
        -------
        dict of arrays
            Of shape (frames,) for a single value, else (frames, columns).
        """
        return {}

    def timed(self, setting: Setting, first: int, last: int, starts: np.ndarray) -> dict[str, np.ndarray]:
        """Values of those `inputs` that follow from the time of the hardware, if it ``needs_clock``; as `fed`.

        Parameters
        ----------
        setting : Setting
        first, last : int
        starts : float, shape (last,) or longer
            When each frame from 0 on begins, in seconds: when all that the frames before it take is over.
        """
        return {}


def drawn(law: ResponseLaw, effects: tuple[Effect, ...], setting: Setting) -> dict[str, tuple[Devices, Devices]]:
    """The devices of every layer by its name: G+ and G-. A fixed reference is nominal, whatever the effects.

    Parameters
    ----------
    law : ResponseLaw
        The nominal device.
    effects : tuple of Effect
    setting : Setting

    Examples
    --------
    >>> from pulsenet.seams.effects.spread import Spread
    >>> from pulsenet.seams.laws.linear import Linear
    >>> nominal = Linear(G_min="0 S", G_max="1 uS", pulses_SET=100, pulses_RESET=100)
    >>> setting = Setting(1, {}, {"layer1": (200, 100)}, ("plus", "minus"), 0.0, 1e-6, 0.1, 16, 1e-5)
    >>> G_plus, G_minus = drawn(nominal, (Spread(dtod_G_max=0.1),), setting)["layer1"]
    >>> round(float(G_plus.law.G_max.std() / nominal.G_max), 3)
    0.098
    """
    found = {}
    for layer, (name, shape) in enumerate(setting.layers.items()):
        pair = []
        for side, which in enumerate(("plus", "minus")):
            devices = Devices(law, np.zeros(shape, bool), np.full(shape, law.G_min))
            for effect in effects if which in setting.sides else ():
                devices = effect.alter(devices, setting, layer, side)
            pair.append(devices)
        found[name] = tuple(pair)
    return found
