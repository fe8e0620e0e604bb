"""The Brian2 device: Brian2 parses, checks units and writes the statements of all code objects; we take them as values.

A subclass of Brian2's C++ standalone device with code objects and a code generator of its own, as Brian2's extensions
are. What a code object holds is not text but a `Block`.
"""

from __future__ import annotations

import numpy as np

from pulsenet.engines.brian import (  # before all other parts of Brian2, which it tames
    b2,
    quiet_about_order,
    reset_device,
)

# isort: split
from brian2.codegen.generators.cpp_generator import CPPCodeGenerator
from brian2.core.clocks import Clock
from brian2.core.functions import Function
from brian2.core.variables import Constant
from brian2.devices.cpp_standalone.codeobject import CPPStandaloneCodeObject
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice
from brian2.devices.device import all_devices
from brian2.input.timedarray import TimedArray
from brian2.parsing.rendering import CPPNodeRenderer
from brian2.synapses.synapses import Synapses
from brian2.utils.stringtools import word_substitute

from pulsenet.circuit.composition import Composition
from pulsenet.engines.brian.build import Simulation, build
from pulsenet.engines.program.statements import Access, Block, Line, Sequence
from pulsenet.text.parsing import PARSING

NAME = "pulsenet"
#: The ends of a device pair, as Brian2 keeps them, and as the loops know them.
_ENDS = {"_synaptic_pre": "_presynaptic_idx", "_synaptic_post": "_postsynaptic_idx"}
#: What Brian2's statements depend on, whatever a user's file of preferences says.
PREFERENCES = {"codegen.loop_invariant_optimisations": True, "core.default_float_dtype": np.float64}


def simulation_of(composition: Composition) -> Simulation:
    """The Brian2 objects of a circuit, with a `Block` in each code object."""
    with PARSING:  # Brian2 parses; and its device, and the names of its objects, belong to the process
        saved = {name: b2.prefs[name] for name in PREFERENCES}
        b2.set_device(NAME, build_on_run=False)
        try:
            b2.prefs.update(PREFERENCES)
            simulation = build(composition)
            with quiet_about_order():
                simulation.network.run(composition.circuit.chunk_frames * simulation.frame, namespace={})
            return simulation
        finally:
            b2.prefs.update(saved)
            b2.get_device().reinit()
            reset_device()


class _Renderer(CPPNodeRenderer):
    """Brian2 divides whole numbers in single precision; here in double, as its Cython target does."""

    def render_BinOp(self, node):
        if type(node.op).__name__ != "Div":
            return super().render_BinOp(node)
        left, right = (self.render_element_parentheses(part) for part in (node.left, node.right))
        return f"1.0*{left}/{right}"


class PulseGenerator(CPPCodeGenerator):
    """Hands over statements as values."""

    class_name = "cpp"

    def translate_expression(self, expr):
        renamed = word_substitute(expr, self.func_name_replacements)
        return _Renderer(auto_vectorise=self.auto_vectorise).render_expr(renamed).strip()

    def translate_statement_sequence(self, sc_statements, ve_statements):
        scalar, vector = sc_statements[None], ve_statements[None]
        sc_read, sc_write, sc_indices, _ = self.arrays_helper(scalar)
        read, write, indices, _ = self.arrays_helper(vector)
        shared = {name for name in read if self.variables[name].scalar and name not in write}
        parts = (
            self._sequence(scalar, sc_read | shared, sc_write, sc_indices),
            self._sequence(vector, read - shared, write, indices),
        )
        return {None: ""}, {None: ""}, {"block": self.block(*parts)}  # Brian2 logs the first two as text

    def _sequence(self, statements, read, write, indices) -> Sequence:
        reads = (self._access(name) for name in (*sorted(indices - set(_ENDS.values())), *sorted(read)))
        return Sequence(
            tuple(reads), tuple(map(self._line, statements)), tuple(self._access(name) for name in sorted(write))
        )

    def _access(self, name: str) -> Access:
        variable = self.variables[name]
        index = _ENDS.get(variable.name, self.variable_indices[name])
        return Access(name, self.c_data_type(variable.dtype), array_name(variable), index)

    def _line(self, statement) -> Line:
        declares = statement.op == ":="
        op = "=" if declares else statement.op
        return Line(statement.var, op, str(statement.expr), self.c_data_type(statement.dtype) if declares else "")

    def block(self, scalar: Sequence, vector: Sequence) -> Block:
        """All that a program needs to know of the code object."""
        accesses = (*scalar.reads, *scalar.writes, *vector.reads, *vector.writes)
        arrays = {access.array: _shape(self.variables[access.name]) for access in accesses if access.array}
        constants = {
            name: variable.get_value() for name, variable in self.variables.items() if isinstance(variable, Constant)
        }
        return Block(scalar, vector, self.translate_expression, tuple(self._support()), arrays, constants)

    def _support(self):
        """C++ of the functions that are called; arrays that are fed in are the program's own."""
        yield self.universal_support_code
        for function in self.variables.values():
            if isinstance(function, Function) and not isinstance(function, TimedArray):
                code = function.implementations[self.codeobj_class].get_code(self.owner)
                parts = code if isinstance(code, dict) else {"support_code": code or ""}
                yield from (text for text in parts.values() if text)


def array_name(variable) -> str:
    """Name of the array that holds a variable; empty for the time and for numbers of lines."""
    owner = variable.owner
    if isinstance(owner, Clock) or variable.name in ("i", *_ENDS):
        return ""
    return f"{owner.name}_{variable.name}"


def _shape(variable) -> tuple[str, int | None]:
    pairs = isinstance(variable.owner, Synapses) and not variable.scalar
    return np.dtype(variable.dtype).name, None if pairs else int(variable.size)


class PulseCodeObject(CPPStandaloneCodeObject):
    """A code object whose code is a `Block`; it is never run by Brian2."""

    generator_class = PulseGenerator

    def run_block(self, block):
        pass


class _Template:
    """Stands where Brian2 has a template with a loop: loops are written when the order of the program is known.

    What a template says about itself is as Brian2's says it.
    """

    def __init__(self, name: str):
        self._like = getattr(CPPStandaloneCodeObject.templater, name)

    def __getattr__(self, name: str):
        return getattr(self._like, name)

    def __call__(self, scalar_code, vector_code, block, **_):
        return block


class _Templates:
    def __getattr__(self, name: str) -> _Template:
        return _Template(name)


PulseCodeObject.templater = _Templates()


class PulseDevice(CPPStandaloneDevice):
    """Makes all code objects when a network is run, and runs nothing."""

    def code_object_class(self, codeobj_class=None, fallback_pref=None):
        return codeobj_class or PulseCodeObject

    def network_run(self, net, duration, report=None, report_period=None, namespace=None, profile=None, level=0, **_):
        self.networks.add(net)
        net._clocks = {item.clock for item in net.sorted_objects}
        net.before_run(namespace)


all_devices.setdefault(NAME, PulseDevice())
