"""The runtime engine: Brian2 inside this process, by its Cython or NumPy target. No build; for small networks."""

from __future__ import annotations

import numpy as np

from pulsenet.circuit.composition import Composition
from pulsenet.engines.brian import b2, quiet_about_order
from pulsenet.engines.brian.build import Simulation, build
from pulsenet.engines.engine import Parameters, layer_state, padded_inputs, to_result
from pulsenet.engines.program import compiler
from pulsenet.records import Chunk, ChunkResult, Conductances, Memory


class RuntimeEngine:
    """Runs a circuit with Brian2's runtime device.

    Parameters
    ----------
    composition : Composition
    parameters : dict
        Values in SI units by object and variable.
    target : str
        ``"cython"`` or ``"numpy"``.
    """

    def __init__(self, composition: Composition, parameters: Parameters, target: str):
        self.name = target
        self.composition, self.circuit = composition, composition.circuit
        saved, b2.prefs.codegen.target = b2.prefs.codegen.target, "numpy"  # what is made once is not worth compiling
        try:
            self.simulation: Simulation = build(composition, target == "numpy")
        finally:
            b2.prefs.codegen.target = saved
        for owner, values in parameters.items():
            group = self.simulation.populations.get(owner) or self.simulation.layers[owner]
            for variable, value in values.items():
                group.variables[variable].set_value(np.ravel(value) if np.ndim(value) else value)

    def run(self, chunk: Chunk, conductance: Conductances, memory: Memory | None = None) -> ChunkResult:
        simulation = self.simulation
        for name, array in padded_inputs(self.composition, chunk).items():
            simulation.inputs[name].values[...] = array
        for name, state in layer_state(self.circuit, conductance, memory).items():
            for variable, values in state.items():
                simulation.layers[name].variables[variable].set_value(values.ravel())
        self._run_frames(chunk.n_frames)
        return self._result(chunk)

    def _run_frames(self, frames: int) -> None:
        """Run from t = 0: the inputs' first row belongs to the chunk's first frame."""
        network = self.simulation.network
        for monitor in (*self.simulation.monitors.values(), self.simulation.readout):
            monitor.variables["N"].set_value(0)
            monitor.resize(0)
        network.t_ = 0.0
        duration = frames * self.simulation.frame
        saved = b2.prefs.codegen.target, b2.prefs.codegen.cpp.extra_compile_args_gcc
        b2.prefs.codegen.target = self.name
        if compiler.compiler():
            b2.prefs.codegen.cpp.extra_compile_args_gcc = list(compiler.flags())
        try:
            with quiet_about_order():
                network.run(duration, namespace={})
        finally:
            b2.prefs.codegen.target, b2.prefs.codegen.cpp.extra_compile_args_gcc = saved
        if network.t < duration - self.simulation.frame / 2:  # Brian2 takes Ctrl-C for an order to stop, and returns
            raise KeyboardInterrupt

    def _result(self, chunk: Chunk) -> ChunkResult:
        states = {
            name: {
                variable: np.array(layer.variables[variable].get_value()).reshape(self.circuit.layers[name])
                for variable in ("G_plus", "G_minus", *self.circuit.memory)
            }
            for name, layer in self.simulation.layers.items()
        }
        events = []
        for (population, event), monitor in self.simulation.monitors.items():
            recorded = {
                name: np.array(monitor.variables[name].get_value()) for name in monitor.record_variables - {"i", "t"}
            }
            events.append((population, event, np.array(monitor.t_), np.array(monitor.i), recorded))
        per_phase = np.array(self.simulation.readout.variables["preactivation"].get_value())
        return to_result(self.circuit, chunk, states, per_phase, events)
