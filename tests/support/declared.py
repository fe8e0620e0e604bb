"""Whether a composition declares all that its text names, and whether all that it leaves open gets a value."""

from __future__ import annotations

from brian2.core.functions import DEFAULT_FUNCTIONS

from pulsenet.text.assignments import Code
from pulsenet.text.expressions import expression

#: What Brian2 knows of by itself.
TIME = {"t", "t_in_timesteps", "second", "inf"}


def variables(model: str) -> dict[str, bool]:
    """Names that a model declares, and whether all of its neurons or pairs share them."""
    parts = [line.split(" : ") for line in model.strip().splitlines()]
    return {name.strip(): "(shared)" in unit for name, unit in parts}


def undeclared(composition) -> list[str]:
    """What any text names, adds to, records or calls, and nothing declares; none, if all is well."""
    functions = {function.name for function in composition.functions}
    callable_ = functions | composition.inputs.keys() | DEFAULT_FUNCTIONS.keys()
    common, found = TIME | composition.constants.keys(), []

    def look(where: str, value, own: set[str]) -> None:
        words = [*sorted(value.names - own - common), *sorted(f"{name}()" for name in value.calls - callable_)]
        found.extend(f"{where}: {word}" for word in words)

    def follow(where: str, code: Code, own: set[str]) -> None:
        for line in code.lines:
            look(where, line.result, own)
            own = own | {line.name}

    known = {population.name: set(variables(population.model)) | {"i"} for population in composition.populations}
    for population in composition.populations:
        name, own = population.name, known[population.name]
        follow(f"{name}, tick", Code.parse(population.code), own)
        for event, condition in population.events.items():
            look(f"{name}, {event}", expression(condition), own)
            found += [f"{name}, {event}: {word}" for word in population.records.get(event, ()) if word not in own]
        for event, text in population.on_event.items():
            follow(f"{name}, on {event}", Code.parse(text), own)
    for layer in composition.layers:
        own = set(variables(layer.model)) | {"i", "j"}
        own |= {f"{name}_pre" for name in known[layer.source]} | {f"{name}_post" for name in known[layer.target]}
        for pathway in layer.pathways:
            follow(f"{layer.name}, {pathway.event}", Code.parse(pathway.text), own)
    return found


def without_value(composition, values) -> list[str]:
    """Parameters that have no value, and values of what is no parameter; none, if all is well."""
    circuit, found = composition.circuit, []
    for layer in composition.layers:
        wanted = set(variables(layer.model)) - {"G_plus", "G_minus"} - circuit.memory.keys()
        found += [f"{layer.name}: {name}" for name in sorted(wanted ^ values[layer.name].keys())]
    for population in composition.populations:
        wanted = {name for name, shared in variables(population.model).items() if shared}
        found += [f"{population.name}: {name}" for name in sorted(wanted ^ values.get(population.name, {}).keys())]
    return found


def check_variant(case) -> None:
    """All names of a case are declared, all values are there, and the engine takes two frames of it."""
    assert not (found := undeclared(case.composition)), found
    assert not (found := without_value(case.composition, case.parameters)), found
    result = case.engine("numpy").run(case.chunk.cut(0, 2), case.start)
    assert len(result.preactivation) == 2
