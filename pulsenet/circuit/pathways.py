"""What pulses do at a device pair: the text of every pathway of a layer's Brian2 object.

Follow a programming pulse here: an error pulse reaches `_program`; the learning rule says which way the weight should go;
the update method, which device gets which pulse; and the response law, by ``pulsed``, what the pulse does to G.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from pulsenet.circuit.functions import NOISE_UNITS, OWN_ARGUMENTS, device_functions
from pulsenet.text.expressions import Piecewise
from pulsenet.circuit.circuit import Circuit

#: Order in which the pathways of one slot run; Brian2's default would be alphabetical.
PATHWAY_ORDER = {"forward": 0, "backward": 1, "error": 2, "batch": 3, "refresh": 4, "drift": 5}


#: Slots since the start of the run, however it is cut into chunks.
SLOT_OF_THE_RUN = "frame_in(t)*frame_slots + t_in_timesteps % frame_slots"


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
    slots = circuit.forward_code(layer - 1).slots_per_event.format(slots="forward_slots_pre")
    pathways = [
        Pathway("forward", "pre", _read(circuit, "charge", "post", slots)),
        Pathway("error", "post", _on_error_pulse(circuit, shape)),
    ]
    if circuit.rule.batch_polarity:
        pathways.append(Pathway("batch", "post", _at_the_end_of_a_batch(circuit, shape)))
    if layer >= 2:
        width, polarity = (
            circuit.codes[layer].slots_per_event.format(slots="backward_slots_post"),
            "error_polarity_post*",
        )
        pathways.append(
            Pathway(
                "backward", "post", _read(circuit, "backward_charge", "pre", width, polarity, circuit.rule.backward)
            )
        )
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
    thresholds = dict.fromkeys(circuit.method.parameters(0.0, 1.0), "siemens")
    shared |= {} if circuit.own_thresholds else thresholds
    if circuit.noisy_pulses:
        shared |= {name: NOISE_UNITS[name] for name in ("noise_key", "range_key", "ctoc_step", "ctoc_range")}
    if features.drift:
        shared |= {"drift_exponent": "1", "drift_onset": "second", "drift_period": "second"}
    shared |= {name: unit for name, unit in circuit.rule.pair_units.items() if name not in circuit.rule.own}
    own = {name: circuit.rule.pair_units[name] for name in circuit.rule.own}
    varied = {name: law.units[name] for name in features.per_device} | dict.fromkeys(circuit.own_thresholds, "siemens")
    own |= {f"{name}_{side}": unit for name, unit in varied.items() for side in ("plus", "minus")}
    if features.stuck:
        own |= {"responds_plus": "1", "responds_minus": "1"}
    lines = ["G_plus : siemens", "G_minus : siemens"]
    lines += [f"{name} : {unit}" for name, unit in {**circuit.memory, **own}.items()]
    lines += [f"{name} : {unit} (shared)" for name, unit in shared.items()]
    return "\n".join(lines) + "\n"


def _read(
    circuit: Circuit, charge: str, side: str, slots: str, polarity: str = "", reads: str = "G_plus - G_minus"
) -> str:
    """Ohm's law, for the slots that one event stands for. What is read are the devices of a pair, or one fixed resistor."""
    devices = "_plus" in reads
    total, squares = (
        ("(G_plus + G_minus)", "(G_plus*G_plus + G_minus*G_minus)")
        if devices
        else (f"abs({reads})", f"({reads}*{reads})")
    )
    code = [f"{charge}_{side} += V_read*slot*{polarity}{slots}*({reads})"]
    if circuit.features.energy:
        code.append(f"{charge}_through_{side} += V_read*slot*{slots}*{total}")
    if circuit.features.read_noise:
        code.append(f"{charge}_variance_{side} += (V_read*slot*{slots})*(V_read*slot*{slots})*{squares}")
    return "\n".join(code)


def _on_error_pulse(circuit: Circuit, shape: tuple[int, int]) -> str:
    """An error pulse arrives: does it meet an open gate?"""
    rule = circuit.rule
    code = ["update_slot = t_in_timesteps % frame_slots - update_start", *_slot_of_the_run(circuit)]
    code += [f"is_open = int({rule.gate})", "polarity = error_polarity_post*is_open"]
    code += [] if rule.batch_polarity else _program(circuit, shape)
    code += rule.on_error.strip().splitlines()
    return _expand(circuit, "\n".join(code))


def _at_the_end_of_a_batch(circuit: Circuit, shape: tuple[int, int]) -> str:
    """A rule that only counted so far programs now."""
    rule = circuit.rule
    code = [*_slot_of_the_run(circuit), f"polarity = {rule.batch_polarity}", *_program(circuit, shape)]
    return _expand(circuit, "\n".join([*code, *rule.after_batch.strip().splitlines()]))


def _program(circuit: Circuit, shape: tuple[int, int]) -> list[str]:
    """A programming pulse: polarity -> method -> SET/RESET -> law -> conductance."""
    method, features = circuit.method, circuit.features
    drives = {side: getattr(method, f"drive_{side}") for side in method.sides}
    code = _device_address(circuit, shape)
    for side, drive in drives.items():
        code.append(f"drive_{side} = {drive}")
        if features.energy:
            code.append(f"before_{side} = G_{side}")
        code.append(f"G_{side} = pulsed(drive_{side}, G_{side})")
        if features.drift:
            code += _remember_time(side, f"int(drive_{side} != 0)")
    for kind, sign in (("SET", ">"), ("RESET", "<")):  # the current of a pulse: of the mean of G before and after it
        if features.energy and kind in method.kinds:
            sums = " + ".join(f"(before_{side} + G_{side})*int(drive_{side} {sign} 0)" for side in drives)
            code.append(f"{kind}_conductance_post += 0.5*({sums})")
    code.append("programming_pulses_post += " + " + ".join(f"int(drive_{side} != 0)" for side in drives))
    return code


def _refresh(circuit: Circuit, shape: tuple[int, int]) -> str:
    """The update method's refresh, with what the features add to it."""
    features = circuit.features
    code = [*_slot_of_the_run(circuit), *_device_address(circuit, shape)]
    code += ["before_plus = G_plus", "before_minus = G_minus"] if features.energy else []
    code += circuit.method.refresh.strip().splitlines()
    recounts = circuit.method.recounts
    (writes, erases), erased = (
        (("SET", "RESET"), "G_min") if circuit.method.kinds[0] == "SET" else (("RESET", "SET"), "G_max")
    )
    for side in ("plus", "minus"):
        writing, erasing = f"{writes}_pulses_{side}", f"{'2*' if recounts else ''}{erases}_pulses_{side}"
        code.append(f"refresh_{writes}_post += {writing}" + (f" + count_{side}" if recounts else ""))
        code.append(f"refresh_{erases}_post += {erasing}")
        if features.energy:
            counting = f" + 0.5*count_{side}*({erased} + before_{side})" if recounts else ""
            code.append(f"refresh_{writes}_conductance_post += 0.5*{writing}*({erased} + G_{side}){counting}")
            code.append(f"refresh_{erases}_conductance_post += 0.5*{erasing}*({erased} + before_{side})")
        if features.drift:
            code += _remember_time(side, f"refreshed_{side}")
    return _expand(circuit, "\n".join(code))


def _drift(circuit: Circuit) -> str:
    """Since the last drift, or the last programming pulse if that was later, the conductance fell as a power law."""
    code = []
    for side in circuit.method.sides:
        code += [
            f"age_{side} = time_in(t)*second - programmed_{side}",
            f"drifted_{side} = clip(age_{side} - drift_period, 0*second, age_{side})",
            f"fall_{side} = log((drift_onset + age_{side})/(drift_onset + drifted_{side}))",
            f"G_{side} = clip(G_{side}*exp(-drift_exponent*fall_{side}), G_min, G_{side})",
        ]
    return _expand(circuit, "\n".join(code))


def _remember_time(side: str, when: str) -> list[str]:
    return [f"programmed_{side} = programmed_{side}*(1 - {when}) + time_in(t)*second*{when}"]


def _slot_of_the_run(circuit: Circuit) -> list[str]:
    return [f"pulse = {SLOT_OF_THE_RUN}"] if circuit.counts_frames else []


def _device_address(circuit: Circuit, shape: tuple[int, int]) -> list[str]:
    """Number of the pair's G+; the G- has the next. With the slot, what a pulse's noise is drawn from."""
    return [f"device = 2*(i*{shape[1]} + j)"] if circuit.noisy_pulses else []


# -- completing calls ------------------------------------------------------------------------------------------------


def _expand(circuit: Circuit, code: str) -> str:
    """Complete the calls of the device functions: append the parameters that each one takes.

    A call whose conductance is ``G_plus`` or ``G_minus`` gets the parameters of that very device; any other call, those of
    the nominal device, which is all that a controller knows. A device that is stuck answers none of them.
    """
    functions = {function.name: function for function in functions_of(circuit) if function.name != "uniform"}
    lines = []
    for line in code.splitlines():
        tree = ast.parse(line.strip())
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.func.id in functions:
                _complete(node, functions[node.func.id], circuit)
            if isinstance(node, ast.Compare):
                _own_threshold(node, circuit)
        if circuit.features.per_device and line.lstrip().startswith(("G_plus", "G_minus")):
            _own_bounds(tree, circuit)
        lines.append(ast.unparse(tree))
    return "\n".join(lines)


def functions_of(circuit: Circuit):
    """The functions that the equations of a circuit call."""
    chance = Piecewise("uniform", {"key": "1", "line": "1", "pulse": "1"}, "1", (), "uniform(key, line, pulse)")
    method = circuit.method
    called = device_functions(
        circuit.law, bool(method.refresh), method.kinds, circuit.features, method.verifies, method.recounts
    )
    return (*called, *((chance,) if circuit.rule.uses_chance() else ()))


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


def _own_threshold(comparison: ast.Compare, circuit: Circuit) -> None:
    """A threshold that a device is compared with is its own."""
    device, (threshold,) = ast.unparse(comparison.left), comparison.comparators
    if device in ("G_plus", "G_minus") and isinstance(threshold, ast.Name) and threshold.id in circuit.own_thresholds:
        threshold.id += device.removeprefix("G")


def _own_bounds(tree: ast.Module, circuit: Circuit) -> None:
    """Bounds named in an assignment to a device are its own."""
    side = tree.body[0].targets[0].id.removeprefix("G_")
    for node in ast.walk(tree.body[0].value):
        if isinstance(node, ast.Name) and node.id in ("G_min", "G_max") and node.id in circuit.features.per_device:
            node.id = f"{node.id}_{side}"
