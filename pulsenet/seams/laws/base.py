"""What a response law is: the text of one pulse's step, its parameters, and, where it has them, its closed forms.

Each law is a file of its own in this folder. A law says what *one* identical programming pulse does to a conductance;
which device of a pair gets the pulse, and when, is not its business.
"""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar

import numpy as np
from pydantic import model_validator

from pulsenet.seams.variant import Variant
from pulsenet.text.expressions import expression
from pulsenet.text.functions import Walk
from pulsenet.text.quantities import Conductance

#: Stands for a nonlinearity of 0, where the expressions would be 0/0; log1p and expm1 keep full precision there.
NEARLY_LINEAR = 1e-9
KINDS = ("SET", "RESET")


def not_zero(value: Any) -> Any:
    """The value, a float or an array; nearly linear where it is nearly zero."""
    return np.where(np.abs(value) < NEARLY_LINEAR, NEARLY_LINEAR, value)[()]


class ResponseLaw(Variant):
    """A device whose conductance lies between ``G_min`` and ``G_max``.

    Parameters
    ----------
    G_min, G_max : siemens
        The range. A step that would leave it ends at its bound.

    Notes
    -----
    A law's expressions may use its parameters, ``G`` (siemens) or ``n`` (pulses), arithmetic, and ``exp``, ``expm1``,
    ``log``, ``log1p``, ``sqrt``, ``floor``, ``min``, ``max``. The same text is compiled for every engine, and the
    engines agree to the bit.

    A law needs no more than ``SET`` and ``RESET``, its steps. What its closed forms would say is then found by walking,
    step by step, and a refresh of n pulses takes the time of n pulses to simulate.

    SET and RESET are independent: each has parameters of its own. An abrupt RESET (phase-change memory) or an abrupt
    SET (filamentary RRAM) is ``pulses_RESET = 1`` or ``pulses_SET = 1`` in any law: one pulse spans the range.
    """

    tag: ClassVar[str] = "law"

    #: Step of one SET pulse, of one RESET pulse (both positive), in siemens, at conductance ``G``.
    SET: ClassVar[str]
    RESET: ClassVar[str]
    #: Conductance after ``n`` SET pulses from ``G_min``; after ``n`` RESET pulses from ``G_max``.
    SET_level: ClassVar[str] = ""
    RESET_level: ClassVar[str] = ""
    #: Number (real) of SET pulses from ``G_min`` up to ``G``; of RESET pulses from ``G`` down to ``G_min``.
    SET_count: ClassVar[str] = ""
    RESET_count: ClassVar[str] = ""
    #: Sum over ``n`` whole pulses from ``G``, with no bound in their way, of the mean of the conductances before and
    #: after each: what the energy of a refresh asks for. Walked if empty, which costs little where a step does.
    SET_sum: ClassVar[str] = ""
    RESET_sum: ClassVar[str] = ""
    #: Names for parts of the expressions, each in terms of ``G``, the parameters and the names before it.
    local: ClassVar[dict[str, str]] = {}
    #: Units of the parameters that the expressions use.
    units: ClassVar[dict[str, str]]
    #: Fields, less their ``_SET`` and ``_RESET``, that count pulses: a device of twice the step has half of them.
    in_pulses: ClassVar[tuple[str, ...]] = ("pulses",)
    #: What makes the law nonlinear, likewise, and its limits; nothing, if it is always linear.
    nonlinearity: ClassVar[dict[str, tuple[float, float]]] = {}
    #: Tables that the expressions look up in, with their rows.
    tables: ClassVar[tuple[tuple[str, tuple[tuple[float, ...], ...]], ...]] = ()
    #: What finds the closed forms that are not given.
    walks: ClassVar[tuple[Walk, ...]] = ()
    #: Pulses from the start of a branch to ``G``, and on to its end, where these do not follow from the counts.
    SET_passed: ClassVar[str] = ""
    RESET_passed: ClassVar[str] = ""
    SET_left: ClassVar[str] = ""
    RESET_left: ClassVar[str] = ""
    #: Whether a pulse's step is drawn at random.
    random: ClassVar[bool] = False

    G_min: Conductance
    G_max: Conductance

    @model_validator(mode="after")
    def _check_range(self):
        if not 0 <= self.G_min < self.G_max < 1e3:
            raise ValueError(f"G_min = {self.G_min:g} S and G_max = {self.G_max:g} S: need 0 <= G_min < G_max")
        return self

    def text(self) -> type[ResponseLaw]:
        """The class that holds the law's complete expressions: for a law of tables, one of its own for each device."""
        return _complete(type(self))

    @classmethod
    def inlined(cls, text: str) -> str:
        """An expression of the law without local names."""
        for name, part in reversed(cls.local.items()):
            if name in expression(text).names:
                text = str(expression(text).replaced(name, part))
        return text

    @classmethod
    def mean(cls, kind: str) -> str:
        """Expression: the mean step of a pulse of a kind, of a law that draws its steps."""
        return getattr(cls, kind)

    @classmethod
    def passed(cls, kind: str) -> str:
        """Expression: pulses of a kind from the start of its branch (SET: ``G_min``, RESET: ``G_max``) to ``G``."""
        if text := getattr(cls, f"{kind}_passed"):
            return text
        count = getattr(cls, f"{kind}_count")
        return count if kind == "SET" else f"({expression(count).replaced('G', 'G_max')}) - ({count})"

    @classmethod
    def left(cls, kind: str) -> str:
        """Expression: pulses of a kind from ``G`` to the end of its branch."""
        if text := getattr(cls, f"{kind}_left"):
            return text
        count = getattr(cls, f"{kind}_count")
        return count if kind == "RESET" else f"({expression(count).replaced('G', 'G_max')}) - ({count})"

    def parameters(self) -> dict[str, float]:
        """Values in SI units of every name in ``units``."""
        return {name: getattr(self, name) for name in self.units}

    def nonlinearity_limits(self, name: str, kind: str) -> tuple[float, float]:
        """Between which values a nonlinearity (``"beta"`` ...) of ``"SET"`` or ``"RESET"`` may vary among devices."""
        return self.nonlinearity[name]

    @classmethod
    def bend(
        cls, fields: dict[str, Any], name: str, kind: str, amount: np.ndarray, limits: tuple[float, float]
    ) -> None:
        """Add to a nonlinearity in ``fields``, within limits."""
        fields[f"{name}_{kind}"] = np.clip(fields[f"{name}_{kind}"] + amount, *limits)

    @classmethod
    def counts_pulses(cls) -> bool:
        """Whether the law's step is varied by its numbers of pulses."""
        return all(f"{name}_{kind}" in cls.model_fields for name in cls.in_pulses for kind in KINDS)

    def stretchable(self) -> ResponseLaw:
        """The same device with steps that can vary: itself; if its law counts no pulses, with a factor on each step."""
        if self.counts_pulses() or "step_SET" in type(self).model_fields:
            return self
        return _with_factors(type(self)).model_construct(**dict(self), step_SET=1.0, step_RESET=1.0)

    def varied(self, change: dict[str, np.ndarray]) -> ResponseLaw:
        """Many devices in one: fields that vary are arrays.

        Parameters
        ----------
        change : dict of float arrays, one entry per device
            ``G_min``, ``G_max`` (siemens); ``step_SET``, ``step_RESET`` (factors); ``nonlinearity_SET``,
            ``nonlinearity_RESET`` (added). What is left out does not vary.

        Returns
        -------
        ResponseLaw
            Its `parameters` are arrays where they vary. Of the same type, but for a law that counts no pulses and whose
            step varies: then as of `stretchable`.
        """
        nominal = self.stretchable() if "step_SET" in change else self
        fields = dict(nominal) | {name: change[name] for name in ("G_min", "G_max") if name in change}
        for kind in KINDS:
            if f"step_{kind}" in change:
                nominal._stretch(fields, kind, change[f"step_{kind}"])
            for name in self.nonlinearity:
                if f"nonlinearity_{kind}" in change:
                    limits = self.nonlinearity_limits(name, kind)
                    self.bend(fields, name, kind, change[f"nonlinearity_{kind}"], limits)
        return type(nominal).model_construct(**fields)

    def _stretch(self, fields: dict[str, Any], kind: str, factor: np.ndarray) -> None:
        """Make the steps of a kind larger by a factor."""
        if f"step_{kind}" in fields:
            fields[f"step_{kind}"] = factor
            return
        for name in self.in_pulses:
            if fields[f"{name}_{kind}"] is not None:
                fields[f"{name}_{kind}"] = fields[f"{name}_{kind}"] / factor

    def levels(self) -> float:
        """Number of SET pulses that span the range: the size of one step, as seen by the learning rule."""
        return self.evaluate("SET_count", G=self.G_max)

    def evaluate(self, name: str, **variables: Any) -> Any:
        """Value of one of the law's expressions (``"SET"``, ``"SET_level"`` ...) in NumPy.

        Examples
        --------
        >>> from pulsenet.seams.laws.linear import Linear
        >>> float(Linear(G_min="0 S", G_max="1 uS", pulses_SET=100, pulses_RESET=100).evaluate("SET", G=0.0))
        1e-08
        """
        law = self.text()
        known = {**self.parameters(), **dict(law.tables), **variables}
        for walk in law.walks:
            known |= walk.functions
        return expression(law.inlined(getattr(law, name))).evaluate(known)


@cache
def _complete(law: type[ResponseLaw]) -> type[ResponseLaw]:
    """A law with closed forms: what it does not give itself is found by walking."""
    members: dict[str, Any] = {}
    for kind in KINDS:
        if getattr(law, f"{kind}_level") and getattr(law, f"{kind}_count"):
            continue
        walk = _walk(law, kind)
        start, end = ("G_min", "G_max") if kind == "SET" else ("G_max", "G_min")
        passed, left = walk.call("between", start, "G"), walk.call("between", "G", end)
        members |= {f"{kind}_passed": passed, f"{kind}_left": left, f"{kind}_level": walk.call("after", "n")}
        members[f"{kind}_count"] = passed if kind == "SET" else left
        members["walks"] = (*members.get("walks", ()), walk)
    return _derived(law, members) if members else law


def _walk(law: type[ResponseLaw], kind: str) -> Walk:
    """The walk of a law's steps of one kind, with the parameters and local names that they use."""
    step, local = getattr(law, kind), []
    used = set(expression(step).names)
    for name, part in reversed(law.local.items()):
        if name in used:
            used |= expression(part).names
            local.insert(0, (name, part))
    parameters = {name: unit for name, unit in law.units.items() if name in used | {"G_min", "G_max"}}
    return Walk(kind, step, parameters, tuple(local))


@cache
def _with_factors(law: type[ResponseLaw]) -> type[ResponseLaw]:
    """A law with a factor on each of its steps, ``step_SET`` and ``step_RESET``.

    A device of twice the step is, by its closed forms, one that goes along its curve twice as fast; by a step alone,
    one of twice that step at every conductance.
    """
    members: dict[str, Any] = {"units": law.units | {"step_SET": "1", "step_RESET": "1"}}
    for kind, sign in zip(KINDS, "+-", strict=True):
        level, count, factor = getattr(law, f"{kind}_level"), getattr(law, f"{kind}_count"), f"step_{kind}"
        if not (level and count):
            members[kind] = f"{factor}*({getattr(law, kind)})"
            continue
        moved = expression(level).replaced("n", f"({law.passed(kind)}) + {factor}")
        members[kind] = f"({moved}) - G" if sign == "+" else f"G - ({moved})"
        members[f"{kind}_level"] = str(expression(level).replaced("n", f"n*{factor}"))
        members[f"{kind}_count"] = f"({count})/{factor}"
        members[f"{kind}_sum"] = ""
    derived = _derived(law, members, step_SET=1.0, step_RESET=1.0)
    own = law.parameters
    derived.parameters = lambda self: (
        own(self) | {factor: getattr(self, factor) for factor in ("step_SET", "step_RESET")}
    )
    return derived


def _derived(law: type[ResponseLaw], members: dict[str, Any], **fields: float) -> type[ResponseLaw]:
    """A subclass with other texts, and further fields."""
    annotations = {name: ClassVar[Any] for name in members} | {name: float for name in fields}
    inside = {"__annotations__": annotations, "__module__": law.__module__, "__doc__": law.__doc__}
    return type(law.__name__, (law,), {**members, **fields, **inside})
