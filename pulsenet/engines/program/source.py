"""The C++ of a circuit, and what must be known to run it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import jinja2
import numpy as np

from pulsenet.circuit.composition import Composition
from pulsenet.engines.program import cpp
from pulsenet.engines.program.device import simulation_of
from pulsenet.engines.program.events import Event
from pulsenet.engines.program.handed_over import ALWAYS_RECORDED, COLUMNS, INPUT_TYPES
from pulsenet.engines.program.statements import Block
from pulsenet.engines.program.static_order import Frame, Phase, Sent, Step, frame_of
from pulsenet.engines.program.visits import Visit

#: Units are numbers to a program.
_UNITS = ("second", "volt", "siemens", "coulomb", "ohm", "amp", "joule", "meter")

#: Rows, and columns, of a crossbar that are visited at a time, where it has so many device pairs that it pays.
ROWS_AT_A_TIME, COLUMNS_AT_A_TIME, MANY_PAIRS = (8, 1), (4, 1), 4096
#: Words of a record in a program, before its columns.
_WORDS = 6


@dataclass(frozen=True)
class Interface:
    """How a program is spoken to: the order of what it is handed, and the types of its arrays.

    Attributes
    ----------
    inputs : list of (name, NumPy type, columns)
    pairs : list of (layer, variable, NumPy type)
        With an element per device pair.
    arrays : dict of str to NumPy type
        All others.
    tally : list of (population, variable, NumPy type)
    records : list of (population, kind, columns with their NumPy types, most pulses in a frame, lines)
    record_words : int
        Words of 64 bits that each record takes.
    """

    inputs: list
    pairs: list
    arrays: dict
    tally: list
    records: list
    record_words: int


def program_of(composition: Composition) -> str:
    """C++ of a circuit: Brian2 writes the statements, and here they get loops and an order."""
    frame = frame_of(composition, simulation_of(composition))
    return _render(composition, frame, _interface(composition, frame))


def _interface(composition: Composition, frame: Frame) -> Interface:
    circuit, arrays = composition.circuit, {}
    for block in frame.blocks:
        arrays |= block.arrays
    recorded = [(entry.event.population, name) for entry in frame.sent for name in entry.recorded or ()]
    for population, name in [*frame.tally, *recorded, ("output", "preactivation")]:
        arrays.setdefault(f"{population}_{name}", ("float64", circuit.populations[population]))
    kept = {f"{layer}_{name}": (layer, name) for layer in circuit.layers for name in _of_pairs(composition, layer)}
    for name in kept:
        arrays.setdefault(name, ("float64", None))
    records = [_record(entry) for entry in frame.sent if entry.recorded is not None]
    return Interface(
        inputs=[
            (name, np.dtype(INPUT_TYPES.get(name, np.float64)).name, columns)
            for name, columns in composition.inputs.items()
        ],
        pairs=[(*kept[name], dtype) for name, (dtype, size) in sorted(arrays.items()) if size is None],
        arrays={name: [dtype, size] for name, (dtype, size) in sorted(arrays.items()) if size is not None},
        tally=[(population, name, arrays[f"{population}_{name}"][0]) for population, name in frame.tally],
        records=records,
        record_words=_WORDS + max([1, *(len(columns) for _, _, columns, _, _ in records)]),
    )


def _of_pairs(composition: Composition, layer: str) -> list[str]:
    """Variables with an element per device pair."""
    circuit = composition.circuit
    own = [f"{name}_{side}" for name in circuit.own for side in ("plus", "minus")]
    return ["G_plus", "G_minus", *circuit.memory, *own, *circuit.rule.own]


def _record(entry: Sent) -> tuple:
    columns = {name: np.dtype(dtype).name for name, dtype in map(COLUMNS.get, entry.recorded)}
    return entry.event.population, entry.event.kind, columns, entry.event.most, entry.event.lines


def _written(entry: Sent) -> dict:
    """How the pulses of an event are recorded."""
    columns = [
        (cpp.TYPES[np.dtype(COLUMNS[name][1]).name], f"{entry.event.population}_{name}") for name in entry.recorded
    ]
    return {
        "name": entry.event.name, "most": entry.event.most, "columns": columns,
        "always": entry.event.kind in ALWAYS_RECORDED,
    }  # fmt: skip


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=True
    )
    return environment.from_string((Path(__file__).parent / "program.cpp").read_text(encoding="utf-8"))


def _render(composition: Composition, frame: Frame, interface: Interface) -> str:
    visits = {visit.name: visit for entry in frame.sent for visit in entry.visits}
    columns = [visit for visit in visits.values() if visit.pathway.side == "post"]
    circuit = composition.circuit
    listed = {step.event.name: step.listed for phase in frame.phases for step in phase.steps}
    most_lines = max(max(circuit.populations.values()), max(shape[0] for shape in circuit.layers.values()))
    return _template().render(
        support=list(dict.fromkeys(text for block in frame.blocks for text in block.support)),
        constants=_constants(composition, frame),
        arrays=[(cpp.TYPES[dtype], name, size) for name, (dtype, size) in interface.arrays.items()],
        pairs=[(cpp.TYPES[dtype], f"{layer}_{name}") for layer, name, dtype in interface.pairs],
        inputs=[(cpp.TYPES[dtype], name, columns) for name, dtype, columns in interface.inputs],
        tally=[
            (population, name, cpp.TYPES[dtype], circuit.populations[population])
            for population, name, dtype in interface.tally
        ],
        most_columns=interface.record_words - _WORDS,
        interface=json.dumps(json.dumps(asdict(interface))),
        most_lines=most_lines,
        regular=[
            {"name": f"begin_{name}_{phase.number}", "size": circuit.populations[name],
             "scalar": cpp.whole(block, block.scalar), "vector": cpp.whole(block, block.vector)}
            for phase in frame.phases for name, block in phase.regular
        ],
        events=[_event(entry.event, listed.get(entry.event.name, False)) for entry in frame.sent],
        row_visits=[
            visit.rows | {"n_out": visit.n_out, "at_a_time": _at_a_time(visit, ROWS_AT_A_TIME)}
            for visit in visits.values() if visit.pathway.side == "pre"
        ],
        column_visits=[
            _columns(entry.event, visit) for entry in frame.sent for visit in entry.visits
            if visit.pathway.side == "post"
        ],
        gated=[visit for visit in columns if visit.pathway.gate_of_lines],
        resets=[
            {"name": entry.event.name, "scalar": cpp.whole(entry.then, entry.then.scalar),
             "vector": cpp.whole(entry.then, entry.then.vector)}
            for entry in frame.sent if entry.then
        ],
        records=[_written(entry) for entry in frame.sent if entry.recorded is not None],
        phases=[_phase(composition, phase) for phase in frame.phases],
        n_output=circuit.sizes[-1],
    )  # fmt: skip


def _constants(composition: Composition, frame: Frame) -> list[tuple[str, float]]:
    found: dict[str, float] = {}
    for block in frame.blocks:
        found |= {name: float(value) for name, value in block.constants.items() if name in _UNITS}
    return [*composition.constants.items(), *found.items()]


def _event(event: Event, listed: bool) -> dict:
    block = event.block
    kind = "all" if event.is_of_all else "sent" if not listed else "by value" if event.by_value else "listed"
    fixed, varying = event.fixed, event.varying
    if event.by_value and not listed:
        varying = (f"{event.by_value[0]}[_idx] + {event.by_value[1]} == slot",)
    array, base = event.by_value or ("", 0)
    return {
        "name": event.name, "kind": kind, "lines": event.lines, "slots": event.slots,
        "most": event.most, "scalar": cpp.whole(block, block.scalar), "array": array, "base": base,
        "reads": cpp.opening(block.vector), "packed": block.vector.reads,
        "lines_before": cpp.middle(block, block.vector.lines),
        "shared": _all(block, event.shared, " && "), "fixed": _all(block, fixed, " & "),
        "varying": _all(block, varying, " & ") if not (event.by_value and not listed) else varying[0],
    }  # fmt: skip


def _all(block: Block, factors: tuple[str, ...], sign: str) -> str:
    return sign.join(f"({block.cpp(factor)})" for factor in factors) or "true"


def _at_a_time(visit: Visit, wanted: tuple[int, ...]) -> tuple[int, ...]:
    """In a small crossbar one after the other: the program is shorter, and built sooner."""
    return wanted if visit.n_in * visit.n_out >= MANY_PAIRS else (1,)


def _columns(event: Event, visit: Visit) -> dict:
    gate = visit.gate if visit.pathway.gate_of_lines else None
    most = event.most if visit.may_wait and not event.is_of_all else event.lines  # of all slots at once, or of one
    return {
        "name": visit.name, "n_in": visit.n_in, "n_out": visit.n_out, "loops": visit.variants, "gate": gate,
        "sign_array": visit.sign_array if visit.pathway.sign else "", "most": most,
        "together": visit.pathway.together, "at_a_time": _at_a_time(visit, COLUMNS_AT_A_TIME),
    }  # fmt: skip


def _phase(composition: Composition, phase: Phase) -> dict:
    circuit = composition.circuit
    gated = [(step, visit) for step, visit in phase.visits if visit.pathway.gate_of_lines]
    return {
        "title": circuit.schedule.phases[phase.number].name,
        "first_slot": phase.first_slot,
        "regular": [f"begin_{name}_{phase.number}" for name, _ in phase.regular],
        "reads_out": phase.number == circuit.schedule.forward_phase(circuit.n_layers) + 1,
        "at_once": [_step(step) for step in phase.at_once],
        "by_slot": [_step(step) for step in phase.by_slot],
        "slots": phase.slots,
        "visits": [(step.event.name, visit.name) for step, visit in phase.visits],
        "gates": [
            {"name": visit.name, "first": step.event.slots.start, "last": step.event.slots.stop}
            for step, visit in gated
        ],
    }


def _step(step: Step) -> dict:
    event = step.event
    kind = "all" if event.is_of_all else "listed" if step.listed else "sent"
    return {
        "name": event.name, "first": event.slots.start, "last": event.slots.stop, "lines": event.lines, "kind": kind,
        "listed": step.listed, "recorded": step.sent.recorded is not None, "resets": step.sent.then is not None,
        "visits": [visit.name for visit in step.sent.in_order],
    }  # fmt: skip
