"""From a response law's expressions to the functions that the pathways of a layer call."""

from __future__ import annotations

import ast

from pulsenet.devices.base import ResponseLaw
from pulsenet.expressions import Piecewise, names

#: Arguments that a call names itself, with their units; the law's parameters follow them.
OWN_ARGUMENTS = {"drive": "1", "when": "1", "n": "1", "G": "siemens"}


def device_functions(law: type[ResponseLaw], with_refresh: bool) -> tuple[Piecewise, ...]:
    """The functions that pathways call, from the law's expressions.

    ``pulsed(drive, G)``: conductance after a SET (drive 1), a RESET (-1) or no pulse (0).
    ``SET_pulses(when, G)``: number of SET pulses from G_min that comes nearest to G.
    ``RESET_pulses(when, G)``: number of RESET pulses that takes G to G_min.
    ``written(when, n, G)``: conductance after an erase and n SET pulses, or G where ``when`` is 0.
    """
    pulsed = (
        ("drive > 0", f"min(G + ({law.SET}), G_max)"),
        ("drive < 0", f"max(G - ({law.RESET}), G_min)"),
    )
    functions = [_piecewise("pulsed", law, ("drive", "G"), "siemens", pulsed, "G")]
    if with_refresh:
        whole = f"floor({law.SET_count})"
        below, above = (_substitute(law.SET_level, "n", count) for count in (whole, f"({whole} + 1)"))
        nearest = ((f"when > 0 and G - ({below}) > min({above}, G_max) - G", f"{whole} + 1"), ("when > 0", whole))
        erase = (("when > 0", f"-floor(1e-6 - ({law.RESET_count}))"),)  # rounded up, but for rounding errors
        written = (("when > 0", f"min({law.SET_level}, G_max)"),)
        functions += [
            _piecewise("SET_pulses", law, ("when", "G"), "1", nearest, "0"),
            _piecewise("RESET_pulses", law, ("when", "G"), "1", erase, "0"),
            _piecewise("written", law, ("when", "n", "G"), "siemens", written, "G"),
        ]
    return tuple(functions)


def _piecewise(name, law, own, unit, cases, otherwise) -> Piecewise:
    """A device function whose arguments are its own and the law's parameters that its expressions use."""
    used = set().union(*(names(text) for case in cases for text in case))
    arguments = {argument: OWN_ARGUMENTS[argument] for argument in own}
    arguments |= {parameter: law.units[parameter] for parameter in law.units if parameter in used}
    return Piecewise(name, arguments, unit, cases, otherwise)


def _substitute(text: str, name: str, value: str) -> str:
    """Put an expression in the place of a variable."""

    class Substitution(ast.NodeTransformer):
        def visit_Name(self, node):
            return ast.parse(value, mode="eval").body if node.id == name else node

    return ast.unparse(Substitution().visit(ast.parse(text, mode="eval")))
