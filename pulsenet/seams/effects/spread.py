"""Device-to-device spread: every device has a range, steps and a nonlinearity of its own.

Every number depends on the seed, the layer, and the device alone. Bounds that keep a device possible (its step is at
least a hundredth of the nominal one, its range a hundredth of the nominal range) are this project's choice.

Source: this project; relative standard deviations of a device's parameters are the common way to state it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from pulsenet.seams.effects.base import Devices, Effect
from pulsenet.seams.laws.base import KINDS, ResponseLaw
from pulsenet.seams.setting import Purpose, Setting

#: In the order in which they are drawn: leaving one out changes no other.
DRAWN = ("common", "G_min", "G_max", "step_SET", "step_RESET", "nonlinearity_SET", "nonlinearity_RESET")
#: Least step, range and G_min of a device, relative to the nominal ones.
LEAST = 0.01

_Fraction = Annotated[float, Field(ge=0, le=1)]


class Spread(Effect):
    """Devices differ from the one described, once and for all.

    Parameters
    ----------
    dtod_G_min, dtod_G_max, dtod_step : float
        Device-to-device standard deviation, relative to the nominal value. The step is that of SET and of RESET, drawn
        apart: a device of a larger step needs fewer pulses for its range.
    dtod_nonlinearity : float
        Device-to-device standard deviation of the law's nonlinearity (its ``nonlinearity`` parameters: beta, k,
        steepness ...), in its own unit; SET and RESET drawn apart.
    distribution : str
        ``"gaussian"`` or ``"log-normal"`` (of the same relative deviation, with the nominal value as its median), of
        ``dtod_G_min``, ``dtod_G_max`` and ``dtod_step``.
    truncate : float
        No draw lies further out than so many standard deviations.
    correlation : float
        Between the properties of one device: 0 independent, 1 all from one draw.
    pair_correlation : float
        Between the two devices of a weight: 0 independent, 1 alike in all properties, as neighbours on a chip may be.
    """

    title: ClassVar[str] = "device-to-device spread"
    improved_by: ClassVar[str] = "the process: devices that are alike"
    made_ideal: ClassVar[str] = "devices that are all alike"
    strengths: ClassVar[tuple[str, ...]] = ("dtod_G_min", "dtod_G_max", "dtod_step", "dtod_nonlinearity")
    source: ClassVar[str] = "this project"

    effect: Literal["spread"] = "spread"
    dtod_G_min: _Fraction = 0.0
    dtod_G_max: _Fraction = 0.0
    dtod_step: float = Field(default=0.0, ge=0, le=3)
    dtod_nonlinearity: float = Field(default=0.0, ge=0, le=10)
    distribution: Literal["gaussian", "log-normal"] = "gaussian"
    truncate: float = Field(default=3.0, gt=0, le=6)
    correlation: _Fraction = 0.0
    pair_correlation: _Fraction = 0.0

    def told(self) -> str:
        parts = {"dtod_G_min": "G_min", "dtod_G_max": "G_max", "dtod_step": "the step"}
        found = [f"{100 * getattr(self, name):.1f} % of {what}" for name, what in parts.items() if getattr(self, name)]
        found += [f"{self.dtod_nonlinearity:.2g} of the nonlinearity"] if self.dtod_nonlinearity else []
        return " and ".join(found)

    def own(self, law: ResponseLaw) -> dict[str, str]:
        nominal = {name: np.zeros(1) for name in DRAWN}
        varied = law.varied(self._changes(law, nominal))
        units = varied.text().units
        return {name: units[name] for name, value in varied.parameters().items() if np.ndim(value)}

    def of_law(self, law: ResponseLaw) -> ResponseLaw:
        return law.stretchable() if self.dtod_step else law

    def alter(self, devices: Devices, setting: Setting, layer: int, side: int) -> Devices:
        shape = setting.layers[list(setting.layers)[layer]]
        deviates = self._deviates(setting, Purpose.PROPERTIES, shape, layer, side)
        if self.pair_correlation:
            shared = self._deviates(setting, Purpose.PAIRS, shape, layer)
            deviates = {
                name: self._mixed(self.pair_correlation, shared[name], deviate) for name, deviate in deviates.items()
            }
        return replace(devices, law=devices.law.varied(self._changes(devices.law, deviates)))

    def _deviates(self, setting: Setting, purpose: Purpose, shape: tuple[int, int], *which: int) -> dict:
        """Truncated standard normal deviates of every property."""
        from scipy.special import ndtr, ndtri  # on use: it takes a fifth of a second

        low = ndtr(-self.truncate)
        uniform = setting.generator(purpose, *which).random((len(DRAWN), *shape))
        deviates = dict(zip(DRAWN, ndtri(low + uniform * (1 - 2 * low)), strict=True))
        common = deviates.pop("common")
        return {name: self._mixed(self.correlation, common, deviate) for name, deviate in deviates.items()}

    def _mixed(self, correlation: float, common: np.ndarray, own: np.ndarray) -> np.ndarray:
        """Deviates of the same variance, any two of which with the same common part are correlated so much."""
        mixed = np.sqrt(correlation) * common + np.sqrt(1 - correlation) * own
        return np.clip(mixed, -self.truncate, self.truncate)

    def _changes(self, law: ResponseLaw, deviates: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """What varies, of standard normal deviates: siemens, factors on steps, and what is added to nonlinearities."""
        change = {}
        if self.dtod_G_min and law.G_min:
            change["G_min"] = law.G_min * self._factor(self.dtod_G_min, deviates["G_min"])
        if self.dtod_G_max or "G_min" in change:
            G_max = law.G_max * self._factor(self.dtod_G_max, deviates["G_max"])
            change["G_max"] = np.maximum(G_max, change.get("G_min", law.G_min) + LEAST * (law.G_max - law.G_min))
        for kind in KINDS:
            if self.dtod_step:
                change[f"step_{kind}"] = self._factor(self.dtod_step, deviates[f"step_{kind}"])
            if self.dtod_nonlinearity and law.nonlinearity:
                change[f"nonlinearity_{kind}"] = self.dtod_nonlinearity * deviates[f"nonlinearity_{kind}"]
        return change

    def _factor(self, deviation: float, deviate: np.ndarray) -> np.ndarray:
        grown = deviation * deviate
        return np.maximum(np.exp(grown) if self.distribution == "log-normal" else 1 + grown, LEAST)
