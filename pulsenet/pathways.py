"""What pulses do at a device pair: the text of every pathway of a layer's Brian2 object.

Follow a programming pulse here: an error pulse reaches `_program`; the learning rule says which way the weight should go;
the update method, which device gets which pulse; and the response law, by ``pulsed``, what the pulse does to G.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from pulsenet.devices.functions import NOISE_UNITS, OWN_ARGUMENTS, device_functions
from pulsenet.network import Circuit

#: Order in which the pathways of one slot run; Brian2's default would be alphabetical.
PATHWAY_ORDER = {"forward": 0, "backward": 1, "error": 2, "refresh": 3, "drift": 4}


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


def layer_spec(circuit: Circuit, layer: int) -> LayerSpec:
    """Weight layer ``layer`` (from 1): its variables, and what reading, error and programming pulses do there."""
    name = f"layer{layer}"
    shape = circuit.layers[name]
    slots = circuit.code.slots_per_event
    pathways = [
        Pathway("forward", "pre", _read(circuit, "charge", "post", slots.format(slots="forward_slots_pre"))),
        Pathway("error", "post", _program(circuit, shape)),
    ]
    if layer >= 2:
        width, polarity = slots.format(slots="backward_slots_post"), "error_polarity_post*"
        pathways.append(Pathway("backward", "post", _read(circuit, "backward_charge", "pre", width, polarity)))
    if circuit.method.refresh:
        pathways.append(Pathway("refresh", "post", _refresh(circuit, shape)))
    if circuit.features.drift:
        pathways.append(Pathway("drift", "post", _drift(circuit)))
    source, target = circuit.population_names[layer - 1 : layer + 1]
    ordered = tuple(sorted(pathways, key=lambda pathway: PATHWAY_ORDER[pathway.event]))
    return LayerSpec(name, source, target, shape, _model(circuit), ordered)


def _model(circuit: Circuit) -> str:
    """Variables of a device pair, and what all pairs of a layer share."""
    features, law = circuit.features, circuit.law
    shared = {"V_read": "volt", "slot": "second", **law.units}
    if circuit.method.refresh:
        shared |= {"G_full": "siemens", "G_room": "siemens"}
    if features.ctoc:
        shared |= {name: NOISE_UNITS[name] for name in ("noise_key", "range_key", "ctoc_step", "ctoc_range")}
    if features.drift:
        shared |= {"drift_exponent": "1", "drift_onset": "second", "drift_period": "second"}
    own = {f"{name}_{side}": law.units[name] for name in features.per_device for side in ("plus", "minus")}
    if features.stuck:
        own |= {"responds_plus": "1", "responds_minus": "1"}
    lines = ["G_plus : siemens", "G_minus : siemens"]
    lines += [f"{name} : {unit}" for name, unit in {**circuit.memory, **own}.items()]
    lines += [f"{name} : {unit} (shared)" for name, unit in shared.items()]
    return "\n".join(lines) + "\n"


def _read(circuit: Circuit, charge: str, side: str, slots: str, polarity: str = "") -> str:
    """Ohm's law, for the slots that one event stands for."""
    code = [f"{charge}_{side} += V_read*slot*{polarity}{slots}*(G_plus - G_minus)"]
    if circuit.features.energy:
        code.append(f"{charge}_through_{side} += V_read*slot*{slots}*(G_plus + G_minus)")
    if circuit.features.read_noise:
        code.append(f"{charge}_variance_{side} += (V_read*slot*{slots})*(V_read*slot*{slots})*(G_plus*G_plus + G_minus*G_minus)")
    return "\n".join(code)


def _program(circuit: Circuit, shape: tuple[int, int]) -> str:
    """What an error pulse does at a device pair: rule -> polarity -> method -> SET/RESET -> law -> conductance."""
    method, features = circuit.method, circuit.features
    drives = {"plus": method.drive_plus, "minus": method.drive_minus}
    code = ["update_slot = t_in_timesteps % frame_slots - update_start", f"polarity = {circuit.rule.polarity}"]
    code += _noise_address(circuit, shape)
    for side, drive in drives.items():
        code.append(f"drive_{side} = {drive}")
        if features.energy:
            code.append(f"before_{side} = G_{side}")
        code.append(f"G_{side} = pulsed(drive_{side}, G_{side})")
        if features.energy:  # a pulse's current is that of the mean of the conductances before and after it
            for kind, sign in (("SET", ">"), ("RESET", "<")):
                if kind in method.kinds:
                    code.append(f"{kind}_conductance_post += 0.5*(before_{side} + G_{side})*int(drive_{side} {sign} 0)")
        if features.drift:
            code += _remember_time(side, f"int(drive_{side} != 0)")
    return _expand(circuit, "\n".join(code))


def _refresh(circuit: Circuit, shape: tuple[int, int]) -> str:
    """The update method's refresh, with what the features add to it."""
    features = circuit.features
    code = _noise_address(circuit, shape)
    code += ["before_plus = G_plus", "before_minus = G_minus"] if features.energy else []
    code += circuit.method.refresh.strip().splitlines()
    code.append("refresh_SET_post += SET_pulses_plus + SET_pulses_minus")
    code.append("refresh_RESET_post += RESET_pulses_plus + RESET_pulses_minus")
    for side in ("plus", "minus"):
        if features.energy:
            for kind, end in (("SET", f"G_{side}"), ("RESET", f"before_{side}")):
                code.append(f"refresh_{kind}_conductance_post += 0.5*{kind}_pulses_{side}*(G_min + {end})")
        if features.drift:
            code += _remember_time(side, "full")
    return _expand(circuit, "\n".join(code))


def _drift(circuit: Circuit) -> str:
    """Since the last drift, or the last programming pulse if that was later, the conductance fell as a power law."""
    code = []
    for side in ("plus", "minus"):
        code += [
            f"age_{side} = time_in(t)*second - programmed_{side}",
            f"fall_{side} = log(1 + age_{side}/drift_onset) - log(1 + clip(age_{side} - drift_period, 0*second, age_{side})/drift_onset)",
            f"G_{side} = clip(G_{side}*exp(-drift_exponent*fall_{side}), G_min, G_{side})",
        ]
    return _expand(circuit, "\n".join(code))


def _remember_time(side: str, when: str) -> list[str]:
    return [f"programmed_{side} = programmed_{side}*(1 - {when}) + time_in(t)*second*{when}"]


def _noise_address(circuit: Circuit, shape: tuple[int, int]) -> list[str]:
    """Which device, and which slot of the run: what a pulse's noise is drawn from."""
    if not circuit.features.ctoc:
        return []
    return [f"device = 2*(i*{shape[1]} + j)", "pulse = frame_in(t)*frame_slots + t_in_timesteps % frame_slots"]


# -- completing calls ------------------------------------------------------------------------------------------------


def _expand(circuit: Circuit, code: str) -> str:
    """Complete the calls of the device functions: append the parameters that each one takes.

    A call whose conductance is ``G_plus`` or ``G_minus`` gets the parameters of that very device; any other call, those of
    the nominal device, which is all that a controller knows. A device that is stuck answers none of them.
    """
    functions = {function.name: function for function in functions_of(circuit)}
    lines = []
    for line in code.splitlines():
        tree = ast.parse(line.strip())
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.func.id in functions:
                _complete(node, functions[node.func.id], circuit)
        if circuit.features.per_device and line.lstrip().startswith(("G_plus", "G_minus")):
            _own_bounds(tree, circuit)
        lines.append(ast.unparse(tree))
    return "\n".join(lines)


def functions_of(circuit: Circuit):
    """The device functions that the pathways of a circuit call."""
    return device_functions(circuit.law, bool(circuit.method.refresh), circuit.method.kinds, circuit.features)


def _complete(call: ast.Call, function, circuit: Circuit) -> None:
    conductance = ast.unparse(call.args[-1])
    side = conductance.removeprefix("G_") if conductance in ("G_plus", "G_minus") else ""
    if side and circuit.features.stuck:
        call.args[0] = ast.BinOp(ast.Name(f"responds_{side}"), ast.Mult(), call.args[0])
    for name in [name for name in function.arguments if name not in OWN_ARGUMENTS]:
        if name == "device":
            call.args.append(ast.parse("device + 1" if side == "minus" else "device", mode="eval").body)
        else:
            call.args.append(ast.Name(f"{name}_{side}" if side and name in circuit.features.per_device else name))


def _own_bounds(tree: ast.Module, circuit: Circuit) -> None:
    """Bounds named in an assignment to a device are its own."""
    side = tree.body[0].targets[0].id.removeprefix("G_")
    for node in ast.walk(tree.body[0].value):
        if isinstance(node, ast.Name) and node.id in ("G_min", "G_max") and node.id in circuit.features.per_device:
            node.id = f"{node.id}_{side}"
