"""What an oscilloscope would show in one frame of a recorded run: voltages, charges, currents, conductances over time.

The simulation lets the charge of a reading pulse arrive at once, with the trailing edge. Here it flows while the pulse
is high: its current sets in at the rising edge and ends at the trailing edge, so an integrator's charge is a ramp. Both
have the same charge at the end of every phase (a test holds that).

Source: this project; currents are those of the run's reading law.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pulsenet.circuit.pathways import LayerSpec
from pulsenet.describe.durations import update_seconds
from pulsenet.describe.run import Run
from pulsenet.errors import TraceError
from pulsenet.replay.machine import Machine
from pulsenet.replay.programming import gate_levels
from pulsenet.text.expressions import expression
from pulsenet.trace.blocks import recorded_frames
from pulsenet.trace.reader import Trace
from pulsenet.trace.wires import high

#: Ways to count the time of a frame.
TIMES = ("clock", "hardware")


@dataclass(frozen=True)
class Waveform:
    """A piecewise linear signal.

    Attributes
    ----------
    time : float, shape (points,), seconds from the start of the frame
        Ascending. A jump is two points of the same time.
    value : float, shape (points,)
        In SI units; linear between points.
    unit : str
        ``"V"``, ``"C"``, ``"S"``, ``"A"`` or ``"1"``.
    """

    time: np.ndarray
    value: np.ndarray
    unit: str


def waveforms(
    trace: Trace,
    frame: int,
    lines: Mapping[str, Sequence[int]] | None = None,
    devices: Sequence[tuple[str, int, int]] = (),
    time: str = "clock",
) -> dict[str, Waveform]:
    """Signals of chosen lines, neurons and device pairs in one recorded frame.

    Parameters
    ----------
    trace : Trace
    frame : int
        Its pulses, and those since the nearest snapshot, must have been recorded, as ``record.waveforms`` sees to.
    lines : mapping of population to lines, optional
        Of which lines, and of the neurons that they belong to, signals are wanted.
    devices : sequence of (layer, input line, neuron)
        Of which device pairs.
    time : str
        ``"clock"``: slots of the pulse clock, as everywhere in a trace. ``"hardware"``: slots of the update phase last
        as long as the widest programming pulse, a refresh as long as its pulses, and an evaluation frame has forward
        phases only (see `pulsenet.training.costs`).

    Returns
    -------
    dict of Waveform

        - ``"hidden1[3].forward"``, ``"hidden1[3].backward"``: voltage of the reading pulses of line 3, V; that of
          backward pulses has the sign of the error.
        - ``"hidden1[3].charge"``, ``"hidden1[3].backward_charge"``: on the neuron's integrators, C.
        - ``"hidden1[3].gate"``: 1 while the line holds its gates open; left out for rules whose gates also depend on
          more than the line.
        - ``"hidden1[3].error"``: error pulses, with their polarity.
        - ``"layer1[5,3].G_plus"``, ``"layer1[5,3].G_minus"``: conductances, S. A programming pulse takes effect at its
          start.
        - ``"layer1[5,3].I_plus"``, ``"layer1[5,3].I_minus"``: currents of reading, A. With noisy reading, those without
          the noise. Currents of programming pulses are not among them: their law is not known.

        Signals that a line or neuron cannot have (an error of an input, a charge of a bias line) are left out.

    Raises
    ------
    TraceError
        If there is no such frame, population, line, layer or device, or pulses that it takes were not recorded.

    Examples
    --------
    >>> with Trace("results/digits") as trace:                              # doctest: +SKIP
    ...     found = waveforms(trace, 10, {"hidden1": [3]}, [("layer2", 3, 7)])
    >>> found["hidden1[3].charge"].value.max()                              # doctest: +SKIP
    3.1e-13
    """
    _check(trace, frame, lines or {}, devices, time)
    machine = Machine(trace)
    machine.reach(frame - 1)
    view = _Frame(machine, frame, slot_starts(trace, machine.run, frame, time))
    found: dict[str, Waveform] = {}
    for population, numbers in (lines or {}).items():
        found |= view.of_lines(population, np.asarray(numbers, dtype=int))
    return found | view.of_devices(devices)


def _check(trace: Trace, frame: int, lines: Mapping[str, Sequence[int]], devices, time: str) -> None:
    if not 0 <= frame < trace.n_frames:
        raise TraceError(f"{trace.path}: no frame {frame}; choose from 0 to {trace.n_frames - 1}")
    if time not in TIMES:
        raise TraceError(f"time = {time!r}; choose one of {', '.join(map(repr, TIMES))}")
    if not recorded_frames(trace)[frame]:
        raise TraceError(
            f"{trace.path}: the pulses of frame {frame} were not recorded; take another frame, or run again with "
            f"record.waveforms = [{frame}]"
        )
    for population, numbers in lines.items():
        if population not in trace.populations:
            raise TraceError(
                f"{trace.path}: no population {population!r}; populations are {', '.join(trace.populations)}"
            )
        for line in numbers:
            if not 0 <= line < trace.populations[population]:
                raise TraceError(
                    f"{trace.path}: no line {line} of {population}; choose from 0 to "
                    f"{trace.populations[population] - 1}"
                )
    for layer, i, j in devices:
        if layer not in trace.layers:
            raise TraceError(f"{trace.path}: no layer {layer!r}; layers are {', '.join(trace.layers)}")
        n_in, n_out = trace.layers[layer]
        if not (0 <= i < n_in and 0 <= j < n_out):
            raise TraceError(
                f"{trace.path}: {layer} has no device pair ({i}, {j}); it has {n_in} input lines and {n_out} neurons"
            )


def slot_starts(trace: Trace, run: Run, frame: int, time: str = "clock") -> np.ndarray:
    """When each slot of a frame begins, and the last ends.

    Parameters
    ----------
    trace : Trace
    run : Run
        That of the trace.
    frame : int
    time : str
        As for `waveforms`.

    Returns
    -------
    float, shape (frame_slots + 1,), seconds from the start of the frame

    Examples
    --------
    >>> with Trace("results/digits") as trace:                              # doctest: +SKIP
    ...     slot_starts(trace, Run.load("runs/digits.toml"), 0)[:3]
    array([0.e+00, 1.e-07, 2.e-07])
    """
    schedule = trace.schedule
    lasts = np.full(schedule.frame_slots, run.time.slot)
    if time == "hardware":
        guard = schedule.guard_slots * run.time.slot
        lasts[schedule.update_start : schedule.refresh_slot] = (update_seconds(run) - guard) / schedule.n_slots
        if not trace.frames["learn"][frame]:
            lasts[schedule.n_layers * schedule.phase_slots :] = 0.0
        if "refresh_time" in trace.frames:
            lasts[schedule.refresh_slot] += trace.frames["refresh_time"][frame]
    return np.concatenate([[0.0], np.cumsum(lasts)])


class _Frame:
    """Signals of one frame, slot by slot; ``machine`` stands before it."""

    def __init__(self, machine: Machine, frame: int, starts: np.ndarray):
        self.machine, self.trace, self.frame, self.starts = machine, machine.trace, frame, starts
        self.schedule, names_of = machine.trace.schedule, list(machine.trace.populations)
        self.gates = gate_levels(machine, frame)
        self.before = dict(zip(names_of[1:], machine.layers, strict=True))  # the layer that ends at a population
        self.after = dict(zip(names_of, machine.layers, strict=False))  # the layer that begins there

    def of_lines(self, population: str, lines: np.ndarray) -> dict[str, Waveform]:
        """Everything of the chosen lines of a population."""
        found: dict[str, Waveform] = {}

        def add(name: str, values: np.ndarray, draw, unit: str, chosen: np.ndarray = lines) -> None:
            found.update({f"{population}[{line}].{name}": draw(values[:, k], unit) for k, line in enumerate(chosen)})

        V_read = self.machine.run.read.V_read
        before, after = self.before.get(population), self.after.get(population)
        if after:
            add("forward", V_read * self.levels(population, "forward")[:, lines], self._steps, "V")
            if (gates := self.gates[after.name]) is not None:
                add("gate", gates[:, lines].astype(int), self._steps, "1")
        if before:
            neurons = lines[lines < before.shape[1]]  # a bias line has no neuron
            add("charge", self._charge(before, neurons, "forward"), self._ramps, "C", neurons)
            if after:
                add("backward_charge", self._charge(after, lines, "backward"), self._ramps, "C")
            if before is not self.machine.layers[0]:
                add("backward", V_read * self.levels(population, "backward")[:, neurons], self._steps, "V", neurons)
            add("error", self.levels(population, "error")[:, neurons], self._steps, "1", neurons)
        return found

    def levels(self, population: str, kind: str) -> np.ndarray:
        """0, 1 or the polarity of each line in each slot; int, shape (frame_slots, lines)."""
        pulses = self.machine.pulses.of(population, kind, self.frame)
        start, stop = (edge - self.frame * self.schedule.frame_slots for edge in high(pulses))
        level = np.zeros((self.schedule.frame_slots + 1, self.trace.populations[population]), np.int64)
        sign = pulses.get("polarity", np.ones(len(start), np.int8)).astype(np.int64)
        np.add.at(level, (start, pulses["line"]), sign)
        np.add.at(level, (stop, pulses["line"]), -sign)
        return level.cumsum(axis=0)[:-1]

    def _read(self, layer: LayerSpec, kind: str) -> np.ndarray:
        """What the pairs of a layer pass on when they are read, in siemens, shape (n_in, n_out)."""
        pairs = self.machine.seen(layer, kind, np.arange(np.prod(layer.shape)), self.frame)
        value = expression(layer.pathway(kind).difference).evaluate(pairs)
        return np.broadcast_to(value, pairs.index.shape).reshape(layer.shape)

    def _charge(self, layer: LayerSpec, lines: np.ndarray, kind: str) -> np.ndarray:
        """Charge of integrators at the slots' boundaries, shape (frame_slots + 1, lines, 2).

        The last axis is before and after a boundary: an integrator is read and emptied when the next phase begins.
        """
        schedule, number = self.schedule, self.machine.layers.index(layer) + 1
        read = self._read(layer, kind)
        if kind == "forward":
            current, phase = (
                self.levels(layer.source, kind)[:, : layer.shape[0]] @ read[:, lines],
                schedule.forward_phase(number),
            )
        else:
            current, phase = (
                self.levels(layer.target, kind)[:, : layer.shape[1]] @ read[lines].T,
                schedule.backward_phase(number),
            )
        current = self.machine.run.read.V_read * self.machine.run.time.slot * current
        charge = np.concatenate([np.zeros((1, len(lines))), np.cumsum(current, axis=0)])
        emptied = (phase + 1) * schedule.phase_slots
        charge[emptied + 1 :] = 0.0
        charge = np.stack([charge, charge], axis=2)
        charge[emptied, :, 1] = 0.0
        return charge

    def of_devices(self, devices: Sequence[tuple[str, int, int]]) -> dict[str, Waveform]:
        """Conductances and currents of chosen pairs; moves the machine through the frame."""
        layers = {layer.name: layer for layer in self.machine.layers}
        index = [(layers[name], i, j, i * layers[name].shape[1] + j) for name, i, j in devices]
        current = [self._voltage(layer, i, j) for layer, i, j, _ in index]
        if not devices:
            return {}
        values = np.broadcast_to(self._now(index), (self.schedule.frame_slots, len(index), 4)).copy()
        for slot in self.machine.steps():
            values[slot:] = self._now(index)
        found = {}
        for number, (layer, i, j, _) in enumerate(index):
            for side, name in enumerate(("plus", "minus")):
                G, seen = values[:, number, side], values[:, number, 2 + side]
                found[f"{layer.name}[{i},{j}].G_{name}"] = self._steps(G, "S")
                found[f"{layer.name}[{i},{j}].I_{name}"] = self._steps(current[number] * seen, "A")
        return found

    def _now(self, index: list) -> np.ndarray:
        """Conductances G+ and G- of pairs as they are now, and as a reading sees them; float, shape (pairs, 4)."""
        found = []
        for layer, _, _, number in index:
            pairs = self.machine.seen(layer, "forward", np.array([number]), self.frame)
            found.append([float(np.ravel(pairs[name])[0]) for name in ("G_plus", "G_minus", "seen_plus", "seen_minus")])
        return np.array(found)

    def _voltage(self, layer: LayerSpec, i: int, j: int) -> np.ndarray:
        """Read voltage across a device pair, slot by slot."""
        level = self.levels(layer.source, "forward")[:, i]
        if layer is not self.machine.layers[0] and not self.machine.run.rule.resistors:
            level = level + self.levels(layer.target, "backward")[:, j]
        return self.machine.run.read.V_read * level

    def _steps(self, level: np.ndarray, unit: str) -> Waveform:
        """A signal that is constant in each slot; shape (frame_slots,)."""
        changes = np.flatnonzero(np.diff(level)) + 1
        time = np.concatenate([[0.0], np.repeat(self.starts[changes], 2), [self.starts[-1]]])
        value = np.concatenate([[level[0]], np.column_stack([level[changes - 1], level[changes]]).ravel(), [level[-1]]])
        return Waveform(time, value.astype(np.float64), unit)

    def _ramps(self, charge: np.ndarray, unit: str) -> Waveform:
        """A signal linear in each slot; ``charge`` before and after each boundary, shape (frame_slots + 1, 2)."""
        time, value = np.repeat(self.starts, 2), charge.ravel()
        new = np.ones(len(time), bool)  # but for jumps, the points before and after a boundary are one
        new[1:] = (np.diff(time) > 0) | (np.diff(value) != 0)
        return Waveform(time[new], value[new], unit)
