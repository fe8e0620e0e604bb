"""From a response law's expressions to the functions that the pathways of a layer call."""

from __future__ import annotations

from functools import cache

from pulsenet.circuit.circuit import Circuit
from pulsenet.errors import ConfigError
from pulsenet.seams.effects import Effect
from pulsenet.seams.laws import ResponseLaw
from pulsenet.text.expressions import expression
from pulsenet.text.functions import Piecewise

#: Arguments that a pathway gives a function itself, with their units; parameters follow them.
OWN_ARGUMENTS = {"drive": "1", "when": "1", "n": "1", "target": "siemens", "G": "siemens"}
#: What chance needs to know besides parameters: which device, and which slot of the run. A law that draws its steps
#: takes ``law_key``, too.
CHANCE = {"device": "1", "pulse": "1", "law_key": "1"}
_UNIFORM = Piecewise("uniform", {"key": "1", "line": "1", "pulse": "1"}, "1", (), "uniform(key, line, pulse)")
_NORMAL = Piecewise("normal", {"key": "1", "line": "1", "pulse": "1"}, "1", (), "normal(key, line, pulse)")
#: Functions that equations may call wherever they like.
CHANCES = (_UNIFORM, _NORMAL)


def device_functions(circuit: Circuit) -> tuple[Piecewise, ...]:
    """The functions that pathways call, from the law's expressions and what the effects make of them.

    Returns
    -------
    tuple of Piecewise

        ``pulsed(drive, G)``: conductance after a SET (drive 1), a RESET (-1) or no pulse (0).

        If the update method refreshes:

        - ``SET_pulses(when, G)``: number of SET pulses from G_min that comes nearest to G.
        - ``RESET_pulses(when, G)``: number of RESET pulses that takes G to G_min.
        - ``written(when, n, G)``: conductance after an erase and n SET pulses, or G where ``when`` is 0.
        - ``verified_pulses(when, target, G)``, for one that verifies or recounts: like ``SET_pulses(when, target)``,
          but of the device of conductance G.
        - ``recounted(when, G)``, for one that recounts: the conductance whose count is found.

        Where a refresh writes with RESET pulses, SET and RESET, and G_min and G_max, change places in all but the
        first.

    Notes
    -----
    Noise of a refresh. Without verifying, that of all n pulses adds up, and grows as sqrt(n). Verifying takes back what
    the pulses before the last one did; by renewal theory, the error that is left when pulses of step s and noise sigma
    s stop where they come nearest has the mean square s^2 (1/12 + sigma^2/2). The first part is rounding to whole
    pulses; the second is drawn, as normal noise of the last step. The number of pulses is the one without noise, which
    for small noise is its mean; readings are exact. With sigma above 1 this is a rough model (a test compares it with
    pulses one by one).

    Counting repeats the pulses, with noise of their own, until the old conductance is back. As many more or less are
    counted as lead to where these pulses would have ended: to the conductance and the noise of all of them.
    """
    law, effects = circuit.law, circuit.effects
    SET, RESET = law.SET, law.RESET
    for effect in effects:
        SET, RESET = effect.as_step(SET), effect.as_step(RESET)
    if (SET, RESET) == (law.SET, law.RESET):
        SET, RESET = f"min(G + ({SET}), G_max)", f"max(G - ({RESET}), G_min)"
    else:  # a step with noise may go either way
        SET, RESET = (f"min(max(G {sign} ({step}), G_min), G_max)" for sign, step in (("+", SET), ("-", RESET)))
    cases = {"SET": ("drive > 0", SET), "RESET": ("drive < 0", RESET)}
    pulsed = tuple(cases[kind] for kind in circuit.method.kinds)
    functions = [_piecewise(circuit, "pulsed", ("drive", "G"), "siemens", pulsed, "G")]
    if circuit.method.refresh:
        functions += _refresh_functions(circuit)
    return tuple(functions)


def _refresh_functions(circuit: Circuit) -> list[Piecewise]:
    law, method, programs = circuit.law, circuit.method, circuit.method.kinds[0]
    start, erases = ("G_min", "RESET") if programs == "SET" else ("G_max", "SET")
    within = "min({}, G_max)" if programs == "SET" else "max({}, G_min)"
    level = within.format(law.inlined(getattr(law, f"{programs}_level")))
    nominal = (
        within.format("G") if circuit.own.keys() & law.units.keys() else "G"
    )  # a device may lie outside the nominal range
    erase = (("when > 0", f"-floor(1e-6 - ({law.inlined(law.left(erases))}))"),)  # rounded up, but for rounding errors
    noises = [_noise(effect, level, start, method.verifies) for effect in circuit.effects]
    if noise := " + ".join(text for text in noises if text):
        level = f"min(max({level} {'+' if programs == 'SET' else '-'} ({noise}), G_min), G_max)"
    functions = [
        _piecewise(circuit, f"{programs}_pulses", ("when", "G"), "1", _nearest(law, programs, nominal, within), "0"),
        _piecewise(circuit, f"{erases}_pulses", ("when", "G"), "1", erase, "0"),
        _piecewise(circuit, "written", ("when", "n", "G"), "siemens", (("when > 0", level),), "G"),
    ]
    if method.verifies or method.recounts:
        cases = _nearest(law, programs, within.format("target"), within)
        functions.append(_piecewise(circuit, "verified_pulses", ("when", "target", "G"), "1", cases, "0"))
    if method.recounts:
        ends = _after_counting(circuit, programs, start)
        functions.append(_piecewise(circuit, "recounted", ("when", "G"), "siemens", (("when > 0", ends),), "G"))
    return functions


def _noise(effect: Effect, level: str, start: str, verifies: bool) -> str:
    if effect.as_step("step") != "step" and type(effect).noise_of_train is Effect.noise_of_train:
        raise ConfigError(
            f"variation: {effect.title} changes the step of a pulse, and says nothing of the many pulses of a refresh "
            "(noise_of_train, noise_of_last); add these, or choose an update method without refresh"
        )
    return effect.noise_of_last(level) if verifies else effect.noise_of_train(level, start)


@cache
def _nearest(law: type[ResponseLaw], programs: str, target: str, within: str) -> tuple[tuple[str, str], ...]:
    """The number of pulses from the start, as cases, that comes nearest to a conductance."""
    level = expression(law.inlined(getattr(law, f"{programs}_level")))
    count = expression(law.inlined(law.passed(programs))).replaced("G", target)
    whole = f"floor({count})"
    before, after = (level.replaced("n", number) for number in (whole, f"({whole} + 1)"))
    after = within.format(after)
    missing, beyond = f"{target} - ({before})", f"{after} - {target}"
    if programs == "RESET":
        missing, beyond = f"({before}) - {target}", f"{target} - {after}"
    return ((f"when > 0 and {missing} > {beyond}", f"{whole} + 1"), ("when > 0", whole))


def _after_counting(circuit: Circuit, programs: str, start: str) -> str:
    """Where as many noisy pulses end as lead to G.

    Drawn by keys of their own: in the same slot, the device is written as well.
    """
    noise = " + ".join(text for effect in circuit.effects if (text := effect.noise_of_train("G", start)))
    if not noise:
        return "G"
    passed = circuit.law.inlined(circuit.law.passed(programs))
    noise = expression(noise).replaced("n", f"max({passed}, 0)")
    for key in sorted(name for name in noise.names if name.endswith("_key")):
        noise = noise.replaced(key, f"{key} + 1")
    return f"min(max(G {'+' if programs == 'SET' else '-'} ({noise}), G_min), G_max)"


def _piecewise(circuit: Circuit, name: str, own: tuple[str, ...], unit: str, cases, otherwise: str) -> Piecewise:
    """A device function whose arguments are its own and the parameters that its expressions use."""
    law = circuit.law
    used = set().union(*(expression(text).names for case in cases for text in case))
    local = []
    for part, text in reversed(law.local.items()):
        if part in used:
            used |= expression(text).names
            local.insert(0, (part, text))
    called = set().union(*(expression(text).calls for case in cases for text in case))
    walks = tuple(walk for walk in law.walks if called & walk.functions.keys())
    units = dict(law.units)
    for effect in circuit.effects:
        units |= effect.units
    units |= CHANCE
    arguments = {argument: OWN_ARGUMENTS[argument] for argument in own}
    arguments |= {parameter: units[parameter] for parameter in units if parameter in used}
    tables = tuple(table for table in law.tables if table[0] in used)
    known = {*arguments, *(table[0] for table in tables), *(part for part, _ in local)}
    if unknown := used - known:
        raise ConfigError(
            f"device.law: the equations of a programming pulse name {min(unknown)}, which neither the law nor an "
            "effect "
            f"declares among its units; known: {', '.join(sorted(known))}"
        )
    return Piecewise(name, arguments, unit, cases, otherwise, tables, tuple(local), walks)
