"""From a circuit to equations: the complete text of every Brian2 object, before there is any Brian2.

Read this file to see what the simulator does: who integrates charge, who fires a pulse when, and what a pulse does to
a conductance. `pulsenet.build` turns each specification into its Brian2 object one to one, and the dry run prints them.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from pulsenet.devices.functions import OWN_ARGUMENTS, device_functions
from pulsenet.expressions import Piecewise
from pulsenet.network import Circuit

#: Order in which the pathways of one slot run; Brian2's default would be alphabetical.
PATHWAY_ORDER = {"forward": 0, "backward": 1, "error": 2, "refresh": 3}


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


@dataclass(frozen=True)
class Pathway:
    """What an event of the ``side`` ("pre" or "post") population does at each of its device pairs."""

    event: str
    side: str
    code: str


@dataclass(frozen=True)
class LayerSpec:
    """A Synapses object: one synapse is one device pair."""

    name: str
    source: str
    target: str
    shape: tuple[int, int]
    model: str
    pathways: tuple[Pathway, ...]


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
            **({"refresh_in": 0} if circuit.method.refresh else {}),
            **{f"dither_{name}": circuit.populations[name] for name in circuit.population_names[1:]},
        },
        functions=device_functions(circuit.law, with_refresh=bool(circuit.method.refresh)),
        populations=(_input(circuit), *(_hidden(circuit, index) for index in hidden), _output(circuit)),
        layers=tuple(_layer(circuit, layer) for layer in range(1, circuit.n_layers + 1)),
    )


# -- populations -----------------------------------------------------------------------------------------------------


def _input(circuit: Circuit) -> PopulationSpec:
    return PopulationSpec(
        name="input",
        size=circuit.sizes[0] + 1,
        model="forward_slots : integer",
        events={"forward": _pulse_event(circuit, "forward_slots", circuit.schedule.forward_phase(1))},
        code="forward_slots = int(forward_slots_in(t, i))",
        tick="frame",
        records={"forward": _recorded(circuit, "forward_slots")},
    )


def _hidden(circuit: Circuit, index: int) -> PopulationSpec:
    """Population ``index``: integrates layer ``index`` forward, and layer ``index + 1`` backward."""
    schedule = circuit.schedule
    errs_backward = index >= 2  # its own error must travel on, through layer ``index``
    model = """
charge : coulomb
preactivation : 1
forward_slots : integer
gate : integer
backward_charge : coulomb
backward_charge_unit : coulomb (shared)
"""
    code = f"""
phase = t_in_timesteps // phase_slots % n_phases
is_bias = int(i == {circuit.sizes[index]})
activates = int(phase == {schedule.forward_phase(index) + 1})
{_latch("preactivation", "charge/charge_unit", "activates")}
{_latch("forward_slots", f"int(floor(n_slots*{circuit.activation.output} + 0.5))", "activates")}
forward_slots = forward_slots*(1 - is_bias) + n_slots*is_bias
{_latch("gate", f"(1 - is_bias)*{circuit.activation.derivative}", "activates")}
charge = charge*(1 - activates)
errs = int(phase == {schedule.backward_phase(index + 1) + 1})
{_latch("error", "gate*(backward_charge/backward_charge_unit)", "errs")}
backward_charge = backward_charge*(1 - errs)
"""
    model, code, events, records = _error_side(circuit, index, model, code)
    if errs_backward:
        model += "backward_scale : 1 (shared)\n"
        slots = "int(clip(floor(n_slots*backward_scale*abs(error) + error_phase), 0, n_slots))"
        code += _latch("backward_slots", slots, "errs") + "\n"
    events["forward"] = _pulse_event(circuit, "forward_slots", schedule.forward_phase(index + 1))
    records["forward"] = _recorded(circuit, "forward_slots")
    name = circuit.population_names[index]
    return PopulationSpec(name, circuit.sizes[index] + 1, model, events, code, "phase", records)


def _output(circuit: Circuit) -> PopulationSpec:
    """The output neurons: hard sigmoids that compare their pulse with the target's, in whole slots."""
    index = circuit.n_layers
    model = """
charge : coulomb
preactivation : 1
"""
    code = f"""
phase = t_in_timesteps // phase_slots % n_phases
errs = int(phase == {circuit.schedule.forward_phase(index) + 1})
{_latch("preactivation", "charge/charge_unit", "errs")}
charge = charge*(1 - errs)
learns = int(error_gain_in(t, {index - 1}) > 0)
output_slots = int(floor(n_slots*clip(preactivation + 0.5, 0, 1) + 0.5))
error_slots = learns*(n_slots*int(i == target_in(t)) - output_slots)
{_latch("error", "1.0*error_slots/n_slots", "errs")}
"""
    model, code, events, records = _error_side(circuit, index, model, code)
    if index >= 2:
        code += _latch("backward_slots", "abs(error_slots)", "errs") + "\n"
    return PopulationSpec("output", circuit.sizes[-1], model, events, code, "phase", records)


def _error_side(circuit: Circuit, index: int, model: str, code: str):
    """What every population with an error shares: its oscillator, its backward pulses and its refresh."""
    schedule, rule, name = circuit.schedule, circuit.rule, circuit.population_names[index]
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
    update_slot = "(t_in_timesteps % frame_slots - update_start)"
    events = {"error": rule.fires.replace("update_slot", update_slot)}
    records = {"error": ("error_polarity",)}
    if index >= 2:
        model += "backward_slots : integer\n"
        events["backward"] = _pulse_event(circuit, "backward_slots", schedule.backward_phase(index))
        records["backward"] = (*_recorded(circuit, "backward_slots"), "error_polarity")
    if circuit.method.refresh:
        model += "refresh_SET : 1\nrefresh_RESET : 1\n"
        code += "refresh_SET = refresh_SET*int(phase > 0)\nrefresh_RESET = refresh_RESET*int(phase > 0)\n"
        events["refresh"] = "refresh_in(t) > 0 and t_in_timesteps % frame_slots == refresh_slot"
        records["refresh"] = ("refresh_SET", "refresh_RESET")
    return model, code, events, records


def _pulse_event(circuit: Circuit, slots: str, phase: int) -> str:
    """Condition under which a line sends an event in a phase."""
    phase_slot = f"(t_in_timesteps % frame_slots - {phase * circuit.schedule.phase_slots})"
    return circuit.code.fires.format(slots=slots, phase_slot=phase_slot)


def _recorded(circuit: Circuit, slots: str) -> tuple[str, ...]:
    return (slots,) if circuit.code.records_width else ()


def _latch(variable: str, value: str, when: str) -> str:
    """Text that sets a variable where ``when`` is 1 and leaves it where it is 0, exactly."""
    return f"{variable} = {variable}*(1 - {when}) + ({value})*{when}"


# -- device pairs ----------------------------------------------------------------------------------------------------


def _layer(circuit: Circuit, layer: int) -> LayerSpec:
    """Weight layer ``layer``: what reading, error and programming pulses do at a device pair."""
    law, method = circuit.law, circuit.method
    events_slots = circuit.code.slots_per_event
    current = "V_read*slot*{slots}*(G_plus - G_minus)"  # Ohm's law, for the slots that one event stands for
    pathways = [
        Pathway("forward", "pre", f"charge_post += {current.format(slots=events_slots.format(slots='forward_slots_pre'))}"),
        Pathway("error", "post", _program(circuit)),
    ]
    if layer >= 2:
        slots = "error_polarity_post*" + events_slots.format(slots="backward_slots_post")
        pathways.append(Pathway("backward", "post", f"backward_charge_pre += {current.format(slots=slots)}"))
    parameters = dict(law.units)
    if method.refresh:
        pathways.append(Pathway("refresh", "post", _expand(circuit, method.refresh)))
        parameters |= {"G_full": "siemens", "G_room": "siemens"}
    model = "G_plus : siemens\nG_minus : siemens\nV_read : volt (shared)\nslot : second (shared)\n"
    model += "".join(f"{name} : {unit} (shared)\n" for name, unit in parameters.items())
    source, target = circuit.population_names[layer - 1 : layer + 1]
    ordered = tuple(sorted(pathways, key=lambda pathway: PATHWAY_ORDER[pathway.event]))
    return LayerSpec(f"layer{layer}", source, target, circuit.layers[f"layer{layer}"], model, ordered)


def _program(circuit: Circuit) -> str:
    """What an error pulse does at a device pair: rule -> polarity -> method -> SET/RESET -> law -> conductance."""
    return _expand(
        circuit,
        f"""
update_slot = t_in_timesteps % frame_slots - update_start
polarity = {circuit.rule.polarity}
G_plus = pulsed({circuit.method.drive_plus}, G_plus)
G_minus = pulsed({circuit.method.drive_minus}, G_minus)
""",
    )


def _expand(circuit: Circuit, code: str) -> str:
    """Complete the calls of the device functions: append the law's parameters that each one takes."""
    for function in device_functions(circuit.law, with_refresh=True):
        parameters = ", ".join(name for name in function.arguments if name not in OWN_ARGUMENTS)
        code = _append_arguments(code, function.name, parameters)
    return code.strip()


def _append_arguments(code: str, name: str, parameters: str) -> str:
    lines = []
    for line in code.splitlines():
        tree = ast.parse(line.strip())
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.func.id == name:
                node.args += [ast.Name(parameter) for parameter in parameters.split(", ")]
        lines.append(ast.unparse(tree))
    return "\n".join(lines)
