"""What a response law is: the text of one pulse's step, its parameters, and its closed forms.

Each law is a file of its own in this folder. A law says what *one* identical programming pulse does to a conductance;
which device of a pair gets the pulse, and when, is not its business.
"""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, model_validator

from pulsenet.quantities import Conductance


class ResponseLaw(BaseModel):
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
    #: DOI and equation, or "this project".
    source: ClassVar[str]

    G_min: Conductance
    G_max: Conductance

    @model_validator(mode="after")
    def _check_range(self):
        if not 0 <= self.G_min < self.G_max < 1e3:
            raise ValueError(f"G_min = {self.G_min:g} S and G_max = {self.G_max:g} S: need 0 <= G_min < G_max")
        return self

    def parameters(self) -> dict[str, float]:
        """Values in SI units of every name in ``units``."""
        raise NotImplementedError

    def levels(self) -> float:
        """Number of SET pulses that span the range: the size of one step, as seen by the learning rule."""
        return self.evaluate("SET_count", G=self.G_max)

    def evaluate(self, expression: str, **variables: Any) -> Any:
        """Value of one of the law's expressions (``"SET"``, ``"SET_level"`` ...) in NumPy.

        Examples
        --------
        >>> from pulsenet.devices.linear import Linear
        >>> float(Linear(G_min="0 S", G_max="1 uS", pulses_SET=100, pulses_RESET=100).evaluate("SET", G=0.0))
        1e-08
        """
        from pulsenet.expressions import evaluate

        return evaluate(getattr(self, expression), {**self.parameters(), **variables})
