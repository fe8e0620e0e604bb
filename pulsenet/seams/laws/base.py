"""What a response law is: the text of one pulse's step, its parameters, and its closed forms.

Each law is a file of its own in this folder. A law says what *one* identical programming pulse does to a conductance;
which device of a pair gets the pulse, and when, is not its business.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, model_validator

from pulsenet.text.quantities import Conductance
from pulsenet.text.validated import OneLine

#: Stands for a nonlinearity of 0, where the expressions would be 0/0; log1p and expm1 keep full precision there.
NEARLY_LINEAR = 1e-9


def not_zero(value: Any) -> Any:
    """The value, a float or an array; nearly linear where it is nearly zero."""
    return np.where(np.abs(value) < NEARLY_LINEAR, NEARLY_LINEAR, value)[()]


class ResponseLaw(BaseModel, metaclass=OneLine):
    """A device whose conductance lies between ``G_min`` and ``G_max``.

    Parameters
    ----------
    G_min, G_max : siemens
        The range. A step that would leave it ends at its bound.

    Notes
    -----
    A law's expressions may use its parameters, ``G`` (siemens) or ``n`` (pulses), arithmetic, and ``exp``, ``expm1``,
    ``log``, ``log1p``, ``sqrt``, ``floor``, ``min``, ``max``. The same text is compiled for every engine, and the engines
    agree to the bit.

    SET and RESET are independent: each has parameters of its own. An abrupt RESET (phase-change memory) or an abrupt SET
    (filamentary RRAM) is ``pulses_RESET = 1`` or ``pulses_SET = 1`` in any law: one pulse spans the range.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    #: Step of one SET pulse, of one RESET pulse (both positive), in siemens, at conductance ``G``.
    SET: ClassVar[str]
    RESET: ClassVar[str]
    #: Conductance after ``n`` SET pulses from ``G_min``; after ``n`` RESET pulses from ``G_max``.
    SET_level: ClassVar[str]
    RESET_level: ClassVar[str]
    #: Number (real) of SET pulses from ``G_min`` up to ``G``; of RESET pulses from ``G`` down to ``G_min``.
    SET_count: ClassVar[str]
    RESET_count: ClassVar[str]
    #: Units of the parameters that the expressions use.
    units: ClassVar[dict[str, str]]
    #: Fields, less their ``_SET`` and ``_RESET``, that count pulses: a device of twice the step has half of them.
    in_pulses: ClassVar[tuple[str, ...]] = ("pulses",)
    #: What makes the law nonlinear, likewise, and its limits; nothing, if it is always linear.
    nonlinearity: ClassVar[dict[str, tuple[float, float]]] = {}
    #: Tables that the expressions look up in, with their rows.
    tables: ClassVar[tuple[tuple[str, tuple[tuple[float, ...], ...]], ...]] = ()
    #: Whether a pulse's step is drawn at random.
    random: ClassVar[bool] = False
    #: DOI and equation, or "this project".
    source: ClassVar[str]

    G_min: Conductance
    G_max: Conductance

    @model_validator(mode="after")
    def _check_range(self):
        if not 0 <= self.G_min < self.G_max < 1e3:
            raise ValueError(f"G_min = {self.G_min:g} S and G_max = {self.G_max:g} S: need 0 <= G_min < G_max")
        return self

    def text(self) -> type[ResponseLaw]:
        """The class that holds the law's expressions: for a law of tables, one of its own for each device."""
        return type(self)

    def parameters(self) -> dict[str, float]:
        """Values in SI units of every name in ``units``."""
        raise NotImplementedError

    def nonlinearity_limits(self, name: str, kind: str) -> tuple[float, float]:
        """Between which values a nonlinearity (``"beta"`` ...) of ``"SET"`` or ``"RESET"`` may vary from device to device."""
        return self.nonlinearity[name]

    @classmethod
    def bend(
        cls, fields: dict[str, Any], name: str, kind: str, amount: np.ndarray, limits: tuple[float, float]
    ) -> None:
        """Add to a nonlinearity in ``fields``, within limits."""
        fields[f"{name}_{kind}"] = np.clip(fields[f"{name}_{kind}"] + amount, *limits)

    def varied(self, change: dict[str, np.ndarray]) -> Self:
        """Many devices in one: fields that vary are arrays.

        Parameters
        ----------
        change : dict of float arrays, one entry per device
            ``G_min``, ``G_max`` (siemens); ``step_SET``, ``step_RESET`` (factors); ``nonlinearity_SET``,
            ``nonlinearity_RESET`` (added). What is left out does not vary.

        Returns
        -------
        ResponseLaw
            Of the same type; its `parameters` are arrays where they vary.
        """
        fields = dict(self) | {name: change[name] for name in ("G_min", "G_max") if name in change}
        for kind in ("SET", "RESET"):
            for name in self.in_pulses:
                if f"step_{kind}" in change and fields[f"{name}_{kind}"] is not None:
                    fields[f"{name}_{kind}"] = fields[f"{name}_{kind}"] / change[f"step_{kind}"]
            for name in self.nonlinearity:
                if f"nonlinearity_{kind}" in change:
                    limits = self.nonlinearity_limits(name, kind)
                    self.bend(fields, name, kind, change[f"nonlinearity_{kind}"], limits)
        return type(self).model_construct(**fields)

    def levels(self) -> float:
        """Number of SET pulses that span the range: the size of one step, as seen by the learning rule."""
        return self.evaluate("SET_count", G=self.G_max)

    def evaluate(self, expression: str, **variables: Any) -> Any:
        """Value of one of the law's expressions (``"SET"``, ``"SET_level"`` ...) in NumPy.

        Examples
        --------
        >>> from pulsenet.seams.laws.linear import Linear
        >>> float(Linear(G_min="0 S", G_max="1 uS", pulses_SET=100, pulses_RESET=100).evaluate("SET", G=0.0))
        1e-08
        """
        from pulsenet.text.expressions import evaluate

        return evaluate(getattr(self, expression), {**self.parameters(), **variables})
