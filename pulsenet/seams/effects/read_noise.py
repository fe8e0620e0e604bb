"""Read noise: no two readings of a device find the same current.

The noise of independent devices and pulses adds up to one normal deviate of their summed variance, which a neuron keeps
beside its charge. A refresh reads devices one by one: each of its readings has a deviate of its own.

Source: this project; a relative deviation of a device's current is the common way to state it.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from pulsenet.seams.effects.base import Effect
from pulsenet.seams.setting import Purpose, Setting

#: Names of the deviates of each kind of charge; the population follows.
_DEVIATE = {"charge": "read_noise", "backward_charge": "backward_noise"}


class ReadNoise(Effect):
    """The current of every device fluctuates from read pulse to read pulse.

    Parameters
    ----------
    read_noise : float
        Standard deviation of a device's current, relative to it.
    """

    title: ClassVar[str] = "read noise"
    improved_by: ClassVar[str] = "the device or its reading: quieter, or longer"
    made_ideal: ClassVar[str] = "readings without noise"
    strengths: ClassVar[tuple[str, ...]] = ("read_noise",)
    units: ClassVar[dict[str, str]] = {"verify_noise": "1", "verify_key": "1"}
    neuron_units: ClassVar[dict[str, str]] = {"read_noise": "1"}
    source: ClassVar[str] = "this project"

    effect: Literal["read-noise"] = "read-noise"
    read_noise: float = Field(default=0.0, ge=0, le=10)

    def told(self) -> str:
        return f"{100 * self.read_noise:.2f} % of a device's current"

    def as_verified(self, G: str) -> str:
        return f"({G})*(1 + verify_noise*normal(verify_key, device, pulse))"

    def integrators(self, charge: str) -> dict[str, str]:
        return {f"{charge}_variance": "coulomb**2"}

    def at_read(self, charge: str, side: str, slots: str, squares: str) -> str:
        return f"{charge}_variance_{side} += (V_read*slot*{slots})*(V_read*slot*{slots})*{squares}"

    def integrated(self, charge: str, text: str, population: str) -> str:
        return f"({text} + read_noise*sqrt({charge}_variance)*{_DEVIATE[charge]}_{population}(t, i))"

    def inputs(self, populations: dict[str, int]) -> dict[str, int]:
        learning = list(populations.items())[1:]
        forward = {f"{_DEVIATE['charge']}_{name}": lines for name, lines in learning}
        return forward | {f"{_DEVIATE['backward_charge']}_{name}": lines for name, lines in learning[:-1]}

    def values(self, setting: Setting, layer: int) -> dict[str, float]:
        return {"verify_noise": self.read_noise, "verify_key": setting.keys(Purpose.VERIFYING, 1, layer)[0]}

    def neuron_values(self, setting: Setting) -> dict[str, float]:
        return {"read_noise": self.read_noise}

    def fed(self, setting: Setting, first: int, last: int) -> dict[str, np.ndarray]:
        uniform = setting.per_frame(Purpose.READ_NOISE, self.inputs(setting.populations), first, last)
        from scipy.special import ndtri  # on use: it takes a fifth of a second

        return {name: ndtri(np.maximum(drawn, 2.0**-54)) for name, drawn in uniform.items()}
