"""From equations to Brian2 objects, one to one. This room alone imports Brian2."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pulsenet.circuit.composition import Composition
from pulsenet.circuit.pathways import LayerSpec
from pulsenet.circuit.populations import PopulationSpec
from pulsenet.engines.brian import b2
from pulsenet.text.functions import Piecewise


@dataclass
class Simulation:
    """The Brian2 objects of a circuit.

    Attributes
    ----------
    network : brian2.Network
    inputs : dict of str to brian2.TimedArray
        What is fed in, one row per frame.
    populations : dict of str to brian2.NeuronGroup
    regular : dict of str to brian2.CodeRunner
        What each population does once per tick.
    on_event : dict of (population, event) to brian2.CodeRunner
        What an event does to the neuron that sends it.
    layers : dict of str to brian2.Synapses
    monitors : dict of (population, event) to brian2.EventMonitor
    readout : brian2.StateMonitor
        Preactivation of the output neurons, once per phase.
    frame : brian2.Quantity
        Duration of a frame.
    """

    network: b2.Network
    inputs: dict[str, b2.TimedArray]
    populations: dict[str, b2.NeuronGroup]
    regular: dict[str, b2.CodeRunner]
    on_event: dict[tuple[str, str], b2.CodeRunner]
    layers: dict[str, b2.Synapses]
    monitors: dict[tuple[str, str], b2.EventMonitor]
    readout: b2.StateMonitor
    frame: b2.Quantity


def build(composition: Composition, by_numpy: bool = False) -> Simulation:
    """Make the Brian2 objects of a circuit on Brian2's current device.

    Parameters
    ----------
    composition : Composition
    by_numpy : bool
        For Brian2's NumPy target, which runs code that depends on the order of pairs in a loop in Python: that code is
        then taken apart from all other.

    Returns
    -------
    Simulation
        With all parameters and conductances at zero: the engine sets them.
    """
    circuit, schedule = composition.circuit, composition.circuit.schedule
    ticks = {"slot": 1, "phase": schedule.phase_slots, "frame": schedule.frame_slots}
    clocks = {name: b2.Clock(slots * circuit.slot * b2.second, name=f"{name}_clock") for name, slots in ticks.items()}
    inputs = {
        name: b2.TimedArray(_zeros(circuit.chunk_frames, columns), dt=clocks["frame"].dt, name=name)
        for name, columns in composition.inputs.items()
    }
    functions = {function.name: device_function(function) for function in composition.functions}
    namespace = {**composition.constants, **inputs, **functions}
    populations = {spec.name: _population(spec, clocks, namespace) for spec in composition.populations}
    regular = {spec.name: _regular(spec, populations[spec.name], clocks) for spec in composition.populations}
    on_event = {
        (spec.name, event): populations[spec.name].run_on_event(event, code)
        for spec in composition.populations
        for event, code in spec.on_event.items()
    }
    layers = {spec.name: _layer(spec, populations, clocks["slot"], namespace, by_numpy) for spec in composition.layers}
    monitors = _monitors(composition, populations)
    readout = b2.StateMonitor(
        populations["output"], "preactivation", record=True, clock=clocks["phase"], when="end", name="readout"
    )
    network = b2.Network(*populations.values(), *layers.values(), *monitors.values(), readout, name="pulsenet")
    return Simulation(network, inputs, populations, regular, on_event, layers, monitors, readout, clocks["frame"].dt)


def _zeros(frames: int, columns: int) -> np.ndarray:
    return np.zeros((frames, columns) if columns else frames)


def _population(spec: PopulationSpec, clocks, namespace) -> b2.NeuronGroup:
    return b2.NeuronGroup(
        spec.size, spec.model, events=spec.events, clock=clocks["slot"], namespace=namespace, name=spec.name
    )


def _regular(spec: PopulationSpec, group: b2.NeuronGroup, clocks) -> b2.CodeRunner:
    return group.run_regularly(spec.code, clock=clocks[spec.tick], when="start", name=f"{spec.name}_{spec.tick}")


def _layer(spec: LayerSpec, populations, clock, namespace, by_numpy: bool) -> b2.Synapses:
    """One synapse per device pair, in the order of a C-contiguous (n_in, n_out) array."""
    model, events = spec.model, {pathway.event: pathway.event for pathway in spec.pathways}
    on_pre = {pathway.event: pathway.text for pathway in spec.pathways if pathway.side == "pre"}
    on_post = {pathway.event: pathway.text for pathway in spec.pathways if pathway.side == "post"}
    apart = [pathway for pathway in spec.pathways if by_numpy and pathway.of_row]
    for pathway in apart:
        model += "".join(f"{name} : 1\n" for name in sorted(pathway.of_row.names & set(pathway.code.assigned)))
        on_post |= {pathway.event: str(pathway.code), f"{pathway.event}_of_row": str(pathway.of_row)}
        events[f"{pathway.event}_of_row"] = pathway.event
    layer = b2.Synapses(
        populations[spec.source],
        populations[spec.target],
        model,
        on_pre=on_pre,
        on_post=on_post,
        on_event=events,
        clock=clock,
        namespace=namespace,
        name=spec.name,
    )
    pre, post = (index.ravel() for index in np.indices(spec.shape))
    layer.connect(i=pre, j=post)
    for pathway in spec.pathways:
        getattr(layer, pathway.event).order = pathway.order
    for pathway in apart:
        getattr(layer, f"{pathway.event}_of_row").order = pathway.order + len(spec.pathways)
    return layer


def _monitors(composition: Composition, populations) -> dict[tuple[str, str], b2.EventMonitor]:
    """A monitor for every kind of pulse; at the end of the slot, when a refresh has been counted."""
    return {
        (spec.name, event): b2.EventMonitor(
            populations[spec.name],
            event,
            variables=list(variables),
            when="end",
            name=f"{spec.name}_{event}_pulses",
        )
        for spec in composition.populations
        for event, variables in spec.records.items()
    }


def device_function(function: Piecewise) -> b2.Function:
    """A Brian2 function: NumPy evaluates the expressions, Cython and C++ compile one and the same C++ text."""
    units = [_unit(unit) for unit in function.arguments.values()]
    made = b2.Function(function.__call__, arg_units=units, return_unit=_unit(function.unit))
    cpp = function.cpp()
    made.implementations.add_implementation("cpp", cpp)
    arguments = ", ".join(["double"] * len(function.arguments))
    cython = f'cdef extern from *:\n    """\n    #include <cmath>\n    #include <algorithm>\n{cpp}\n    """\n'
    cython += f"    double {function.name}({arguments}) nogil\n"
    made.implementations.add_implementation("cython", cython)
    made.implementations.add_implementation("numpy", _unitless(function))
    return made


def _unitless(function: Piecewise):
    return lambda *arguments: function(*arguments)


def _unit(name: str):
    return 1 if name == "1" else getattr(b2, name)
