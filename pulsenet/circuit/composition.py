"""From a circuit to equations: the complete text of every Brian2 object, before there is any Brian2.

Read this file to see what the simulator does: who integrates charge, who fires a pulse when, and what a pulse does to
a conductance. `pulsenet.engines.build` turns each specification into its Brian2 object one to one, and the dry run prints them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pulsenet.seams.codes import PulseCode
from pulsenet.text.expressions import Piecewise
from pulsenet.circuit.circuit import Circuit
from pulsenet.circuit.pathways import SLOT_OF_THE_RUN, LayerSpec, functions_of, layer_spec


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
    on_event: dict[str, str] = field(default_factory=dict)  # what an event does to the neuron that sends it


@dataclass(frozen=True)
class Composition:
    """All the text of a circuit.

    Attributes
    ----------
    constants : dict of str to int
        What the text calls by name and never changes.
    inputs : dict of str to int
        Columns of each array that is fed in, one row per frame; 0 for a single value.
    functions : tuple of Piecewise
        What a programming pulse does to a conductance, and the closed forms that a refresh needs.
    """

    constants: dict[str, int]
    inputs: dict[str, int]
    functions: tuple[Piecewise, ...]
    populations: tuple[PopulationSpec, ...] = field(default=())
    layers: tuple[LayerSpec, ...] = field(default=())


def compose(circuit: Circuit) -> Composition:
    """Write the equations of a circuit.

    Examples
    --------
    >>> from pulsenet import Linear, Network, Run
    >>> device = Linear(G_min="0 S", G_max="1 uS", pulses_SET=64, pulses_RESET=64)
    >>> composition = compose(Run(network=Network(layers=[4, 3, 2]), device=device).circuit())
    >>> [population.name for population in composition.populations]
    ['input', 'hidden1', 'output']
    """
    schedule = circuit.schedule
    hidden = range(1, circuit.n_layers)
    return Composition(
        constants={
            "n_slots": schedule.n_slots,
            "phase_slots": schedule.phase_slots,
            "frame_slots": schedule.frame_slots,
            "n_phases": schedule.n_phases,
            "update_start": schedule.update_start,
            "refresh_slot": schedule.refresh_slot,
        },
        inputs={
            "forward_slots_in": circuit.sizes[0] + 1,
            "target_in": 0,
            "error_gain_in": circuit.n_layers,
            **_feature_inputs(circuit),
            **{f"dither_{name}": circuit.populations[name] for name in circuit.population_names[1:]},
        },
        functions=functions_of(circuit),
        populations=(_input(circuit), *(_hidden(circuit, index) for index in hidden), _output(circuit)),
        layers=tuple(layer_spec(circuit, layer) for layer in range(1, circuit.n_layers + 1)),
    )


def _feature_inputs(circuit: Circuit) -> dict[str, int]:
    """Arrays that only some circuits are fed: ``frame_in`` counts frames, ``time_in`` is the hardware's time in seconds."""
    features, inputs = circuit.features, {}
    inputs |= {"refresh_in": 0} if circuit.method.refresh else {}
    inputs |= {"frame_in": 0} if circuit.counts_frames else {}
    inputs |= {"batch_in": 0} if circuit.rule.batch_polarity else {}
    inputs |= {"drift_in": 0, "time_in": 0} if features.drift else {}
    if features.read_noise:
        inputs |= {f"read_noise_{name}": circuit.populations[name] for name in circuit.population_names[1:]}
        inputs |= {f"backward_noise_{name}": circuit.populations[name] for name in circuit.population_names[1:-1]}
    return inputs


# -- populations -----------------------------------------------------------------------------------------------------


def _input(circuit: Circuit) -> PopulationSpec:
    return PopulationSpec(
        name="input",
        size=circuit.sizes[0] + 1,
        model="forward_slots : integer",
        events={"forward": _pulse_event(circuit, circuit.codes[0], "forward_slots", circuit.schedule.forward_phase(1))},
        code="forward_slots = int(forward_slots_in(t, i))",
        tick="frame",
        records={"forward": _recorded(circuit.codes[0], "forward_slots")},
    )


def _hidden(circuit: Circuit, index: int) -> PopulationSpec:
    """Population ``index``: integrates layer ``index`` forward, and layer ``index + 1`` backward."""
    schedule, name, neuron = circuit.schedule, circuit.population_names[index], circuit.neurons[index - 1]
    integrated = f"{_integrated(circuit, 'charge', f'read_noise_{name}')}/charge_unit"
    errs_backward = index >= 2  # its own error must travel on, through layer ``index``
    model = """
preactivation : 1
forward_slots : integer
gate : integer
backward_charge_unit : coulomb (shared)
"""
    code = f"""
phase = t_in_timesteps // phase_slots % n_phases
is_bias = int(i == {circuit.sizes[index]})
activates = int(phase == {schedule.forward_phase(index) + 1})
{_latch("preactivation", integrated, "activates")}
{neuron.at_phase.format(output=circuit.activation.output)}
{_latch("gate", f"(1 - is_bias)*{circuit.activation.derivative}", "activates")}
errs = int(phase == {schedule.backward_phase(index + 1) + 1})
{_latch("error", f"gate*({_integrated(circuit, 'backward_charge', f'backward_noise_{name}')}/backward_charge_unit)", "errs")}
"""
    for charge, read in (("charge", "activates"), ("backward_charge", "errs")):
        model, code = _integrator(circuit, charge, read, model, code)
    model, code, events, records = _error_side(circuit, index, model, code)
    if errs_backward:
        model += "backward_scale : 1 (shared)\n"
        slots = "int(clip(floor(n_slots*backward_scale*abs(error) + error_phase), 0, n_slots))"
        code += _latch("backward_slots", slots, "errs") + "\n"
    events["forward"] = _forward_event(circuit, index, integrated)
    records["forward"] = _recorded(circuit.forward_code(index), "forward_slots")
    on_event = {"forward": neuron.on_pulse} if neuron.on_pulse else {}
    return PopulationSpec(name, circuit.sizes[index] + 1, model, events, code, "phase", records, on_event)


def _output(circuit: Circuit) -> PopulationSpec:
    """The output neurons: hard sigmoids that compare their pulse with the target's, in whole slots."""
    index = circuit.n_layers
    model = "preactivation : 1\n"
    code = f"""
phase = t_in_timesteps // phase_slots % n_phases
errs = int(phase == {circuit.schedule.forward_phase(index) + 1})
{_latch("preactivation", f"{_integrated(circuit, 'charge', 'read_noise_output')}/charge_unit", "errs")}
learns = int(error_gain_in(t, {index - 1}) > 0)
output_slots = int(floor(n_slots*clip(preactivation + 0.5, 0, 1) + 0.5))
error_slots = learns*(n_slots*int(i == target_in(t)) - output_slots)
{_latch("error", "1.0*error_slots/n_slots", "errs")}
"""
    model, code = _integrator(circuit, "charge", "errs", model, code)
    model, code, events, records = _error_side(circuit, index, model, code)
    if index >= 2:
        code += _latch("backward_slots", "abs(error_slots)", "errs") + "\n"
    return PopulationSpec("output", circuit.sizes[-1], model, events, code, "phase", records)


def _error_side(circuit: Circuit, index: int, model: str, code: str):
    """What every population with an error shares: its oscillator, its backward pulses and its refresh."""
    schedule, rule, name = circuit.schedule, circuit.rule, circuit.population_names[index]
    if circuit.features.read_noise:
        model += "read_noise : 1 (shared)\n"
    model += """
charge_unit : coulomb (shared)
error : 1
error_polarity : integer
error_pulses : 1
error_phase : 1
"""
    code += f"""
error_gain = error_gain_in(t, {index - 1})
{_latch("error_polarity", "sign(error)", "errs")}
{_latch("error_pulses", rule.error_pulses, "errs")}
{_latch("error_phase", f"dither_{name}(t, i)", "errs")}
"""
    events = {"error": _in_terms_of_time(rule.fires)}
    records = {"error": ("error_polarity",)}
    if index >= 2:
        model += "backward_slots : integer\n"
        events["backward"] = _pulse_event(
            circuit, circuit.codes[index], "backward_slots", schedule.backward_phase(index)
        )
        records["backward"] = (*_recorded(circuit.codes[index], "backward_slots"), "error_polarity")
    if circuit.method.refresh:
        model += "refresh_SET : 1\nrefresh_RESET : 1\n"
        code += "refresh_SET = refresh_SET*int(phase > 0)\nrefresh_RESET = refresh_RESET*int(phase > 0)\n"
        events["refresh"] = "refresh_in(t) > 0 and t_in_timesteps % frame_slots == refresh_slot"
        records["refresh"] = ("refresh_SET", "refresh_RESET")
    model += "".join(f"{variable} : {unit} (shared)\n" for variable, unit in rule.neuron_units.items())
    if (
        rule.batch_polarity
    ):  # after the last error pulses; not in the slot of a refresh, from which noise would be drawn twice
        events["batch"] = "batch_in(t) > 0 and t_in_timesteps % frame_slots == refresh_slot - 1"
    if circuit.features.drift:
        events["drift"] = "drift_in(t) > 0 and t_in_timesteps % frame_slots == refresh_slot"
    model, code = _tally(circuit, index, model, code, events, records)
    return model, code, events, records


def _integrator(circuit: Circuit, charge: str, read: str, model: str, code: str) -> tuple[str, str]:
    """A charge that reading pulses add to, emptied when it is read; with the variance of its noise, if there is any."""
    charges = [charge] + ([f"{charge}_variance"] if circuit.features.read_noise else [])
    for name in charges:
        model += f"{name} : {'coulomb**2' if name.endswith('variance') else 'coulomb'}\n"
        code += f"{name} = {name}*(1 - {read})\n"
    return model, code


def _integrated(circuit: Circuit, charge: str, noise: str) -> str:
    """The charge that is read. The noise of independent pulses adds up to one normal deviate of their summed variance."""
    return f"({charge} + read_noise*sqrt({charge}_variance)*{noise}(t, i))" if circuit.features.read_noise else charge


def _tally(circuit: Circuit, index: int, model: str, code: str, events: dict, records: dict) -> tuple[str, str]:
    """Sums over a frame: programming pulses, and what energy follows from. Sent once, in the frame's last slot."""
    sums = {"programming_pulses": "integer"}
    if circuit.features.energy:
        sums["charge_through"] = "coulomb"
        sums |= {"backward_charge_through": "coulomb"} if index < circuit.n_layers else {}
        sums |= {f"{kind}_conductance": "siemens" for kind in circuit.method.kinds}
        sums |= {f"refresh_{kind}_conductance": "siemens" for kind in ("SET", "RESET") if circuit.method.refresh}
    for name, unit in sums.items():
        model += f"{name} : {unit}\n"
        code += f"{name} = {name}*int(phase > 0)\n"
    events["tally"] = "t_in_timesteps % frame_slots == frame_slots - 1"
    records["tally"] = tuple(sums)
    return model, code


def _in_terms_of_time(condition: str) -> str:
    """A rule's words for time, written out."""
    condition = re.sub(r"\bupdate_slot\b", "(t_in_timesteps % frame_slots - update_start)", condition)
    return re.sub(r"\bpulse\b", f"({SLOT_OF_THE_RUN})", condition)


def _forward_event(circuit: Circuit, index: int, integrated: str) -> str:
    """Condition under which a line of a hidden population sends a forward pulse."""
    phase, fires = circuit.schedule.forward_phase(index + 1), circuit.neurons[index - 1].fires
    if not fires:
        return _pulse_event(circuit, circuit.forward_code(index), "forward_slots", phase)
    so_far = f"(preactivation + {integrated})"  # what was latched, and what arrives until then: one of them is 0
    output = re.sub(r"\bpreactivation\b", so_far, circuit.activation.output)
    return fires.format(output=output, stop=circuit.schedule.phases[phase].stop)


def _pulse_event(circuit: Circuit, code: PulseCode, slots: str, phase: int) -> str:
    """Condition under which a line sends an event in a phase."""
    phase_slot = f"(t_in_timesteps % frame_slots - {phase * circuit.schedule.phase_slots})"
    return code.fires.format(slots=slots, phase_slot=phase_slot)


def _recorded(code: PulseCode, slots: str) -> tuple[str, ...]:
    return (slots,) if code.records_width else ()


def _latch(variable: str, value: str, when: str) -> str:
    """Text that sets a variable where ``when`` is 1 and leaves it where it is 0, exactly."""
    return f"{variable} = {variable}*(1 - {when}) + ({value})*{when}"
