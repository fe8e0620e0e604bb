"""The standalone engine: one C++ program per circuit, built once, kept, and loaded into this process."""

from __future__ import annotations

import ctypes
import json
import weakref
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from pulsenet.circuit.composition import Composition
from pulsenet.engines.engine import Parameters, check_parameters, layer_state, of_rows
from pulsenet.engines.program.cache import program_file
from pulsenet.engines.program.handed_over import INPUT_TYPES
from pulsenet.engines.program.recorded import Recorded
from pulsenet.errors import EngineError
from pulsenet.records import Chunk, ChunkResult, Conductances, Memory

#: Seconds after which a program comes back, so that Python can see whether Ctrl-C was pressed.
SECONDS = 0.1
#: Bytes of a line of a processor's cache.
_CACHE_LINE = 64


@dataclass(frozen=True)
class _Program:
    """A loaded shared object, and how it is spoken to."""

    library: ctypes.CDLL
    interface: dict


@cache
def _load(path: Path) -> _Program:
    """Load a program; once in a process."""
    library = ctypes.CDLL(str(path))
    pointer, whole = ctypes.c_void_p, ctypes.c_int64
    library.pulsenet_interface.restype = ctypes.c_char_p
    library.pulsenet_new.restype = pointer
    library.pulsenet_delete.argtypes = [pointer]
    library.pulsenet_array.argtypes, library.pulsenet_array.restype = [pointer, ctypes.c_char_p], pointer
    library.pulsenet_run.argtypes = [pointer, whole, whole, whole, *[pointer] * 6, ctypes.c_double]
    library.pulsenet_run.restype = whole
    return _Program(library, json.loads(library.pulsenet_interface()))


def _loaded(composition: Composition) -> tuple[Path, _Program]:
    """The program of a circuit; once more, if somebody clears the cache between its building and its loading."""
    for last in (False, True):
        path = program_file(composition)
        try:
            return path, _load(path)
        except OSError as error:
            if last:
                raise EngineError(
                    f"{path}: cannot be loaded ({error}); remove it with: pulsenet cache --clear"
                ) from error


class StandaloneEngine:
    """Runs a circuit as a C++ program, in this process.

    Several may run at the same time, in threads; those of one circuit share the program, and nothing else.

    Parameters
    ----------
    composition : Composition
    parameters : dict
        Values in SI units by object and variable.

    Raises
    ------
    EngineError
        If there is no C++ compiler, or the program cannot be built.
    """

    name = "standalone"

    def __init__(self, composition: Composition, parameters: Parameters):
        self.composition, self.circuit = composition, composition.circuit
        check_parameters(composition, parameters)
        self.path, self._program = _loaded(composition)
        library, self._interface = self._program.library, self._program.interface
        self._place = library.pulsenet_new()
        if not self._place:
            raise EngineError("there is not enough memory for the circuit's program; use a smaller network")
        weakref.finalize(self, library.pulsenet_delete, self._place)
        self._recorded = [Recorded(*record) for record in self._interface["records"]]
        self._own: dict[tuple[str, str], np.ndarray] = {}
        of_pairs = {(layer, name): dtype for layer, name, dtype in self._interface["pairs"]}
        for owner, values in parameters.items():
            for variable, value in values.items():
                if (owner, variable) in of_pairs:
                    shape, dtype = self.circuit.layers[owner], of_pairs[owner, variable]
                    self._own[owner, variable] = _aligned(np.broadcast_to(value, shape), dtype)
                elif f"{owner}_{variable}" in self._interface["arrays"]:
                    self._array(f"{owner}_{variable}")[...] = np.ravel(value)

    def _array(self, name: str) -> np.ndarray:
        """An array of the program, to be written to."""
        dtype, size = self._interface["arrays"][name]
        at = self._program.library.pulsenet_array(self._place, name.encode())
        memory = (ctypes.c_char * (size * np.dtype(dtype).itemsize)).from_address(at)
        return np.frombuffer(memory, dtype)

    def run(self, chunk: Chunk, conductance: Conductances, memory: Memory | None = None) -> ChunkResult:
        n, circuit = chunk.n_frames, self.circuit
        state = {
            layer: {name: _aligned(values, np.float64) for name, values in variables.items()}
            for layer, variables in layer_state(circuit, conductance, memory).items()
        }
        given = chunk.inputs
        inputs = [
            np.ascontiguousarray(given[name], INPUT_TYPES.get(name, np.float64)) for name in self.composition.inputs
        ]
        pairs = [
            state[layer][name] if name in state[layer] else self._own[layer, name]
            for layer, name, _ in self._interface["pairs"]
        ]
        tally = {
            (population, name): np.empty((n, circuit.populations[population]), dtype)
            for population, name, dtype in self._interface["tally"]
        }
        preactivation = np.empty((n, circuit.sizes[-1]))
        first_slot = chunk.first_frame * circuit.schedule.frame_slots
        kept = np.ones(n, np.uint8) if chunk.recorded is None else np.ascontiguousarray(chunk.recorded, np.uint8)
        self._run_frames(n, first_slot, kept, inputs, pairs, list(tally.values()), preactivation)
        return self._result(state, tally, preactivation)

    def _run_frames(self, n: int, first_slot: int, kept, inputs, pairs, tally, preactivation: np.ndarray) -> None:
        """Call the program until all frames are done: it comes back when pulses need room, and now and then."""
        for recorded in self._recorded:
            recorded.begin(n)
        given = [kept.ctypes.data, _pointers(inputs), _pointers(pairs), _pointers(tally), preactivation.ctypes.data]
        run, done = self._program.library.pulsenet_run, 0
        while done < n:
            rows = np.zeros((len(self._recorded), self._interface["record_words"]), np.int64)
            for row, recorded in zip(rows, self._recorded, strict=True):
                row[: len(recorded.row)] = recorded.row
            done = run(self._place, done, n, first_slot, *given, rows.ctypes.data, SECONDS)
            for row, recorded in zip(rows, self._recorded, strict=True):
                recorded.n = int(row[0])
                recorded.make_room()

    def _result(self, state, tally, preactivation: np.ndarray) -> ChunkResult:
        circuit, sums = self.circuit, {}
        pulses, counts, unrecorded = ({recorded.population: {} for recorded in self._recorded} for _ in range(3))
        rows = {}
        for recorded in self._recorded:
            if recorded.kind == "rows":
                stages = {name: values for name, values in recorded.taken().items() if name not in ("slot", "line")}
                rows[recorded.population] = of_rows(stages, circuit.populations[recorded.population])
                continue
            pulses[recorded.population][recorded.kind] = recorded.taken()
            counts[recorded.population][recorded.kind] = recorded.counts
            unrecorded[recorded.population][recorded.kind] = recorded.unrecorded
        for (population, name), values in tally.items():
            sums.setdefault(population, {})[name] = values
        conductance = {layer: (values["G_plus"], values["G_minus"]) for layer, values in state.items()}
        memory = {layer: {name: values[name] for name in circuit.memory} for layer, values in state.items()}
        return ChunkResult(conductance, preactivation, pulses, memory, sums, counts, unrecorded, rows)


def _aligned(values: np.ndarray, dtype) -> np.ndarray:
    """A copy that begins where a line of the processor's cache does, so that no vector lies across two."""
    n_bytes = values.size * np.dtype(dtype).itemsize
    memory = np.empty(n_bytes + _CACHE_LINE, np.uint8)
    first = -memory.ctypes.data % _CACHE_LINE
    copy = memory[first : first + n_bytes].view(dtype).reshape(values.shape)
    copy[...] = values
    return copy


def _pointers(arrays: list[np.ndarray]) -> ctypes.Array:
    return (ctypes.c_void_p * max(1, len(arrays)))(*[array.ctypes.data for array in arrays])
