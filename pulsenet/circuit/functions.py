"""From a response law's expressions to the functions that the pathways of a layer call."""

from __future__ import annotations

import ast

from pulsenet.seams.laws.base import ResponseLaw
from pulsenet.text.expressions import Piecewise, names
from pulsenet.circuit.circuit import Features

#: Arguments that a pathway gives a function itself, with their units; the law's parameters follow them.
OWN_ARGUMENTS = {"drive": "1", "when": "1", "n": "1", "target": "siemens", "G": "siemens"}
#: What noise needs to know besides: which device, and which slot of the run.
NOISE_UNITS = {"noise_key": "1", "range_key": "1", "ctoc_step": "1", "ctoc_range": "1", "device": "1", "pulse": "1"}

NO_FEATURES = Features()


def device_functions(
    law: type[ResponseLaw],
    with_refresh: bool,
    kinds: tuple[str, ...] = ("SET", "RESET"),
    features: Features = NO_FEATURES,
    verifies: bool = False,
    recounts: bool = False,
) -> tuple[Piecewise, ...]:
    """The functions that pathways call, from the law's expressions.

    Parameters
    ----------
    law : subclass of ResponseLaw
    with_refresh : bool
        Whether the functions that only a refresh calls are wanted.
    kinds : tuple of str
        Pulses that an update sends: ``"SET"``, ``"RESET"`` or both. A refresh writes with the first of them.
    features : Features
    verifies : bool
        Whether a refresh reads after every pulse with which it writes.
    recounts : bool
        Whether a refresh counts how many pulses take a device to its conductance.

    Returns
    -------
    tuple of Piecewise

        ``pulsed(drive, G)``: conductance after a SET (drive 1), a RESET (-1) or no pulse (0).
        ``SET_pulses(when, G)``: number of SET pulses from G_min that comes nearest to G.
        ``RESET_pulses(when, G)``: number of RESET pulses that takes G to G_min.
        ``written(when, n, G)``: conductance after an erase and n SET pulses, or G where ``when`` is 0.
        ``verified_pulses(when, target, G)``, for one that verifies or recounts: like ``SET_pulses(when, target)``, but of
        the device of conductance G.
        ``recounted(when, G)``, for one that recounts: the conductance whose count is found.

        Where a refresh writes with RESET pulses, SET and RESET, and G_min and G_max, change places in all but the first.

    Notes
    -----
    Noise of a refresh. Without verifying, that of all n pulses adds up, and grows as sqrt(n). Verifying takes back what the
    pulses before the last one did; by renewal theory, the error that is left when pulses of step s and noise sigma s stop
    where they come nearest has the mean square s^2 (1/12 + sigma^2/2). The first part is rounding to whole pulses; the
    second is drawn, as normal noise of the last step. The number of pulses is the one without noise, which for small
    noise is its mean; readings are exact. With sigma above 1 this is a rough model (a test compares it with pulses one by one).

    Counting repeats the pulses, with noise of their own, until the old conductance is back. As many more or less are counted
    as lead to where these pulses would have ended: to the conductance and the noise of all of them.
    """
    if ctoc := features.ctoc:
        SET, RESET = (
            f"min(max(G {sign} {_noisy(step, ctoc)}, G_min), G_max)"
            for sign, step in (("+", law.SET), ("-", law.RESET))
        )
    else:
        SET, RESET = f"min(G + ({law.SET}), G_max)", f"max(G - ({law.RESET}), G_min)"
    cases = {"SET": ("drive > 0", SET), "RESET": ("drive < 0", RESET)}
    pulsed = tuple(cases[kind] for kind in kinds)
    functions = [_piecewise("pulsed", law, ("drive", "G"), "siemens", pulsed, "G")]
    if with_refresh:
        functions += _refresh_functions(law, features, kinds[0], verifies, recounts)
    return tuple(functions)


def _refresh_functions(
    law: type[ResponseLaw], features: Features, programs: str, verifies: bool, recounts: bool
) -> list[Piecewise]:
    within = "min({}, G_max)" if programs == "SET" else "max({}, G_min)"
    level = within.format(getattr(law, f"{programs}_level"))
    nominal = within.format("G") if features.per_device else "G"  # a device may lie outside the nominal range
    if programs == "SET":
        start, erases, left = "G_min", "RESET", law.RESET_count
    else:
        start, erases, left = "G_max", "SET", f"({substitute(law.SET_count, 'G', 'G_max')}) - ({law.SET_count})"
    erase = (("when > 0", f"-floor(1e-6 - ({left}))"),)  # rounded up, but for rounding errors
    if features.ctoc:
        noise = _noise_left(level, features.ctoc) if verifies else _noise_of_all(level, start, features.ctoc)
        level = f"min(max({level} {'+' if programs == 'SET' else '-'} ({noise}), G_min), G_max)"
    functions = [
        _piecewise(f"{programs}_pulses", law, ("when", "G"), "1", _nearest(law, programs, nominal, within), "0"),
        _piecewise(f"{erases}_pulses", law, ("when", "G"), "1", erase, "0"),
        _piecewise("written", law, ("when", "n", "G"), "siemens", (("when > 0", level),), "G"),
    ]
    if verifies or recounts:
        cases = _nearest(law, programs, within.format("target"), within)
        functions.append(_piecewise("verified_pulses", law, ("when", "target", "G"), "1", cases, "0"))
    if recounts:
        ends = (
            f"min(max({_after_counting(law, programs, start, features.ctoc)}, G_min), G_max)" if features.ctoc else "G"
        )
        functions.append(_piecewise("recounted", law, ("when", "G"), "siemens", (("when > 0", ends),), "G"))
    return functions


def _nearest(law: type[ResponseLaw], programs: str, target: str, within: str) -> tuple[tuple[str, str], ...]:
    """The number of pulses from the start, as cases, that comes nearest to a conductance."""
    count = _count(law, programs, target)
    whole = f"floor({count})"
    before, after = (substitute(getattr(law, f"{programs}_level"), "n", number) for number in (whole, f"({whole} + 1)"))
    after = within.format(after)
    missing, beyond = f"{target} - ({before})", f"{after} - {target}"
    if programs == "RESET":
        missing, beyond = f"({before}) - {target}", f"{target} - {after}"
    return ((f"when > 0 and {missing} > {beyond}", f"{whole} + 1"), ("when > 0", whole))


def _count(law: type[ResponseLaw], programs: str, G: str) -> str:
    """Pulses from the start to a conductance."""
    count = substitute(getattr(law, f"{programs}_count"), "G", G)
    if programs == "RESET":  # the law counts from there on
        count = f"({substitute(law.RESET_count, 'G', 'G_max')}) - ({count})"
    return count


def _noisy(step: str, ctoc: tuple[str, ...]) -> str:
    """A step with the noise of one pulse: relative to the step, or to the range."""
    if "step" in ctoc:
        step = f"({step})*(1 + ctoc_step*normal(noise_key, device, pulse))"
    if "range" in ctoc:
        step = f"({step} + (G_max - G_min)*ctoc_range*normal(range_key, device, pulse))"
    return step


def _noise_of_all(level: str, start: str, ctoc: tuple[str, ...]) -> str:
    """Noise of n pulses from ``start``, in their direction: independent from pulse to pulse, so it grows as sqrt(n)."""
    parts = []
    if "step" in ctoc:
        parts.append(f"abs({level} - {start})*ctoc_step/sqrt(max(n, 1))*normal(noise_key, device, pulse)")
    if "range" in ctoc:
        parts.append("(G_max - G_min)*ctoc_range*sqrt(n)*normal(range_key, device, pulse)")
    return " + ".join(parts)


def _after_counting(law: type[ResponseLaw], programs: str, start: str, ctoc: tuple[str, ...]) -> str:
    """Where as many noisy pulses end as lead to G, drawn by keys of their own: in the same slot, the device is written as well."""
    noise = substitute(_noise_of_all("G", start, ctoc), "n", f"max({_count(law, programs, 'G')}, 0)")
    for key in ("noise_key", "range_key"):
        noise = substitute(noise, key, f"{key} + 1")
    return f"G {'+' if programs == 'SET' else '-'} ({noise})"


def _noise_left(level: str, ctoc: tuple[str, ...]) -> str:
    """Noise after n pulses, in their direction, each but the last one checked: half the variance of the last one's."""
    parts = []
    if "step" in ctoc:
        last = f"abs({level} - {substitute(level, 'n', 'max(n - 1, 0)')})"
        parts.append(f"{last}*ctoc_step*sqrt(0.5)*normal(noise_key, device, pulse)")
    if "range" in ctoc:
        parts.append("(G_max - G_min)*ctoc_range*sqrt(0.5)*min(n, 1)*normal(range_key, device, pulse)")
    return " + ".join(parts)


def _piecewise(name: str, law: type[ResponseLaw], own, unit: str, cases, otherwise: str) -> Piecewise:
    """A device function whose arguments are its own and the parameters that its expressions use."""
    used = set().union(*(names(text) for case in cases for text in case))
    arguments = {argument: OWN_ARGUMENTS[argument] for argument in own}
    units = law.units | NOISE_UNITS
    arguments |= {parameter: units[parameter] for parameter in units if parameter in used}
    looked_up = tuple(table for table in law.tables if table[0] in used)
    return Piecewise(name, arguments, unit, cases, otherwise, looked_up)


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
