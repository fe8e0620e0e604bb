"""Value change dump (IEEE 1364-2005): pulses, gates and phases for GTKWave, Surfer and every waveform viewer."""

from __future__ import annotations

from decimal import Decimal
from importlib.metadata import version
from operator import itemgetter
from pathlib import Path

import numpy as np
from vcd import VCDWriter

from pulsenet.errors import TraceError
from pulsenet.exports.new_file import new_file
from pulsenet.exports.selection import (
    Lines,
    choose_frames,
    choose_lines,
    first_recorded,
    need_recorded,
)
from pulsenet.replay.programming import ProgrammingPulses, told
from pulsenet.trace import Trace
from pulsenet.trace.wires import SIGNED, edges, high, kinds_of, only, pulses_of

_UNITS = ("fs", "ps", "ns", "us", "ms", "s")


def vcd(
    trace: Trace, path: str | Path, frames: int | slice | None = None, lines: Lines | None = None, force: bool = False
) -> Path:
    """Write the wires of some frames as a value change dump.

    Signals are ``pulsenet.<population>.<kind>.line<n>``, high while a pulse is: a pulse of the width code from the
    start of its phase to its trailing edge, one of the latency code from its rising edge to the end of its phase, all
    others during their slot. Pulses in successive slots run together. Backward and error pulses have two signals,
    ``line<n>_positive`` and ``line<n>_negative``. ``gate`` is high while a line holds the gates of its devices open
    (left out where they depend on more than the line, or
    the trace is of another version's equations). ``pulsenet.clock`` tells ``phase`` (a string: GTKWave's
    extension, which Surfer reads, too), ``frame`` and ``learn``. Time counts from the start of the run; the timescale
    is the slot, or the largest that divides it. All slots are equally long, also those of the update phase, in which
    programming pulses that take longer would stretch them.

    Parameters
    ----------
    trace : Trace
    path : path
        The file, usually ``.vcd``.
    frames : int, slice or None
        One frame, a range of frames, or the first that was recorded.
    lines : mapping of population to lines, optional
        Populations left out are exported with all lines.
    force : bool
        Replace a file that is there.

    Returns
    -------
    Path

    Raises
    ------
    TraceError
        If there is no such frame, population or line, the pulses of a frame were not recorded, or the file exists
        already or cannot be written.

    Examples
    --------
    >>> with Trace("runs/digits") as trace:                                 # doctest: +SKIP
    ...     vcd(trace, "frame10.vcd", frames=10, lines={"input": range(20, 40)})
    PosixPath('frame10.vcd')
    """
    chosen = choose_frames(trace, first_recorded(trace) if frames is None else frames)
    need_recorded(trace, chosen)
    picked = choose_lines(trace, lines)
    scale, ticks = timescale(trace.slot)
    start, stop = (frame * trace.schedule.frame_slots * ticks for frame in (chosen.start, chosen.stop))
    with new_file(trace, path, force) as descriptor:
        with open(descriptor, "w", encoding="ascii", newline="\n", closefd=False) as file:
            # No date: the same trace gives the same bytes.
            names = {"date": "", "version": f"pulsenet {version('pulsenet')}"}
            writer = VCDWriter(file, scale, init_timestamp=start, **names)
            changes, programming = _clock(trace, writer, chosen), told(trace)
            for population, numbers in picked.items():
                changes += _pulses(trace, writer, chosen, population, numbers)
                changes += _gates(trace, programming, writer, chosen, population, numbers)
            for slot, variable, value in sorted(changes, key=itemgetter(0)):
                writer.change(variable, slot * ticks, value)
            writer.close(stop)
    return Path(path)


def timescale(slot: float) -> tuple[str, int]:
    """The largest timescale of which a slot is a whole number, and that number.

    Parameters
    ----------
    slot : float, seconds
        Rounded to whole femtoseconds, the smallest unit of a value change dump.

    Raises
    ------
    TraceError
        If a slot is shorter than a femtosecond.

    Examples
    --------
    >>> timescale(100e-9), timescale(25e-9), timescale(1.0)
    (('100 ns', 1), ('1 ns', 25), ('1 s', 1))
    """
    femtoseconds = round(Decimal(repr(float(slot))) * 10**15)
    if not femtoseconds:
        raise TraceError(f"slot of {slot:g} s: a value change dump resolves 1 fs; choose another format")
    exponent = next(e for e in reversed(range(18)) if femtoseconds % 10**e == 0)
    return f"{10 ** (exponent % 3)} {_UNITS[exponent // 3]}", femtoseconds // 10**exponent


def _clock(trace: Trace, writer: VCDWriter, frames: range) -> list:
    """Signals of the clock; changes as (slot, variable, value)."""
    scope = ("pulsenet", "clock")
    phase = writer.register_var(scope, "phase", "string")
    number = writer.register_var(scope, "frame", "integer", size=32)
    learn = writer.register_var(scope, "learn", "wire", size=1)
    learns = trace.frames["learn"][frames.start : frames.stop].tolist()
    changes = []
    for frame, learning in zip(frames, learns, strict=True):
        start = frame * trace.schedule.frame_slots
        changes += [(start, number, frame), (start, learn, int(learning))]
        changes += [(start + part.start, phase, part.name.replace(" ", "_")) for part in trace.schedule.phases]
    return changes


def _pulses(trace: Trace, writer: VCDWriter, frames: range, population: str, numbers: np.ndarray) -> list:
    """Signals of all kinds of pulses of some lines of a population; their changes."""
    changes = []
    for kind, n_lines in kinds_of(trace, population, frames).items():
        pulses = pulses_of(trace, population, kind, frames)
        scope, here = ("pulsenet", population, kind), numbers[numbers < n_lines]
        if kind not in SIGNED:
            changes += _wires(writer, scope, "", here, *high(pulses), pulses["line"])
            continue
        polarity = pulses.get("polarity", np.ones(len(pulses["slot"])))
        for sign, suffix in ((1, "_positive"), (-1, "_negative")):
            part = only(pulses, polarity == sign)
            changes += _wires(writer, scope, suffix, here, *high(part), part["line"])
    return changes


def _gates(
    trace: Trace,
    programming: ProgrammingPulses | None,
    writer: VCDWriter,
    frames: range,
    population: str,
    numbers: np.ndarray,
) -> list:
    """Signals of the gates that lines of a population hold open.

    None behind the last population, where there are no devices, nor where gates depend on more than the line.
    """
    behind = [layer for layer, (before, _) in trace.ends.items() if before == population]
    if not behind or programming is None:
        return []
    layer, found = behind[0], [np.empty((3, 0), np.int64)]
    for frame in frames:
        levels = programming.gates(frame)[layer]
        if levels is None:
            return []
        edge = np.diff(levels.T.astype(np.int8), axis=1, prepend=0, append=0)
        line, start = np.nonzero(edge > 0)
        begin = frame * trace.schedule.frame_slots
        found.append(np.stack([begin + start, begin + np.nonzero(edge < 0)[1], line]))
    return _wires(writer, ("pulsenet", population, "gate"), "", numbers, *np.concatenate(found, axis=1))


def _wires(writer: VCDWriter, scope: tuple[str, ...], suffix: str, numbers: np.ndarray, start, stop, line) -> list:
    """One signal per line, high from ``start`` to ``stop``; their changes."""
    variables = {n: writer.register_var(scope, f"line{n}{suffix}", "wire", size=1, init=0) for n in numbers.tolist()}
    columns = (column.tolist() for column in edges(start, stop, line))
    return [(slot, variables[n], level) for slot, n, level in zip(*columns, strict=True) if n in variables]
