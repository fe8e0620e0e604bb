"""Trains of pulses at one device, pulse by pulse: as a function in NumPy and as one C++ text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pulsenet.text.expressions import expression
from pulsenet.text.functions import MOST_STEPS, Table, cpp_table

#: What the number of a pulse within a slot is multiplied by, before the slot is added: more slots than a run has.
SLOTS = 2.0**32
#: A train of a given number of pulses.
COUNTED = "sent < n"


@dataclass(frozen=True)
class Train:
    """A function that sends pulses to a device one by one, until a condition says that it is enough.

    Each pulse has a number: pulse k of a train (from 1) the number ``begins + k``. Wherever ``moved``, ``goes_on`` and
    ``local`` name ``pulse``, which is the slot of the run when the function is called, it stands for slot + 2^32 x
    number: no two pulses of a run share a draw, nor does one of a train share it with one of the update phase, whose
    ``pulse`` is the slot alone. In ``goes_on``, the number is that of the pulse before. A train ends after a million
    pulses, whether it is enough or not.

    Parameters
    ----------
    name : str
    kind : str
        ``"SET"`` or ``"RESET"``: trains of one kind move a device alike.
    own : tuple of str
        Arguments beside the parameters; ``when``, ``begins`` and ``G`` are among them. No pulse is sent where ``when``
        is not above 0.
    moved : str
        Conductance after a pulse, of ``G`` and the parameters.
    gives : str
        ``"sent"``, ``"G"`` (at the end), or ``"total"``: the sum over all pulses of the mean of the conductances
        before and after each.
    parameters : tuple of str
    goes_on : str
        Whether one more pulse follows: of the arguments, ``G``, ``before`` (the conductance before the last pulse; G
        itself at first), ``sent`` (the number of pulses so far), and the names in ``local``.
    local : tuple of (name, expression)
        Names for parts of ``goes_on``.
    tables : tuple of (name, rows)

    Examples
    --------
    >>> three = Train("three", "SET", ("when", "n", "begins", "G"), "G + 0.5*(top - G)", "G", ("top",))
    >>> three(1.0, 3.0, 0.0, np.array([0.0, 1.0]), 1.0).tolist()
    [0.875, 1.0]
    """

    name: str
    kind: str
    own: tuple[str, ...]
    moved: str
    gives: str
    parameters: tuple[str, ...]
    goes_on: str = COUNTED
    local: tuple[tuple[str, str], ...] = ()
    tables: tuple[tuple[str, Table], ...] = field(default=(), repr=False)

    @property
    def functions(self) -> dict[str, Any]:
        """The function by its name, as expressions call it."""
        return {self.name: self}

    @property
    def call(self) -> str:
        """Text of a call."""
        return f"{self.name}({', '.join((*self.own, *self.parameters))})"

    def __call__(self, *arguments: Any) -> np.ndarray:
        """The function in NumPy: only the devices that get a further pulse are computed."""
        given = np.broadcast_arrays(*(np.asarray(value, float) for value in arguments))
        known = dict(zip((*self.own, *self.parameters), (value.ravel() for value in given), strict=True))
        state = {"G": known.pop("G").copy()}
        state |= {"before": state["G"].copy(), "sent": np.zeros(state["G"].size), "total": np.zeros(state["G"].size)}
        going = np.flatnonzero(known["when"] > 0)
        for _ in range(MOST_STEPS):
            here = self._at(going, known, state)
            for name, text in self.local:
                here[name] = expression(text).evaluate(here)
            going = going[np.broadcast_to(expression(self.goes_on).evaluate(here), going.shape)]
            if not going.size:
                break
            state["before"][going] = state["G"][going]
            state["sent"][going] += 1
            state["G"][going] = expression(self.moved).evaluate(self._at(going, known, state))
            state["total"][going] += 0.5 * (state["before"][going] + state["G"][going])
        return state[self.gives].reshape(given[0].shape)[()]

    def _at(self, chosen: np.ndarray, known: dict[str, np.ndarray], state: dict[str, np.ndarray]) -> dict[str, Any]:
        """Everything that text may name, of the chosen devices."""
        here = {name: values[chosen] for name, values in (known | state).items()} | dict(self.tables)
        if "pulse" in here:
            here["pulse"] = here["pulse"] + SLOTS * (here["begins"] + here["sent"])
        return here

    def cpp(self) -> str:
        """The function in C++.

        A refresh asks for the number of pulses, the sum of conductances and the end of the same train, one after the
        other. So each thread keeps its last train of a kind: as many pulses from the same start are the same pulses.
        """
        start = ("begins", "G", *(name for name in self.parameters if name in expression(self.moved).names))
        last, arguments = f"{self.kind}_last", ", ".join(f"double {name}" for name in (*self.own, *self.parameters))
        slot = "    const double slot_ = pulse;\n" if "pulse" in self.parameters else ""
        number = f"        pulse = slot_ + {SLOTS!r}*(begins + sent);\n" if slot else ""
        local = "".join(f"        const double {name} = {expression(text).cpp()};\n" for name, text in self.local)
        known = "".join(f" && {last}.start[{place}] == {name}" for place, name in enumerate(start))
        known = f"    if ({last}.sent == n{known}) return {last}.{self.gives};\n" if self.goes_on == COUNTED else ""
        begun = "".join(f"    {last}.start[{place}] = {name};\n" for place, name in enumerate(start))
        return f"""\
{"".join(cpp_table(*table) for table in self.tables)}#ifndef PULSENET_{self.kind}_TRAIN
#define PULSENET_{self.kind}_TRAIN
static thread_local struct {{ double start[{len(start)}], sent = -1, G, total; }} {last};
#endif
static inline double {self.name}({arguments}) {{
{known}{begun}{slot}    double before = G, sent = 0, total = 0;
    while (sent < {MOST_STEPS}) {{
{number}{local}        if (!({expression(self.goes_on).cpp()})) break;
        before = G;
        sent += 1;
{number}        G = {expression(self.moved).cpp()};
        total += 0.5*(before + G);
    }}
    {last}.sent = sent;
    {last}.G = G;
    {last}.total = total;
    return {last}.{self.gives};
}}
"""
