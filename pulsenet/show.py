"""Text for people: the composed equations, the phase table, the pathway order, and estimates of a run."""

from __future__ import annotations

from pulsenet.compose import PATHWAY_ORDER, Composition
from pulsenet.quantities import from_si
from pulsenet.schedule import Schedule


def describe(composition: Composition) -> str:
    """All equations of a circuit as text."""
    parts = ["constants: " + ", ".join(f"{name} = {value}" for name, value in composition.constants.items())]
    parts += [function.cpp() for function in composition.functions]
    for population in composition.populations:
        parts.append(f"population {population.name}: {population.size} lines\n{_indent(population.model)}")
        parts.append(f"  once per {population.tick}:\n{_indent(population.code)}")
        parts += [f"  event {event}, each slot, if\n{_indent(condition)}" for event, condition in population.events.items()]
    for layer in composition.layers:
        parts.append(f"{layer.name}: {layer.source} -> {layer.target}, {layer.shape[0]} x {layer.shape[1]} device pairs")
        parts.append(_indent(layer.model))
        parts += [
            f"  on {pathway.event} of {layer.source if pathway.side == 'pre' else layer.target}:\n{_indent(pathway.code)}"
            for pathway in layer.pathways
        ]
    return "\n".join(parts)


def phase_table(schedule: Schedule, slot: float) -> str:
    """The phase table of a frame, a line per phase."""
    lines = [f"{'phase':<12} {'slots':>11}  {'from':>10} {'to':>10}"]
    lines += [
        f"{phase.name:<12} {phase.start:>5}-{phase.stop - 1:<5}  {from_si(phase.start * slot, 's'):>10} {from_si(phase.stop * slot, 's'):>10}"
        for phase in schedule.phases
    ]
    return "\n".join([*lines, f"a frame is {schedule.frame_slots} slots, {from_si(schedule.frame_slots * slot, 's')}"])


def pathway_order() -> str:
    """In which order the pathways of one slot run."""
    return "within a slot: " + " -> ".join(sorted(PATHWAY_ORDER, key=PATHWAY_ORDER.get))


def _indent(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.strip().splitlines() if line.strip())
