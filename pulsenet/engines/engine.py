"""What the engines share: the values they set, and how recorded arrays become pulses."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from pulsenet.circuit.circuit import Circuit
from pulsenet.circuit.composition import Composition
from pulsenet.engines.program.handed_over import ALWAYS_RECORDED, COLUMNS
from pulsenet.errors import EngineError
from pulsenet.records import Chunk, ChunkResult, Conductances, Memory, Pulses

#: Values in SI units, by object (a population or layer) and variable; an array where each device has its own.
Parameters = dict[str, dict[str, float | np.ndarray]]


class Engine(Protocol):
    """Runs chunks of frames of one circuit.

    Nothing but conductances and memory passes from a frame to the next, so the same frames give the same bits however
    they are cut into chunks, and on every compiled engine.
    """

    name: str

    def run(self, chunk: Chunk, conductance: Conductances, memory: Memory | None = None) -> ChunkResult:
        """Run at most ``circuit.chunk_frames`` frames from given conductances, and memory (all 0, if left out).

        What is given is not changed, and the arrays of a result are its own: another thread may read both during the
        next run.
        """


def padded_inputs(composition: Composition, chunk: Chunk) -> dict[str, np.ndarray]:
    """The arrays that are fed in, with as many rows as the circuit was built for; none past the chunk is reached."""
    arrays, padded = chunk.inputs, {}
    for name in composition.inputs:
        padded[name] = np.zeros((composition.circuit.chunk_frames, *arrays[name].shape[1:]))
        padded[name][: chunk.n_frames] = arrays[name]
    return padded


def check_parameters(composition: Composition, parameters: Parameters) -> None:
    """See that a circuit has all the parameters that are given.

    Raises
    ------
    EngineError
        Naming the first that it has not.
    """
    models = {spec.name: spec.model for spec in (*composition.populations, *composition.layers)}
    for owner, values in parameters.items():
        declared = {line.partition(":")[0].strip() for line in models.get(owner, "").splitlines()}
        if unknown := values.keys() - declared:
            raise EngineError(
                f"{owner}.{min(unknown)}: the circuit has no such parameter; known: {', '.join(sorted(declared))}"
            )


def layer_state(circuit: Circuit, conductance: Conductances, memory: Memory | None) -> dict[str, dict[str, np.ndarray]]:
    """All variables of device pairs that an engine sets before a chunk, by layer."""
    states = {}
    for name, shape in circuit.layers.items():
        G_plus, G_minus = conductance[name]
        kept = (memory or {}).get(name) or {variable: np.zeros(shape) for variable in circuit.memory}
        states[name] = {"G_plus": G_plus, "G_minus": G_minus, **kept}
    return states


def to_result(circuit: Circuit, chunk: Chunk, states, per_phase: np.ndarray, events) -> ChunkResult:
    """What an engine read back, as a result.

    Parameters
    ----------
    states : dict of dicts of arrays
        By layer and variable, as in `layer_state`.
    per_phase : float, shape (phases, n_output)
    events : iterable of (population, event, t, line, recorded)
    """
    pulses, tally, counts, unrecorded, rows = {}, {}, {}, {}, {}
    for population, event, t, line, recorded in events:
        if event == "tally":
            tally[population] = {name: np.reshape(values, (chunk.n_frames, -1)) for name, values in recorded.items()}
            continue
        if event == "rows":
            rows[population] = of_rows(recorded, circuit.populations[population])
            continue
        sent = to_pulses(circuit, chunk, t, line, recorded)
        frame = sent["slot"] // circuit.schedule.frame_slots - chunk.first_frame
        kept = np.full(len(frame), True)
        if chunk.recorded is not None and event not in ALWAYS_RECORDED:
            kept = chunk.recorded[frame]
        counts.setdefault(population, {})[event] = np.bincount(frame, minlength=chunk.n_frames)
        passed = np.bincount(sent["line"][~kept], minlength=circuit.populations[population])
        unrecorded.setdefault(population, {})[event] = passed
        pulses.setdefault(population, {})[event] = {name: values[kept] for name, values in sent.items()}
    conductance = {name: (state["G_plus"], state["G_minus"]) for name, state in states.items()}
    memory = {name: {variable: state[variable] for variable in circuit.memory} for name, state in states.items()}
    return ChunkResult(conductance, read_out(circuit, per_phase), pulses, memory, tally, counts, unrecorded, rows)


def of_rows(recorded: dict[str, np.ndarray], lines: int) -> dict[str, np.ndarray]:
    """What is recorded of the rows of an array at refreshes: by stage, int64, shape (refreshes, lines)."""
    columns = {COLUMNS.get(name, (name,))[0]: values for name, values in recorded.items()}
    return {name: np.reshape(values, (-1, lines)).astype(np.int64) for name, values in columns.items()}


def to_pulses(
    circuit: Circuit, chunk: Chunk, t: np.ndarray, line: np.ndarray, recorded: dict[str, np.ndarray]
) -> Pulses:
    """Events of one kind as columns, slots counted from the start of the run.

    Parameters
    ----------
    t : float, shape (events,), seconds from the start of the chunk
    line : int, shape (events,)
    recorded : dict of arrays of shape (events,)
    """
    slot = np.rint(t / circuit.slot).astype(np.int64)
    pulses = {"slot": slot + chunk.first_frame * circuit.schedule.frame_slots, "line": line.astype(np.int32)}
    for name, values in recorded.items():
        column, dtype = COLUMNS[name]
        pulses[column] = values.astype(dtype)
    return pulses


def read_out(circuit: Circuit, per_phase: np.ndarray) -> np.ndarray:
    """Preactivations at the end of the last forward phase of each frame, from a record of every phase.

    Parameters
    ----------
    per_phase : float, shape (phases, n_output)

    Returns
    -------
    float, shape (frames, n_output)
    """
    after_forward = circuit.schedule.forward_phase(circuit.n_layers) + 1
    return np.ascontiguousarray(per_phase[after_forward :: circuit.schedule.n_phases])
