"""From a circuit to equations: the complete text of every Brian2 object, before there is any Brian2.

A `Composition` is made once per run and handed on: engines build it, a trace keeps its text, a dry run prints it, a
replay runs it. Read `pulsenet.circuit.pathways` and `pulsenet.circuit.populations` to see what the simulator does.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pulsenet.circuit.circuit import Circuit
from pulsenet.circuit.device_functions import CHANCES, OF_FUNCTIONS, device_functions
from pulsenet.circuit.pathways import LayerSpec, layer_spec
from pulsenet.circuit.populations import PopulationSpec, populations_of
from pulsenet.errors import ConfigError
from pulsenet.seams.effects import Effect
from pulsenet.text.assignments import Code
from pulsenet.text.expressions import expression
from pulsenet.text.functions import Piecewise


@dataclass(frozen=True)
class Composition:
    """All the text of a circuit.

    Attributes
    ----------
    circuit : Circuit
        What it was written for.
    constants : dict of str to int
        What the text calls by name and never changes.
    inputs : dict of str to int
        Columns of each array that is fed in, one row per frame; 0 for a single value.
    functions : tuple of Piecewise
        What a programming pulse does to a conductance, the closed forms that a refresh needs, and chance.
    populations : tuple of PopulationSpec
    layers : tuple of LayerSpec
    """

    circuit: Circuit = field(repr=False)
    constants: dict[str, int]
    inputs: dict[str, int]
    functions: tuple[Piecewise, ...]
    populations: tuple[PopulationSpec, ...]
    layers: tuple[LayerSpec, ...]

    def __str__(self) -> str:
        """All equations as text: what a dry run prints, and a trace keeps."""
        parts = ["constants: " + ", ".join(f"{name} = {value}" for name, value in self.constants.items())]
        parts += [function.cpp() for function in self.functions]
        for population in self.populations:
            parts.append(f"population {population.name}: {population.size} lines\n{_indent(population.model)}")
            parts.append(f"  once per {population.tick}:\n{_indent(population.code)}")
            for event, condition in population.events.items():
                parts.append(f"  event {event}, each slot, if\n{_indent(condition)}")
            for event, code in population.on_event.items():
                parts.append(f"  on {event} of {population.name}:\n{_indent(code)}")
        for layer in self.layers:
            shape = f"{layer.shape[0]} x {layer.shape[1]} device pairs"
            parts.append(f"{layer.name}: {layer.source} -> {layer.target}, {shape}\n{_indent(layer.model)}")
            for pathway in layer.pathways:
                sender = layer.source if pathway.side == "pre" else layer.target
                parts.append(f"  on {pathway.event} of {sender}:\n{_indent(pathway.text)}")
        return "\n".join(parts)


def compose(circuit: Circuit) -> Composition:
    """Write the equations of a circuit.

    Raises
    ------
    ConfigError
        If two variants of its seams declare one name, or an equation uses one that none declares.

    Examples
    --------
    >>> from pulsenet import Linear, Network, Run
    >>> device = Linear(G_min="0 S", G_max="1 uS", pulses_SET=64, pulses_RESET=64)
    >>> composition = compose(Run(network=Network(layers=[4, 3, 2]), device=device).circuit())
    >>> [population.name for population in composition.populations]
    ['input', 'hidden1', 'output']
    """
    _check_names(circuit)
    schedule, functions = circuit.schedule, device_functions(circuit)
    populations = populations_of(circuit)
    layers = tuple(layer_spec(circuit, layer, functions) for layer in range(1, circuit.n_layers + 1))
    called = _called(populations, layers)
    return Composition(
        circuit=circuit,
        constants={
            "n_slots": schedule.n_slots,
            "phase_slots": schedule.phase_slots,
            "frame_slots": schedule.frame_slots,
            "n_phases": schedule.n_phases,
            "update_start": schedule.update_start,
            "refresh_slot": schedule.refresh_slot,
        },
        inputs=_inputs(circuit, "frame_in" in called),
        functions=(*functions, *(chance for chance in CHANCES if chance.name in called)),
        populations=populations,
        layers=layers,
    )


def _check_names(circuit: Circuit) -> None:
    """See that each name at a device pair, and at a neuron, has one meaning."""
    rule, method, effects = circuit.rule, circuit.method, circuit.effects
    thresholds = method.parameters(0.0, 1.0)
    at_pairs = [("the circuit", ("G_plus", "G_minus", "G", "V_read", "slot", "polarity", "is_open"))]
    at_pairs += [("the functions of a device", OF_FUNCTIONS)]
    at_pairs += [
        (f"law {circuit.device.name!r}", circuit.law.units),
        (f"reading {circuit.reading.name!r}", circuit.reading.units),
    ]
    at_pairs += [(f"method {method.name!r}", (*thresholds, *method.memory))]
    at_pairs += [(f"rule {rule.name!r}", (*rule.pair_units, *rule.memory))]
    at_pairs += [(effect.title, (*effect.units, *effect.memory, *_only_its_own(circuit, effect))) for effect in effects]
    at_neurons = [
        ("the circuit", ("charge", "backward_charge", "error", "error_phase", "error_pulses", "preactivation"))
    ]
    at_neurons += [(f"rule {rule.name!r}", rule.neuron_units)]
    at_neurons += [(effect.title, (*effect.neuron_units, *effect.integrators("charge"))) for effect in effects]
    at_neurons += [(effect.title, (effect.event,)) for effect in effects if effect.event]
    for declared in (at_pairs, at_neurons):
        owners: dict[str, str] = {}
        for owner, names in declared:
            for name in names:
                if name in owners:
                    raise ConfigError(f"{name} is a name of {owners[name]} and of {owner}; rename it in one of them")
                owners[name] = owner


def _only_its_own(circuit: Circuit, effect: Effect) -> list[str]:
    """What each device has of its own by an effect, less what it makes of parameters of the law."""
    return [name for name in effect.own(circuit.device) if name not in circuit.law.units]


def _called(populations: tuple[PopulationSpec, ...], layers: tuple[LayerSpec, ...]) -> frozenset[str]:
    """Functions and inputs that are called anywhere."""
    conditions = [condition for population in populations for condition in population.events.values()]
    codes = [pathway.code for layer in layers for pathway in layer.pathways]
    codes += [Code.parse(population.code) for population in populations]
    return frozenset().union(*(expression(text).calls for text in conditions), *(code.calls for code in codes))


def _inputs(circuit: Circuit, counts_frames: bool) -> dict[str, int]:
    """Arrays that are fed in; ``frame_in`` counts frames."""
    learning = {name: lines for name, lines in circuit.populations.items() if name != "input"}
    inputs = {"forward_slots_in": circuit.sizes[0] + 1, "target_in": 0, "error_gain_in": circuit.n_layers}
    inputs |= {f"dither_{name}": lines for name, lines in learning.items()}
    inputs |= {"refresh_in": 0} if circuit.method.refresh else {}
    inputs |= {"batch_in": 0} if circuit.rule.batch_polarity else {}
    inputs |= {"frame_in": 0} if counts_frames else {}
    for effect in circuit.effects:
        inputs |= effect.inputs(circuit.populations)
    return inputs


def _indent(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.strip().splitlines() if line.strip())
