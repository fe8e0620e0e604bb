"""From a response law's expressions to the functions that the pathways of a layer call."""

from __future__ import annotations

from functools import cache

from pulsenet.circuit.circuit import Circuit
from pulsenet.circuit.one_pulse import mean_step, moved, read, reads_exactly, steps_exactly
from pulsenet.errors import ConfigError
from pulsenet.seams.laws import ResponseLaw
from pulsenet.text.expressions import expression
from pulsenet.text.functions import Piecewise
from pulsenet.text.trains import COUNTED, SLOTS, Train

#: Arguments that a pathway gives a function itself, with their units; parameters follow them.
OWN_ARGUMENTS = {"drive": "1", "when": "1", "n": "1", "begins": "1", "target": "siemens", "G": "siemens"}
#: What chance needs to know besides parameters: which device, which frame, and which slot of the run. A law that draws
#: its steps takes ``law_key``, too.
CHANCE = {"device": "1", "frame": "1", "pulse": "1", "law_key": "1"}
#: What a train of pulses knows by itself.
_OF_TRAINS = ("before", "sent", "total", "seen", "step")
#: Names that are no parameter's.
OF_FUNCTIONS = (*(name for name in OWN_ARGUMENTS if name != "G"), *_OF_TRAINS)
#: Part of a step that is rounding: a device so near to its bound is there.
ROUNDING = 1e-6
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

        - ``SET_pulses(when, G)``: number of SET pulses from G_min that comes nearest to G; 0 where ``when`` is 0.
        - ``reading(begins, G)``: what a reading of a device of conductance G finds.
        - ``erasing_pulses(when, begins, G)``: number of RESET pulses until a reading finds the device at G_min.
        - ``erased(when, n, begins, G)``, ``written(when, n, begins, G)``: conductance after n RESET pulses, and, of an
          erased device, after n SET pulses.
        - ``verified_pulses(when, begins, target, G)``, for one that verifies or recounts: number of SET pulses to an
          erased device until a reading says that one more would not bring it nearer to the target.
        - ``erasing_conductance(when, n, begins, G)``, ``writing_conductance(when, n, begins, G)``, if energy is
          counted: the sum, over the pulses of a train, of the mean of the conductances before and after each.

        Where a refresh writes with RESET pulses, SET and RESET, and G_min and G_max, change places in all but the
        first.

    Notes
    -----
    Where an effect changes a step or a reading, or the law draws its steps, trains of pulses are walked one by one,
    each with the text of ``pulsed`` and draws of its own (`pulsenet.text.trains`), and with a reading wherever one is
    made. ``begins`` is the number of the reading with which a train begins: 0 for that of the refresh's decision; each
    pulse, and the reading after it, have the next number. A train that is to reach something ends when a reading says
    so, with the first pulse that finds the device at the end of its range already, or after a million pulses. How far
    one more pulse would go is taken from the law's mean step.

    Else, the closed forms of the law say the same at once; the two agree but for rounding. The sum of the conductances
    of a train has a closed form if the law gives one, and is walked if not.
    """
    law = circuit.law
    cases = {"SET": ("drive > 0", moved(circuit, "SET")), "RESET": ("drive < 0", moved(circuit, "RESET"))}
    pulsed = tuple(cases[kind] for kind in circuit.method.kinds)
    functions = [_piecewise(circuit, "pulsed", ("drive", "G"), "siemens", pulsed, "G")]
    if circuit.method.refresh:
        functions += _refresh_functions(circuit, law)
    return tuple(functions)


def _refresh_functions(circuit: Circuit, law: type[ResponseLaw]) -> list[Piecewise]:
    programs = circuit.method.kinds[0]
    erases, within = ("RESET", "min({}, G_max)") if programs == "SET" else ("SET", "max({}, G_min)")
    # A device, or a reading of it, may lie outside the nominal range.
    inside = reads_exactly(circuit) and not circuit.own.keys() & law.units.keys()
    nominal = "G" if inside else "min(max(G, G_min), G_max)"
    seen = expression(read(circuit)).replaced("pulse", f"(pulse + {SLOTS!r}*begins)")
    functions = [
        _piecewise(circuit, f"{programs}_pulses", ("when", "G"), "1", _nearest(law, programs, nominal, within), "0"),
        _piecewise(circuit, "reading", ("begins", "G"), "siemens", (), str(seen)),
    ]
    trains = _ClosedForms if steps_exactly(circuit) and reads_exactly(circuit) else _OneByOne
    return functions + trains(circuit, erases, programs, within).functions()


class _Trains:
    """Functions of the trains of pulses of a refresh."""

    def __init__(self, circuit: Circuit, erases: str, programs: str, within: str):
        self.circuit, self.law = circuit, circuit.law
        self.erases, self.programs, self.within = erases, programs, within

    def functions(self) -> list[Piecewise]:
        method = self.circuit.method
        found = [
            self._function("erasing_pulses", ("when", "begins", "G"), "1", "0"),
            self._function("erased", ("when", "n", "begins", "G"), "siemens", "G"),
            self._function("written", ("when", "n", "begins", "G"), "siemens", "G"),
        ]
        if method.verifies or method.recounts:
            found.append(self._function("verified_pulses", ("when", "begins", "target", "G"), "1", "0"))
        if self.circuit.energy:  # what answers no pulse conducts all the same
            found += [
                self._function(name, ("when", "n", "begins", "G"), "siemens", "n*G")
                for name in ("erasing_conductance", "writing_conductance")
            ]
        return found

    def _function(self, name: str, own: tuple[str, ...], unit: str, otherwise: str) -> Piecewise:
        cases, trains = getattr(self, f"_{name}")(name, own)
        return _piecewise(self.circuit, name, own, unit, cases, otherwise, trains)

    def _walked(
        self, name: str, own: tuple[str, ...], kind: str, gives: str, goes_on: str = COUNTED, local=()
    ) -> tuple:
        """By a train that sends its pulses one by one."""
        after = moved(self.circuit, kind, inlined=True)
        used = set().union(*(expression(text).names for text in (after, goes_on, *(text for _, text in local))))
        tables = tuple(table for table in self.law.tables if table[0] in used)
        known = {*own, *_OF_TRAINS, *(table[0] for table in tables)}
        parameters = tuple(sorted(used - known))
        train = Train(f"{name}_train", kind, own, after, gives, parameters, goes_on, local, tables)
        return (("when > 0", train.call),), (train,)

    def _erasing_conductance(self, name: str, own: tuple[str, ...]) -> tuple:
        return self._total(name, own, self.erases)

    def _writing_conductance(self, name: str, own: tuple[str, ...]) -> tuple:
        return self._total(name, own, self.programs)

    def _total(self, name: str, own: tuple[str, ...], kind: str) -> tuple:
        return self._walked(name, own, kind, "total")


class _OneByOne(_Trains):
    """Each pulse with its draws, each reading with its own."""

    def _erased(self, name, own):
        return self._walked(name, own, self.erases, "G")

    def _written(self, name, own):
        return self._walked(name, own, self.programs, "G")

    def _erasing_pulses(self, name, own):
        away = "seen - G_min" if self.erases == "RESET" else "G_max - seen"
        return self._until_read(name, own, self.erases, f"{away} > {ROUNDING!r}*step")

    def _verified_pulses(self, name, own):
        """A target beyond the range is its bound, at which the next pulse ends, too, if it would go beyond."""
        target = self.within.format("target")
        if self.programs == "SET":
            return self._until_read(name, own, "SET", f"{target} - seen > min(seen + step, G_max) - {target}")
        return self._until_read(name, own, "RESET", f"seen - {target} > {target} - max(seen - step, G_min)")

    def _until_read(self, name: str, own: tuple[str, ...], kind: str, wanted: str) -> tuple:
        """Until a reading, taken for a conductance of the device's range, asks for no more; or the end of the range."""
        seen = f"min(max({read(self.circuit)}, G_min), G_max)"
        step = str(expression(mean_step(self.circuit, kind)).replaced("G", "seen"))
        inside = "before < G_max" if kind == "SET" else "before > G_min"
        local = (("seen", seen), ("step", step))
        return self._walked(name, own, kind, "sent", f"{inside} and step > 0 and {wanted}", local)


class _ClosedForms(_Trains):
    """Exact steps and readings: where a train ends, and after how many pulses, follows from the law."""

    def _erasing_pulses(self, name, own):
        left = self.law.inlined(self.law.left(self.erases))
        return (("when > 0", f"-floor({ROUNDING!r} - ({left}))"),), ()  # rounded up, but for rounding errors

    def _erased(self, name, own):
        return (("when > 0", "G_min" if self.erases == "RESET" else "G_max"),), ()

    def _written(self, name, own):
        level = self.law.inlined(getattr(self.law, f"{self.programs}_level"))
        return (("when > 0", self.within.format(level)),), ()

    def _verified_pulses(self, name, own):
        return _nearest(self.law, self.programs, self.within.format("target"), self.within), ()

    def _total(self, name, own, kind):
        """All pulses but the last go a whole step; the last ends at its bound, if it would go beyond."""
        total = getattr(self.law, f"{kind}_sum")
        if not total:
            return super()._total(name, own, kind)
        whole, passed = "max(n - 1, 0)", self.law.inlined(self.law.passed(kind))
        bound = "min({}, G_max)" if kind == "SET" else "max({}, G_min)"
        level = expression(self.law.inlined(getattr(self.law, f"{kind}_level")))
        last, end = (bound.format(level.replaced("n", f"({passed}) + {n}")) for n in (whole, "n"))
        text = expression(self.law.inlined(total)).replaced("n", whole)
        return (("when > 0 and n > 0", f"({text}) + 0.5*({last} + {end})"),), ()


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


def _piecewise(
    circuit: Circuit, name: str, own: tuple[str, ...], unit: str, cases, otherwise: str, trains: tuple[Train, ...] = ()
) -> Piecewise:
    """A device function whose arguments are its own and the parameters that its expressions use."""
    law = circuit.law
    texts = [otherwise, *(text for case in cases for text in case)]
    used = set().union(*(expression(text).names for text in texts))
    local = []
    for part, text in reversed(law.local.items()):
        if part in used:
            used |= expression(text).names
            local.insert(0, (part, text))
    called = set().union(*(expression(text).calls for text in texts))
    walks = tuple(walk for walk in (*law.walks, *trains) if called & walk.functions.keys())
    units = {**law.units, **circuit.own}
    for effect in circuit.effects:
        units |= effect.units | effect.memory
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
