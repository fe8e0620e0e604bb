"""The neurons: the complete text of every population, grown piece by piece.

A neuron integrates the charge of its layer's devices, latches what it finds when a phase ends, sends pulses, and, if it
has an error, is an oscillator that fires error pulses.
"""

from __future__ import annotations

from dataclasses import dataclass

from pulsenet.circuit.circuit import Circuit
from pulsenet.circuit.pathways import SLOT_OF_THE_RUN
from pulsenet.seams.codes.base import PulseCode
from pulsenet.text.expressions import expression

#: What conditions of neurons may name, in terms of Brian2's time.
_KNOWN = {
    "update_slot": "(t_in_timesteps % frame_slots - update_start)",
    "pulse": f"({SLOT_OF_THE_RUN})",
    "frame": "frame_in(t)",
}
#: The slot after the last error pulses, in which the trailing edges of the update phase arrive.
_LAST_SLOT = "t_in_timesteps % frame_slots == refresh_slot"
#: Whether the frame ends with a refresh.
_REFRESHES = "refresh_in(t) > 0"


@dataclass(frozen=True)
class PopulationSpec:
    """A NeuronGroup: model text, events (name to condition), and code that runs once per ``tick``."""

    name: str
    size: int
    model: str
    events: dict[str, str]
    code: str
    tick: str  # "frame" or "phase"
    records: dict[str, tuple[str, ...]]  # event to the variables that a monitor takes with it
    on_event: dict[str, str]  # what an event does to the neuron that sends it


class _Population:
    """Text that grows: variables, what happens when a phase begins, and events."""

    def __init__(self, name: str, size: int, tick: str):
        self.name, self.size, self.tick = name, size, tick
        self._model: list[str] = []
        self._code: list[str] = []
        self._events: dict[str, str] = {}
        self._records: dict[str, tuple[str, ...]] = {}
        self._on_event: dict[str, str] = {}

    def variable(self, name: str, unit: str, shared: bool = False) -> None:
        """A variable of each neuron, or one that all share."""
        self._model.append(f"{name} : {unit}{' (shared)' if shared else ''}")

    def do(self, code: str) -> None:
        """Lines that run once per tick, after those before."""
        self._code += [line for line in code.splitlines() if line.strip()]

    def latch(self, name: str, value: str, when: str) -> None:
        """Set a variable where ``when`` is 1, and leave it exactly as it is where it is 0."""
        self.do(f"{name} = {name}*(1 - {when}) + ({value})*{when}")

    def sum(self, name: str, unit: str, keep: str) -> None:
        """A variable that pulses add to; emptied at every tick at which ``keep`` is 0."""
        self.variable(name, unit)
        self.do(f"{name} = {name}*{keep}")

    def event(self, name: str, condition: str, records: tuple[str, ...] | None = None, then: str = "") -> None:
        """An event in each slot in which the condition holds, what is recorded with it, and what it does to its neuron.

        Without ``records`` it is not recorded at all.
        """
        self._events[name] = condition
        self._records |= {} if records is None else {name: records}
        self._on_event |= {name: then} if then else {}

    def spec(self) -> PopulationSpec:
        """All of it."""
        model, code = "\n".join(self._model) + "\n", "\n".join(self._code) + "\n"
        return PopulationSpec(self.name, self.size, model, self._events, code, self.tick, self._records, self._on_event)


def populations_of(circuit: Circuit) -> tuple[PopulationSpec, ...]:
    """All populations, input first."""
    hidden = [_hidden(circuit, index) for index in range(1, circuit.n_layers)]
    return tuple(population.spec() for population in (_input(circuit), *hidden, _output(circuit)))


def _input(circuit: Circuit) -> _Population:
    lines, code = _Population("input", circuit.sizes[0] + 1, "frame"), circuit.codes[0]
    lines.variable("forward_slots", "integer")
    lines.do("forward_slots = int(forward_slots_in(t, i))")
    lines.event(
        "forward", _pulses(circuit, code, "forward_slots", circuit.schedule.forward_phase(1)), _width(code, "forward")
    )
    _rows(circuit, lines, keep="0")
    return lines


def _hidden(circuit: Circuit, index: int) -> _Population:
    """Population ``index``: integrates layer ``index`` forward, and layer ``index + 1`` backward."""
    schedule, name, neuron = circuit.schedule, circuit.population_names[index], circuit.neurons[index - 1]
    neurons = _Population(name, circuit.sizes[index] + 1, "phase")
    integrated = f"{_integrated(circuit, 'charge', name)}/charge_unit"
    neurons.do(f"phase = t_in_timesteps // phase_slots % n_phases\nis_bias = int(i == {circuit.sizes[index]})")
    neurons.do(f"activates = int(phase == {schedule.forward_phase(index) + 1})")
    neurons.variable("preactivation", "1")
    neurons.latch("preactivation", integrated, "activates")
    neurons.variable("forward_slots", "integer")
    neurons.do(neuron.at_phase.format(output=circuit.activation.output))
    neurons.variable("gate", "integer")
    neurons.latch("gate", f"(1 - is_bias)*{circuit.activation.derivative}", "activates")
    neurons.do(f"errs = int(phase == {schedule.backward_phase(index + 1) + 1})")
    neurons.variable("backward_charge_unit", "coulomb", shared=True)
    returned = f"{_integrated(circuit, 'backward_charge', name)}/backward_charge_unit"
    neurons.variable("error", "1")
    neurons.latch("error", f"gate*({returned})", "errs")
    for charge, read in (("charge", "activates"), ("backward_charge", "errs")):
        _integrator(circuit, neurons, charge, read)
    _error_side(circuit, index, neurons)
    if index >= 2:  # its own error must travel on, through layer ``index``
        neurons.variable("backward_scale", "1", shared=True)
        slots = "int(clip(floor(n_slots*backward_scale*abs(error) + error_phase), 0, n_slots))"
        neurons.latch("backward_slots", slots, "errs")
    fires, records = _fires(circuit, index, integrated), _width(circuit.forward_code(index), "forward")
    neurons.event("forward", fires, records, then=neuron.on_pulse)
    _rows(circuit, neurons, keep="int(phase > 0)")
    return neurons


def _rows(circuit: Circuit, lines: _Population, keep: str) -> None:
    """What input lines, the rows of an array, find out about a refresh: how many pulses each stage takes."""
    names = tuple(f"row_{stage}" for stage in circuit.refresh_stages)
    for name in names:
        lines.sum(name, "1", keep)
    if names:
        lines.event("rows", f"{_REFRESHES} and {_LAST_SLOT}", names)


def _output(circuit: Circuit) -> _Population:
    """The output neurons: hard sigmoids that compare their pulse with the target's, in whole slots."""
    index = circuit.n_layers
    neurons = _Population("output", circuit.sizes[-1], "phase")
    neurons.do("phase = t_in_timesteps // phase_slots % n_phases")
    neurons.do(f"errs = int(phase == {circuit.schedule.forward_phase(index) + 1})")
    neurons.variable("preactivation", "1")
    neurons.latch("preactivation", f"{_integrated(circuit, 'charge', 'output')}/charge_unit", "errs")
    neurons.do(f"learns = int(error_gain_in(t, {index - 1}) > 0)")
    neurons.do("output_slots = int(floor(n_slots*clip(preactivation + 0.5, 0, 1) + 0.5))")
    neurons.do("error_slots = learns*(n_slots*int(i == target_in(t)) - output_slots)")
    neurons.variable("error", "1")
    neurons.latch("error", "1.0*error_slots/n_slots", "errs")
    _integrator(circuit, neurons, "charge", "errs")
    _error_side(circuit, index, neurons)
    if index >= 2:
        neurons.latch("backward_slots", "abs(error_slots)", "errs")
    return neurons


def _error_side(circuit: Circuit, index: int, neurons: _Population) -> None:
    """What every population with an error shares: its oscillator, its backward pulses and its refresh."""
    rule = circuit.rule
    neurons.variable("charge_unit", "coulomb", shared=True)
    for effect in circuit.effects:
        for name, unit in effect.neuron_units.items():
            neurons.variable(name, unit, shared=True)
    for name, unit in rule.neuron_units.items():
        neurons.variable(name, unit, shared=True)
    neurons.do(f"error_gain = error_gain_in(t, {index - 1})")
    for name, unit, value in (
        ("error_polarity", "integer", "sign(error)"),
        ("error_pulses", "1", _in_terms_of_time(rule.error_pulses)),
        ("error_phase", "1", f"dither_{neurons.name}(t, i)"),
    ):
        neurons.variable(name, unit)
        neurons.latch(name, value, "errs")
    neurons.event("error", _in_terms_of_time(rule.fires), ("error_polarity",))
    if index >= 2:
        code, phase = circuit.codes[index], circuit.schedule.backward_phase(index)
        neurons.variable("backward_slots", "integer")
        records = (*_width(code, "backward"), "error_polarity")
        neurons.event("backward", _pulses(circuit, code, "backward_slots", phase), records)
    if circuit.method.refresh:
        for name in ("refresh_SET", "refresh_RESET"):
            neurons.sum(name, "1", keep="int(phase > 0)")
        neurons.event("refresh", f"{_REFRESHES} and {_LAST_SLOT}", ("refresh_SET", "refresh_RESET"))
    if rule.batch_polarity:  # after the last error pulses; not in the slot of a refresh, whose noise would be the same
        neurons.event("batch", f"batch_in(t) > 0 and {_LAST_SLOT} - 1")
    for effect in circuit.effects:
        if effect.event:
            neurons.event(effect.event, f"{effect.event}_in(t) > 0 and {_LAST_SLOT}")
    _tally(circuit, index, neurons)


def _tally(circuit: Circuit, index: int, neurons: _Population) -> None:
    """Sums over a frame: programming pulses, and what energy follows from. Sent once, in the frame's last slot."""
    sums = {"programming_pulses": "integer"}
    if circuit.energy:
        sums["charge_through"] = "coulomb"
        sums |= {"backward_charge_through": "coulomb"} if index < circuit.n_layers else {}
        sums |= {f"{kind}_conductance": "siemens" for kind in circuit.method.kinds}
        sums |= {f"refresh_{kind}_conductance": "siemens" for kind in ("SET", "RESET") if circuit.method.refresh}
        if circuit.method.verifies or circuit.method.recounts:
            sums["refresh_reading_conductance"] = "siemens"
    for name, unit in sums.items():
        neurons.sum(name, unit, keep="int(phase > 0)")
    neurons.event("tally", "t_in_timesteps % frame_slots == frame_slots - 1", tuple(sums))


def _integrator(circuit: Circuit, neurons: _Population, charge: str, read: str) -> None:
    """A charge that read pulses add to, emptied when it is read; with what effects keep beside it."""
    sums = {charge: "coulomb"}
    for effect in circuit.effects:
        sums |= effect.integrators(charge)
    for name, unit in sums.items():
        neurons.sum(name, unit, keep=f"(1 - {read})")


def _integrated(circuit: Circuit, charge: str, population: str) -> str:
    """The charge that is found on an integrator."""
    text = charge
    for effect in circuit.effects:
        text = effect.integrated(charge, text, population)
    return text


def _in_terms_of_time(text: str) -> str:
    """An expression of a rule with its words for time written out."""
    found = expression(text)
    for name, text in _KNOWN.items():
        if name in found.names:
            found = found.replaced(name, text)
    return str(found)


def _fires(circuit: Circuit, index: int, integrated: str) -> str:
    """Condition under which a line of a hidden population sends a forward pulse."""
    phase, fires = circuit.schedule.forward_phase(index + 1), circuit.neurons[index - 1].fires
    if not fires:
        return _pulses(circuit, circuit.forward_code(index), "forward_slots", phase)
    so_far = f"(preactivation + {integrated})"  # what was latched, and what arrives until then: one of them is 0
    output = expression(circuit.activation.output).replaced("preactivation", so_far)
    return fires.format(output=output, stop=circuit.schedule.phases[phase].stop)


def _pulses(circuit: Circuit, code: PulseCode, slots: str, phase: int) -> str:
    """Condition under which a line sends an event in a phase."""
    phase_slot = f"(t_in_timesteps % frame_slots - {phase * circuit.schedule.phase_slots})"
    return code.fires.format(slots=slots, phase_slot=phase_slot)


def _width(code: PulseCode, kind: str) -> tuple[str, ...]:
    return (f"{kind}_slots",) if code.records_width else ()
