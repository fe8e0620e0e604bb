"""Exponential step: a constant step plus one that decays exponentially over the range (aihwkit's ExpStep)."""

from __future__ import annotations

from math import exp, expm1, log1p
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from pulsenet.errors import ConfigError
from pulsenet.seams.laws.base import ResponseLaw, not_zero


class ExponentialStep(ResponseLaw):
    """dg/dn = alpha (1 + a exp(-c g)) for SET and -alpha (1 + a exp(-c (1 - g))) for RESET, g in [0, 1].

    One pulse moves the device by one along the *integral* of that law, exp(c g) + a = (1 + a) exp(alpha c n), so n
    pulses land exactly on it, and alpha follows from the number of pulses that span the range. To first order in the
    step this is the published g += alpha (1 + a exp(-c g)).

    Parameters
    ----------
    pulses_SET, pulses_RESET : float
        SET pulses from ``G_min`` to ``G_max``; RESET pulses back.
    a_SET, a_RESET : float
        The decaying part of the first step, relative to the constant part. Above -1. 0 is linear.
    c_SET, c_RESET : float
        Its decay over the range. A negative value grows.

    Notes
    -----
    aihwkit's exponent is gamma z, z = 2 a_es w/(w_max - w_min) + b_es, and its A has the opposite sign. `from_aihwkit`
    converts: c_SET = -2 a_es gamma_up, a_SET = -A_up exp(gamma_up z(w_min)), c_RESET = -2 a_es gamma_down and
    a_RESET = -A_down exp(-gamma_down z(w_max)).
    The step may neither vanish within the range nor grow more than exp(10) times over it.

    Examples
    --------
    >>> curve = {"a_SET": 1.18, "c_SET": 5, "a_RESET": 12.1, "c_RESET": 5}
    >>> device = ExponentialStep(G_min="0 S", G_max="1 uS", pulses_SET=1000, pulses_RESET=300, **curve)
    >>> round(float(device.evaluate("SET", G=0.0) / device.evaluate("SET", G=1e-6)), 2)
    2.16
    """

    # max(..., -1 + 1e-16): a growing step (negative c) that would leave the range is cut, and ends at the bound.
    SET: ClassVar[str] = (
        "(G_max - G_min)/c_SET*log1p(max((1 + a_SET*exp(-c_SET*(G - G_min)/(G_max - G_min)))*growth_SET, -1 + 1e-16))"
    )
    RESET: ClassVar[str] = (
        "(G_max - G_min)/c_RESET"
        "*log1p(max((1 + a_RESET*exp(-c_RESET*(G_max - G)/(G_max - G_min)))*growth_RESET, -1 + 1e-16))"
    )
    SET_level: ClassVar[str] = "G_min + (G_max - G_min)/c_SET*log1p(max((1 + a_SET)*expm1(rate_SET*n), -1 + 1e-16))"
    RESET_level: ClassVar[str] = (
        "G_max - (G_max - G_min)/c_RESET*log1p(max((1 + a_RESET)*expm1(rate_RESET*n), -1 + 1e-16))"
    )
    SET_count: ClassVar[str] = "log1p(expm1(c_SET*(G - G_min)/(G_max - G_min))/(1 + a_SET))/rate_SET"
    RESET_count: ClassVar[str] = (
        "pulses_RESET - log1p(expm1(c_RESET*(G_max - G)/(G_max - G_min))/(1 + a_RESET))/rate_RESET"
    )
    units: ClassVar[dict[str, str]] = {
        "G_min": "siemens",
        "G_max": "siemens",
        "a_SET": "1",
        "c_SET": "1",
        "rate_SET": "1",
        "growth_SET": "1",
        "pulses_RESET": "1",
        "a_RESET": "1",
        "c_RESET": "1",
        "rate_RESET": "1",
        "growth_RESET": "1",
    }
    source: ClassVar[str] = (
        "aihwkit's ExpStepDevice, Rasch et al. 2021, 10.1109/AICAS51828.2021.9458494; integrated: this project"
    )

    nonlinearity: ClassVar[dict[str, tuple[float, float]]] = {"c": (-20, 20)}

    law: Literal["exponential-step"] = "exponential-step"
    pulses_SET: float = Field(ge=1, le=1e6)
    a_SET: float = Field(gt=-1, le=1e9)
    c_SET: float = Field(ge=-20, le=20)
    pulses_RESET: float = Field(ge=1, le=1e6)
    a_RESET: float = Field(gt=-1, le=1e9)
    c_RESET: float = Field(ge=-20, le=20)

    @model_validator(mode="after")
    def _check_steps(self):
        for kind in ("SET", "RESET"):
            a, c = getattr(self, f"a_{kind}"), getattr(self, f"c_{kind}")
            first, last = 1 + a, 1 + a * exp(-c)
            if not (0 < last <= exp(10) * first and first <= 1e6 * last * max(exp(min(c, 0)), exp(c) * 1e-6)):
                raise ValueError(
                    f"a_{kind} = {a:g}, c_{kind} = {c:g}: the step would vanish within the range, or grow too much "
                    "over it"
                )
        return self

    @classmethod
    def from_aihwkit(
        cls, G_min, G_max, *, dw_min, A_up, A_down, gamma_up, gamma_down, a, b, up_down=0.0, w_min=-1.0, w_max=1.0
    ) -> ExponentialStep:
        """The device of ``aihwkit.simulator.configs.devices.ExpStepDevice``, its weights laid over the range.

        Parameters
        ----------
        G_min, G_max
            Conductances at ``w_min`` and ``w_max``.
        dw_min, A_up, A_down, gamma_up, gamma_down, a, b, up_down, w_min, w_max : float
            aihwkit's parameters. The numbers of pulses follow from the step dw_min, which ``up_down`` makes smaller in
            one direction: its code takes dw_min (1 + min(up_down, 0)) up and dw_min (1 - max(up_down, 0)) down, where
            its documentation writes 1 + up_down and 1 - up_down.

        Raises
        ------
        ConfigError
            If a step would vanish within the range: a device that no number of pulses takes to its end.

        Examples
        --------
        >>> reram = {"dw_min": 0.00135, "up_down": 0.259359, "A_up": -1.18445, "A_down": -0.081404}
        >>> shape = {"gamma_up": 5, "gamma_down": 5, "a": -0.5, "b": -0.5}
        >>> device = ExponentialStep.from_aihwkit("1 uS", "10 uS", **reram, **shape)
        >>> round(device.a_SET, 2), round(device.a_RESET, 2), round(device.pulses_SET), round(device.pulses_RESET)
        (1.18, 12.08, 1252, 1003)
        """
        span = w_max - w_min

        def z(w):
            return 2 * a * w / span + b

        shape = {
            "SET": (-A_up * exp(gamma_up * z(w_min)), -2 * a * gamma_up, 1 + min(up_down, 0)),
            "RESET": (-A_down * exp(-gamma_down * z(w_max)), -2 * a * gamma_down, 1 - max(up_down, 0)),
        }
        values = {}
        for kind, (amplitude, decay, factor) in shape.items():
            alpha = dw_min * factor / span
            decay = float(not_zero(decay))
            first, last = alpha * (1 + amplitude), alpha * (1 + amplitude * exp(-decay))
            if not (first > 0 and last > 0):
                raise ConfigError(
                    f"from_aihwkit: {kind} would make {first:.3g} of the range by its first pulse and "
                    f"{last:.3g} by its last; both must be above 0: see dw_min, up_down, A and gamma"
                )
            pulses = log1p(expm1(decay) / (1 + amplitude)) / (alpha * decay)
            values |= {f"a_{kind}": amplitude, f"c_{kind}": decay, f"pulses_{kind}": pulses}
        return cls(G_min=G_min, G_max=G_max, **values)

    def nonlinearity_limits(self, name: str, kind: str) -> tuple[float, float]:
        """The step neither vanishes within the range nor grows more than exp(10) times over it."""
        a = getattr(self, f"a_{kind}")
        return max(-10.0, np.log(-a) + 0.01 if a < 0 else -10.0), 13.0

    def parameters(self) -> dict[str, float]:
        values = {"G_min": self.G_min, "G_max": self.G_max, "pulses_RESET": self.pulses_RESET}
        for kind in ("SET", "RESET"):
            a, c = getattr(self, f"a_{kind}"), not_zero(getattr(self, f"c_{kind}"))
            rate = np.log1p(np.expm1(c) / (1 + a)) / getattr(self, f"pulses_{kind}")
            values |= {f"a_{kind}": a, f"c_{kind}": c, f"rate_{kind}": rate, f"growth_{kind}": np.expm1(rate)}
        return values
