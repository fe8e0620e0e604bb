"""Functions of the equations: given by cases, or by one step after another; in NumPy and as one C++ text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pulsenet.text.chance import CPP
from pulsenet.text.expressions import expression

#: A walk ends after so many steps, whether it has arrived or not.
MOST_STEPS = 1_000_000

Table = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Walk:
    """A conductance that is moved from one end of its range to the other by one step after another.

    Gives a law that has nothing but its step what others have as closed forms. ``after(n)`` is the conductance after n
    steps from ``start``; ``between(origin, target)`` is the number of steps from one conductance to another. Part of a
    step is counted in proportion. It walks, instead of looking up in a table made once, because a table would be that
    of one device, and every device may have parameters of its own.

    Parameters
    ----------
    kind : str
        ``"SET"`` (upwards) or ``"RESET"`` (downwards); begins the names of the two functions.
    step : str
        Positive, in siemens, of ``G`` and the parameters.
    parameters : dict of str to str
        Names and units; ``G_min`` and ``G_max`` are among them.
    local : tuple of (name, expression)
        Names for parts of the step, in terms of what stands before.

    Examples
    --------
    >>> walk = Walk("SET", "0.25*(G_max - G_min)", {"G_min": "siemens", "G_max": "siemens"})
    >>> float(walk.after(3, 0.0, 1.0)), float(walk.between(0.0, 0.625, 0.0, 1.0))
    (0.75, 2.5)
    """

    kind: str
    step: str
    parameters: dict[str, str]
    local: tuple[tuple[str, str], ...] = ()

    @property
    def functions(self) -> dict[str, Any]:
        """Both functions by the names under which expressions call them."""
        return {f"{self.kind}_after": self.after, f"{self.kind}_between": self.between}

    def call(self, function: str, *arguments: str) -> str:
        """Text of a call of ``"after"`` or ``"between"``."""
        return f"{self.kind}_{function}({', '.join([*arguments, *self.parameters])})"

    def after(self, n: Any, *parameters: Any) -> np.ndarray:
        """Conductance after ``n`` steps from the start."""
        given = self._given(parameters)
        n, G, given = _alike(n, given["G_min" if self.kind == "SET" else "G_max"], given)
        for number in range(MOST_STEPS):
            if not (n > number).any():
                break
            G = self._moved(G, np.clip(n - number, 0, 1) * self._step(G, given), given)
        return G[()]

    def between(self, origin: Any, target: Any, *parameters: Any) -> np.ndarray:
        """Number of steps from ``origin`` to ``target``; 0 if it lies behind."""
        target, G, given = _alike(target, origin, self._given(parameters))
        sign = 1.0 if self.kind == "SET" else -1.0
        steps, left = np.zeros(G.shape), sign * (target - G)
        going = left > 0
        for _ in range(MOST_STEPS):
            if not going.any():
                break
            step = self._step(G, given)
            moved = self._moved(G, step, given)
            part = np.where(step >= left, left / np.where(step > 0, step, 1.0), 1.0)
            steps, going = np.where(going, steps + part, steps), going & (step < left) & (moved != G)
            G, left = moved, sign * (target - moved)
        return steps[()]

    def _given(self, parameters: tuple) -> dict[str, Any]:
        return dict(zip(self.parameters, parameters, strict=True))

    def _step(self, G: np.ndarray, given: dict[str, Any]) -> np.ndarray:
        known = {**given, "G": G}
        for name, text in self.local:
            known[name] = expression(text).evaluate(known)
        return expression(self.step).evaluate(known)

    def _moved(self, G: np.ndarray, step: np.ndarray, given: dict[str, Any]) -> np.ndarray:
        return np.minimum(G + step, given["G_max"]) if self.kind == "SET" else np.maximum(G - step, given["G_min"])

    def cpp(self) -> str:
        """Both functions in C++, once per file."""
        up = self.kind == "SET"
        parameters = "".join(f", double {name}" for name in self.parameters)
        local = "".join(f"        const double {name} = {expression(text).cpp()};\n" for name, text in self.local)
        step = f"{local}        const double _step = {expression(self.step).cpp()};\n"
        start, ahead = ("G_min", "_target - G") if up else ("G_max", "G - _target")
        moved = "std::min(G + {}, G_max)" if up else "std::max(G - {}, G_min)"
        return f"""\
#ifndef PULSENET_{self.kind}_WALK
#define PULSENET_{self.kind}_WALK
static inline double {self.kind}_after(double _n{parameters}) {{
    double G = {start};
    for (double _number = 0; _number < _n && _number < {MOST_STEPS}; _number++) {{
{step}        G = {moved.format("std::min(_n - _number, 1.0)*_step")};
    }}
    return G;
}}
static inline double {self.kind}_between(double _origin, double _target{parameters}) {{
    double G = _origin, _steps = 0;
    for (double _left = {ahead}; _left > 0 && _steps < {MOST_STEPS}; _left = {ahead}) {{
{step}        const double _moved = {moved.format("_step")};
        if (_step >= _left) return _steps + _left/(_step > 0 ? _step : 1.0);
        _steps += 1;
        if (_moved == G) return _steps;
        G = _moved;
    }}
    return _steps;
}}
#endif
"""


def _alike(first: Any, second: Any, given: dict[str, Any]) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """All of one shape."""
    first, second, *rest = np.broadcast_arrays(
        *(np.asarray(value, float) for value in (first, second, *given.values()))
    )
    return first, second.copy(), dict(zip(given, rest, strict=True))


@dataclass(frozen=True)
class Piecewise:
    """A function given by cases; a case's expression is computed only where its condition holds.

    That matters for speed: an error pulse visits every device of its line, and only those behind an open gate pay for
    the exponential.

    Parameters
    ----------
    name : str
    arguments : dict of str to str
        Names and units.
    unit : str
        Unit of the result.
    cases : tuple of (condition, expression)
        The first condition that holds decides.
    otherwise : str
        Expression where none does.
    tables : tuple of (name, rows)
        What ``look_up(name, row, column)`` in the expressions looks up; rows and columns count from 0.
    local : tuple of (name, expression)
        Names for parts of the expressions of the cases, in terms of what stands before.
    walks : tuple
        `Walk` and `pulsenet.text.trains.Train`: whose functions the expressions may call.
    """

    name: str
    arguments: dict[str, str]
    unit: str
    cases: tuple[tuple[str, str], ...]
    otherwise: str
    tables: tuple[tuple[str, Table], ...] = ()
    local: tuple[tuple[str, str], ...] = ()
    walks: tuple[Any, ...] = ()

    def cpp(self) -> str:
        """The function in C++."""
        known = frozenset(name for walk in self.walks for name in walk.functions)
        arguments = ", ".join(f"double {argument}" for argument in self.arguments)
        lines = []
        for condition, text in self.cases:
            local = "".join(f"const double {name} = {expression(part).cpp(known)}; " for name, part in self.local)
            value = expression(text).cpp(known)
            value = f"{{ {local}return {value}; }}" if local else f"return {value};"
            lines.append(f"    if ({expression(condition).cpp(known)}) {value}")
        body = "\n".join([*lines, f"    return {expression(self.otherwise).cpp(known)};"])
        support = "".join(walk.cpp() for walk in self.walks) + "".join(cpp_table(*table) for table in self.tables)
        chance = CPP if "pulsenet_" in body + support else ""
        return f"{chance}{support}static inline double {self.name}({arguments}) {{\n{body}\n}}"

    def __call__(self, *arguments: Any) -> Any:
        """The function in NumPy."""
        variables = dict(zip(self.arguments, arguments, strict=True)) | dict(self.tables)
        for walk in self.walks:
            variables |= walk.functions
        for name, text in self.local:
            variables[name] = expression(text).evaluate(variables)
        result = expression(self.otherwise).evaluate(variables)
        for condition, text in reversed(self.cases):
            holds, value = expression(condition).evaluate(variables), expression(text).evaluate(variables)
            result = np.where(holds, value, result)
        return result


def cpp_table(name: str, rows: Table) -> str:
    """A table in C++, once per file, with the function that looks up in it; out of the table, its last entry."""
    values = ", ".join(repr(value) for row in rows for value in row)
    return f"""\
#ifndef PULSENET_{name}
#define PULSENET_{name}
static const double {name}_values[] = {{{values}}};
static inline double {name}_at(double row, double column) {{
    const int r = (int) std::min(std::max(row, 0.0), {float(len(rows) - 1)});
    const int c = (int) std::min(std::max(column, 0.0), {float(len(rows[0]) - 1)});
    return {name}_values[r*{len(rows[0])} + c];
}}
#endif
"""
