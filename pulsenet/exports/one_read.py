"""One read of a part of an array: the pulses of a frame's forward phase, and the conductances that they meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pulsenet.circuit.schedule import Phase
from pulsenet.errors import TraceError
from pulsenet.exports.selection import (
    Lines,
    choose_frames,
    choose_lines,
    first_recorded,
    need_recorded,
)
from pulsenet.records import Pulses
from pulsenet.replay.machine import Machine
from pulsenet.replay.rebuild import run_of
from pulsenet.trace import Trace
from pulsenet.trace.blocks import recorded_frames
from pulsenet.trace.wires import line_values


@dataclass(frozen=True)
class OneRead:
    """A forward read.

    Attributes
    ----------
    frame : int
    layer : str
    phase : Phase
    rows, columns : list of int
        Input lines and neurons.
    pulses : Pulses
        Forward pulses of the whole population before the layer.
    G_plus, G_minus : float, shape (rows, columns), siemens
        As the reading sees them at V_read, current over voltage: by Ohm's law, the conductances themselves.
    V_read : float, volt
    charge : float, shape (columns,), coulomb
        V_read slot sum(width (G+ - G-)) over the rows.
    """

    frame: int
    layer: str
    phase: Phase
    rows: list[int]
    columns: list[int]
    pulses: Pulses
    G_plus: np.ndarray
    G_minus: np.ndarray
    V_read: float
    charge: np.ndarray


def read_out(
    trace: Trace,
    frame: int | None,
    layer: str | None,
    lines: Lines | None,
    conductance: tuple[np.ndarray, np.ndarray] | None,
) -> OneRead:
    """The read of one frame in one layer; parameters and errors as for `pulsenet.exports.spice`."""
    layer = next(iter(trace.layers)) if layer is None else layer
    if layer not in trace.layers:
        raise TraceError(f"{trace.path}: no layer {layer!r}; layers are {', '.join(trace.layers)}")
    frame = _choose_frame(trace, frame, conductance is None)
    number = list(trace.layers).index(layer)
    before, after = trace.ends[layer]
    rows, columns = _rows_and_columns(trace, layer, before, after, lines)
    machine = Machine(trace)
    if machine.memory.keys() & machine.layers[number].pathway("forward").sees.names:
        machine.reach(frame - 1)  # what devices remember is not in a snapshot
    if conductance is None:
        conductance = trace.conductance(layer, snapshot_of(trace, frame))
    V_read = machine.run.read.V_read
    G_plus, G_minus = _seen(machine, number, frame, _checked(trace, layer, conductance))
    part = np.ix_(rows, columns)
    pulses = trace.pulses(before, "forward", frame)
    widths = line_values(pulses, trace.populations[before])[rows]
    charge = V_read * trace.slot * (widths @ (G_plus[part] - G_minus[part]))
    phase = trace.schedule.phases[trace.schedule.forward_phase(number + 1)]
    return OneRead(frame, layer, phase, rows, columns, pulses, G_plus[part], G_minus[part], V_read, charge)


def snapshot_of(trace: Trace, frame: int) -> int:
    """The snapshot that holds the conductances of a frame as they are read, taken before or after it.

    Conductances change in training frames, after they were read; and in all frames if they drift.

    Raises
    ------
    TraceError
        If there is none; it names frames of which there is one.
    """
    taken = trace.snapshots[:]
    held = [row for row, last in enumerate(taken) if not _changes(trace, *sorted((int(last) + 1, frame)))]
    if not held:
        known = ", ".join(str(before + 1) for before in taken[:4] if before + 1 < trace.n_frames) or "none"
        raise TraceError(
            f"{trace.path}: holds no conductances of frame {frame}, but of frames {known}{' ...' * (len(taken) > 4)}: "
            f"take one of these, give conductances, or run again with record.waveforms = [{frame}]"
        )
    return held[-1]


def _seen(machine: Machine, number: int, frame: int, conductance: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
    """Conductances of a layer as a reading sees them in a frame."""
    layer = machine.layers[number]
    for side, G in zip(("G_plus", "G_minus"), conductance, strict=True):
        machine.state[layer.name][side] = np.ravel(G)
    pairs = machine.seen(layer, "forward", np.arange(np.prod(layer.shape)), frame)
    seen = (np.broadcast_to(pairs[name], pairs.index.shape) for name in ("seen_plus", "seen_minus"))
    return tuple(values.reshape(layer.shape) for values in seen)


def _changes(trace: Trace, first: int, last: int) -> bool:
    """Whether conductances change in frames ``first`` to ``last`` (exclusive)."""
    between_frames = any(effect.every for effect in run_of(trace).variation.effects)
    return last > first and (between_frames or bool(trace.frames["learn"][first:last].any()))


def _choose_frame(trace: Trace, frame: int | None, needs_snapshot: bool) -> int:
    if frame is not None:
        chosen = choose_frames(trace, frame)
        need_recorded(trace, chosen)
        return chosen.start
    first = first_recorded(trace)
    if needs_snapshot:
        there = recorded_frames(trace)
        after = [before + 1 for before in trace.snapshots[:].tolist()]
        return next((candidate for candidate in after if candidate < trace.n_frames and there[candidate]), first)
    return first


def _rows_and_columns(
    trace: Trace, layer: str, before: str, after: str, lines: Lines | None
) -> tuple[Sequence[int], ...]:
    """Input lines and neurons to export. Only lines of the two populations of a layer mean something here."""
    other = [
        population
        for population in lines or {}
        if population in trace.populations and population not in (before, after)
    ]
    if other:
        raise TraceError(
            f"{trace.path}: lines of {other[0]}: {layer} lies between {before} and {after}; choose lines of these"
        )
    n_out = trace.layers[layer][1]
    chosen = choose_lines(trace, {after: range(n_out)} | dict(lines or {}))
    rows, columns = chosen[before].tolist(), chosen[after].tolist()
    if not rows or not columns:
        raise TraceError(
            f"{trace.path}: {layer}: {len(rows)} rows and {len(columns)} columns; choose at least one of each"
        )
    if columns[-1] >= n_out:
        raise TraceError(
            f"{trace.path}: line {columns[-1]} of {after} is its bias line, which reads nothing; leave it out"
        )
    return rows, columns


def _checked(trace: Trace, layer: str, conductance: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, ...]:
    pair, shape = tuple(np.asarray(G, dtype=float) for G in conductance), trace.layers[layer]
    if [G.shape for G in pair] != [shape] * 2:
        shapes = " and ".join(str(G.shape) for G in pair)
        raise TraceError(f"conductance: shapes {shapes}; {layer} needs G_plus and G_minus of shape {shape}")
    if not all(np.isfinite(G).all() and (G >= 0).all() for G in pair):
        raise TraceError(f"conductance: of {layer}: must be finite, and 0 S or more")
    return pair
