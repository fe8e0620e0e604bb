"""From a response law's expressions to the functions that the pathways of a layer call."""

from __future__ import annotations

import ast

from pulsenet.devices.base import ResponseLaw
from pulsenet.expressions import Piecewise, names
from pulsenet.network import Features

#: Arguments that a pathway gives a function itself, with their units; the law's parameters follow them.
OWN_ARGUMENTS = {"drive": "1", "when": "1", "n": "1", "G": "siemens"}
#: What noise needs to know besides: which device, and which slot of the run.
NOISE_UNITS = {"noise_key": "1", "range_key": "1", "ctoc_step": "1", "ctoc_range": "1", "device": "1", "pulse": "1"}

NO_FEATURES = Features()


def device_functions(
    law: type[ResponseLaw], with_refresh: bool, kinds: tuple[str, ...] = ("SET", "RESET"), features: Features = NO_FEATURES
) -> tuple[Piecewise, ...]:
    """The functions that pathways call, from the law's expressions.

    Parameters
    ----------
    law : subclass of ResponseLaw
    with_refresh : bool
        Whether the functions that only a refresh calls are wanted.
    kinds : tuple of str
        Pulses that an update sends: ``"SET"``, ``"RESET"`` or both.
    features : Features

    Returns
    -------
    tuple of Piecewise

        ``pulsed(drive, G)``: conductance after a SET (drive 1), a RESET (-1) or no pulse (0).
        ``SET_pulses(when, G)``: number of SET pulses from G_min that comes nearest to G.
        ``RESET_pulses(when, G)``: number of RESET pulses that takes G to G_min.
        ``written(when, n, G)``: conductance after an erase and n SET pulses, or G where ``when`` is 0.
    """
    if ctoc := features.ctoc:
        SET, RESET = (f"min(max(G {sign} {_noisy(step, ctoc)}, G_min), G_max)" for sign, step in (("+", law.SET), ("-", law.RESET)))
    else:
        SET, RESET = f"min(G + ({law.SET}), G_max)", f"max(G - ({law.RESET}), G_min)"
    cases = {"SET": ("drive > 0", SET), "RESET": ("drive < 0", RESET)}
    pulsed = tuple(cases[kind] for kind in kinds)
    functions = [_piecewise("pulsed", law, ("drive", "G"), "siemens", pulsed, "G")]
    if with_refresh:
        functions += _refresh_functions(law, features)
    return tuple(functions)


def _refresh_functions(law: type[ResponseLaw], features: Features) -> list[Piecewise]:
    target = "min(G, G_max)" if features.per_device else "G"  # a device may lie above the nominal range
    whole = f"floor({substitute(law.SET_count, 'G', target)})"
    below, above = (substitute(law.SET_level, "n", count) for count in (whole, f"({whole} + 1)"))
    nearest = ((f"when > 0 and G - ({below}) > min({above}, G_max) - G", f"{whole} + 1"), ("when > 0", whole))
    erase = (("when > 0", f"-floor(1e-6 - ({law.RESET_count}))"),)  # rounded up, but for rounding errors
    level = f"min({law.SET_level}, G_max)"
    if features.ctoc:
        level = f"min(max({_noisy_level(level, features.ctoc)}, G_min), G_max)"
    written = (("when > 0", level),)
    return [
        _piecewise("SET_pulses", law, ("when", "G"), "1", nearest, "0"),
        _piecewise("RESET_pulses", law, ("when", "G"), "1", erase, "0"),
        _piecewise("written", law, ("when", "n", "G"), "siemens", written, "G"),
    ]


def _noisy(step: str, ctoc: tuple[str, ...]) -> str:
    """A step with the noise of one pulse: relative to the step, or to the range."""
    if "step" in ctoc:
        step = f"({step})*(1 + ctoc_step*normal(noise_key, device, pulse))"
    if "range" in ctoc:
        step = f"({step} + (G_max - G_min)*ctoc_range*normal(range_key, device, pulse))"
    return step


def _noisy_level(level: str, ctoc: tuple[str, ...]) -> str:
    """The level after n pulses from G_min, with the noise of all: independent from pulse to pulse, so it grows as sqrt(n)."""
    exact = level
    if "step" in ctoc:
        level = f"{level} + ({exact} - G_min)*ctoc_step/sqrt(max(n, 1))*normal(noise_key, device, pulse)"
    if "range" in ctoc:
        level = f"{level} + (G_max - G_min)*ctoc_range*sqrt(n)*normal(range_key, device, pulse)"
    return level


def _piecewise(name: str, law: type[ResponseLaw], own, unit: str, cases, otherwise: str) -> Piecewise:
    """A device function whose arguments are its own and the parameters that its expressions use."""
    used = set().union(*(names(text) for case in cases for text in case))
    arguments = {argument: OWN_ARGUMENTS[argument] for argument in own}
    units = law.units | NOISE_UNITS
    arguments |= {parameter: units[parameter] for parameter in units if parameter in used}
    return Piecewise(name, arguments, unit, cases, otherwise)


def substitute(text: str, name: str, value: str) -> str:
    """Put an expression in the place of a variable.

    Examples
    --------
    >>> substitute("n*n", "n", "m + 1")
    '(m + 1) * (m + 1)'
    """

    class Substitution(ast.NodeTransformer):
        def visit_Name(self, node):
            return ast.parse(value, mode="eval").body if node.id == name else node

    return ast.unparse(Substitution().visit(ast.parse(text, mode="eval")))
