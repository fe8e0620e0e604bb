"""SPICE netlists: one read of a part of an array, with the very pulses of a frame, for ngspice.

The circuit: a voltage source per input line, two resistors 1/G per device pair, and per neuron two virtual grounds,
whose currents, I+ minus I-, charge a capacitor. Ohm and Kirchhoff; the ideal integrator: this project.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pulsenet.errors import TraceError
from pulsenet.exports.new_file import new_file
from pulsenet.exports.one_read import OneRead, read_out
from pulsenet.exports.selection import Lines
from pulsenet.trace import Trace
from pulsenet.trace.wires import edges, high

#: Rise and fall time of a pulse, and largest time step, as fractions of a slot.
_EDGE, _STEP = 0.01, 0.1
#: Corners of a pulse that one line of the netlist holds.
_CORNERS = 4


def spice(
    trace: Trace,
    path: str | Path,
    frame: int | None = None,
    layer: str | None = None,
    lines: Lines | None = None,
    conductance: tuple[np.ndarray, np.ndarray] | None = None,
    capacitance: float = 1e-12,
    force: bool = False,
) -> Path:
    """Write the forward phase of one frame in one weight layer as a netlist: ``ngspice -b forward.cir`` runs it.

    Time 0 is the start of the phase. Pulses are as in the trace; their edges begin at their slots and take 1 % of a
    slot, so that each moves the charge of a rectangle. ngspice prints ``charge_<neuron>`` for each neuron, in coulomb;
    the comments in the netlist say what the trace's arithmetic gives, V_read slot sum(width (G+ - G-)).

    Assumed: conductances do not change while they are read, reading is free of noise, and at V_read a device is the
    resistor that the run's reading law makes of it; lines have no resistance, virtual grounds and integrators are
    ideal, and lines that are not exported carry no pulses.

    Parameters
    ----------
    trace : Trace
    path : path
        The file, usually ``.cir``.
    frame : int, optional
        Left out, the first recorded frame whose conductances are in the trace.
    layer : str, optional
        Name of the weight layer; left out, the first.
    lines : mapping of population to lines, optional
        Rows: lines of the population before the layer. Columns: neurons of the one behind. Left out, all.
    conductance : (G_plus, G_minus), float, shape (n_in, n_out), siemens, optional
        Of the whole layer, in this frame. Left out, those of a snapshot in the trace, if there is one from which they
        did not change until this frame is read, or since; evaluation frames do not change them, but for drift.
    capacitance : float, farad
        Of the integrators. It scales their voltages, not their charges.
    force : bool
        Replace a file that is there.

    Returns
    -------
    Path

    Raises
    ------
    TraceError
        If there is no such frame, layer, population or line, the pulses of the frame were not recorded, no snapshot
        tells its conductances, those given do not fit the layer, or the file exists already or cannot be written.

    Examples
    --------
    >>> with Trace("runs/digits") as trace:                                 # doctest: +SKIP
    ...     spice(trace, "forward.cir", frame=0, lines={"hidden1": range(5)})
    PosixPath('forward.cir')
    """
    if not 0 < capacitance < float("inf"):
        raise TraceError(f"capacitance {capacitance} F: must be above 0 and finite")
    reading = read_out(trace, frame, layer, lines, conductance)
    with new_file(trace, path, force) as descriptor:
        with open(descriptor, "w", encoding="ascii", newline="\n", closefd=False) as file:
            for line in _netlist(trace, reading, capacitance):
                file.write(line + "\n")
    return Path(path)


def integrated_charge(
    trace: Trace,
    frame: int | None = None,
    layer: str | None = None,
    lines: Lines | None = None,
    conductance: tuple[np.ndarray, np.ndarray] | None = None,
) -> np.ndarray:
    """Charge that each neuron of a layer integrates in the forward phase of a frame: V_read slot sum(width (G+ - G-)).

    Parameters
    ----------
    trace, frame, layer, lines, conductance
        As for `spice`.

    Returns
    -------
    float, shape (columns,), coulomb

    Raises
    ------
    TraceError
        As `spice`, but for the file.

    Examples
    --------
    >>> with Trace("runs/digits") as trace:                                 # doctest: +SKIP
    ...     charge = integrated_charge(trace, frame=0, lines={"hidden1": range(2)})
    """
    return read_out(trace, frame, layer, lines, conductance).charge


def _netlist(trace: Trace, reading: OneRead, capacitance: float) -> Iterator[str]:
    """All lines of the netlist, without their ends."""
    schedule, slot = trace.schedule, trace.slot
    shape = " x ".join(map(str, reading.G_plus.shape))
    phase = reading.frame * schedule.frame_slots + reading.phase.start
    start = min([phase, *high(reading.pulses)[0]])  # neurons that fire while charge arrives begin before the phase
    yield f"pulsenet: {reading.phase.name} of frame {reading.frame}, {reading.layer}, {shape} device pairs"
    yield f"* Time 0 is slot {start} of the run. V_read = {reading.V_read:g} V, a slot is {slot:g} s."
    yield "* Run it with: ngspice -b FILE. It prints the charge that each neuron has integrated, in coulomb."
    yield "* Conductances are constant in this phase. Lines that are not here carry no pulses."
    if trace.configuration.get("variation", {}).get("read_noise"):
        yield "* The run reads with noise (variation.read_noise); the charges here are free of it."
    yield from _sources(reading, slot, start)
    yield from _devices(reading)
    yield from _integrators(reading, capacitance)
    yield f".tran {_STEP * slot:.12g} {(phase - start + schedule.phase_slots) * slot:.12g} uic"
    for column, charge in zip(reading.columns, reading.charge, strict=True):
        # The last trailing edge is over before the middle of the first guard slot.
        settled = (phase - start + schedule.n_slots + 0.5) * slot
        yield f".measure tran v_{column} find v(integral{column}) at={settled:.12g}"
        yield f".measure tran charge_{column} param='v_{column}*{capacitance:.12g}'"
        yield f"* charge_{column} by the trace's arithmetic: {charge:.6e}"
    yield ".end"


def _sources(reading: OneRead, slot: float, start: int) -> Iterator[str]:
    """A voltage source per input line, with its pulses."""
    slots, numbers, levels = edges(*high(reading.pulses), reading.pulses["line"])
    for row in reading.rows:
        corners = []
        for edge, level in zip(slots[numbers == row] - start, levels[numbers == row], strict=True):
            before, after = (1 - level) * reading.V_read, level * reading.V_read
            corners += [f"{edge * slot:.12g} {before:.12g}", f"{(edge + _EDGE) * slot:.12g} {after:.12g}"]
        if not corners:
            yield f"V_line{row} line{row} 0 0"
            continue
        yield f"V_line{row} line{row} 0 PWL("
        for first in range(0, len(corners), _CORNERS):
            yield "+ " + "  ".join(corners[first : first + _CORNERS])
        yield "+ )"


def _devices(reading: OneRead) -> Iterator[str]:
    """Two resistors per device pair; a conductance of 0 is none."""
    for side, conductance in (("plus", reading.G_plus), ("minus", reading.G_minus)):
        for row, column in np.argwhere(conductance > 0):
            line, neuron = reading.rows[row], reading.columns[column]
            yield f"R_{side}_{line}_{neuron} line{line} {side}{neuron} {1 / conductance[row, column]:.12g}"


def _integrators(reading: OneRead, capacitance: float) -> Iterator[str]:
    """Per neuron two virtual grounds, which are ammeters, too, and a capacitor that takes I+ minus I-."""
    for neuron in reading.columns:
        yield f"V_plus{neuron} plus{neuron} 0 0"
        yield f"V_minus{neuron} minus{neuron} 0 0"
        yield f"F_plus{neuron} 0 integral{neuron} V_plus{neuron} 1"
        yield f"F_minus{neuron} integral{neuron} 0 V_minus{neuron} 1"
        yield f"C_integral{neuron} integral{neuron} 0 {capacitance:.12g} IC=0"
