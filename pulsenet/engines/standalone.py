"""The standalone engine: one C++ program per circuit, built once, kept, and run again for every chunk of frames."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import weakref
from pathlib import Path

import numpy as np

from pulsenet.circuit.composition import Composition
from pulsenet.engines.engine import Parameters, layer_state, padded_inputs, to_result
from pulsenet.engines.project import project
from pulsenet.errors import EngineError
from pulsenet.records import Chunk, ChunkResult, Conductances, Memory


class StandaloneEngine:
    """Runs a circuit as a C++ program.

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
        self.folder = project(composition)
        self.manifest = json.loads((self.folder / "manifest.json").read_text())
        values = {
            f"{owner}.{variable}": value for owner, given in parameters.items() for variable, value in given.items()
        }
        self.arguments = [f"{name}={float(value)!r}" for name, value in values.items() if not np.ndim(value)]
        self.arrays = {name: value for name, value in values.items() if np.ndim(value)}
        # One folder for all chunks: a file system takes longer to make 200 files than to write them again.
        self.scratch = Path(tempfile.mkdtemp(prefix="pulsenet-"))
        weakref.finalize(self, shutil.rmtree, self.scratch, ignore_errors=True)

    def run(self, chunk: Chunk, conductance: Conductances, memory: Memory | None = None) -> ChunkResult:
        arrays = {f"{name}.values": a for name, a in padded_inputs(self.composition, chunk).items()}
        arrays |= self.arrays
        for name, state in layer_state(self.circuit, conductance, memory).items():
            arrays |= {f"{name}.{variable}": values for variable, values in state.items()}
        arguments = list(self.arguments)
        for name, array in arrays.items():
            path = self.scratch / f"in_{name}"
            np.ascontiguousarray(array, dtype=float).tofile(path)
            arguments.append(f"{name}={path}")
        self._run_program(arguments, chunk.n_frames)
        return self._result(chunk)

    def _run_program(self, arguments: list[str], frames: int) -> None:
        command = [str(self.folder / "main"), "--results_dir", f"{self.scratch}/", *arguments]
        seconds = frames * self.circuit.schedule.frame_slots * self.circuit.slot
        environment = {**os.environ, "PULSENET_SECONDS": repr(seconds)}
        # In a session of its own: Ctrl-C reaches this process alone, which then ends the program.
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            _, complaint = process.communicate()
        except BaseException:
            process.kill()
            process.wait()
            raise
        if process.returncode or complaint:
            last = (complaint.strip().splitlines() or ["no message"])[-1]
            raise EngineError(f"the simulation program {command[0]} ended with code {process.returncode}: {last}")

    def _result(self, chunk: Chunk) -> ChunkResult:
        def array(name: str) -> np.ndarray:
            entry = self.manifest[name]
            return np.fromfile(self.scratch / entry["file"], dtype=entry["dtype"])

        states = {
            name: {
                variable: array(f"{name}.{variable}").reshape(shape)
                for variable in ("G_plus", "G_minus", *self.circuit.memory)
            }
            for name, shape in self.circuit.layers.items()
        }
        events = []
        for population, event, variables in self.manifest["monitors"]:
            name = f"{population}_{event}_pulses"
            recorded = {variable: array(f"{name}.{variable}") for variable in variables}
            events.append((population, event, array(f"{name}.t"), array(f"{name}.i"), recorded))
        per_phase = array("readout.preactivation").reshape(-1, self.circuit.sizes[-1])
        return to_result(self.circuit, chunk, states, per_phase, events)
