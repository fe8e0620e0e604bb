"""What happens on the wires in one frame: which frame, which lines and device pairs to show, and their pulses in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pulsenet.errors import TraceError
from pulsenet.figures.style import evenly
from pulsenet.records import Pulses
from pulsenet.traces import Trace
from pulsenet.traces.programming import gate_widths

#: Most lines of a population, and most device pairs of a layer, that are legible below each other.
MOST_ROWS = 16


@dataclass(frozen=True)
class Bars:
    """Pulses in time.

    Attributes
    ----------
    start, stop : int64, slots of the frame, half open
        When the line is high.
    line : int
    polarity : int
        -1 or 1; 0 for pulses without.
    """

    start: np.ndarray
    stop: np.ndarray
    line: np.ndarray
    polarity: np.ndarray


def choose_frame(trace: Trace, frame: int | None) -> int:
    """The frame to show, from the start of the run: the one asked for, if its pulses were recorded.

    Left out, it is the first recorded frame that trained and programmed a device; if there is none, the first recorded
    frame that trained; if there is none, the first recorded frame.

    Raises
    ------
    TraceError
        If there is no such frame, or its pulses were not recorded; it names the frames that were.
    """
    recorded = _recorded(trace)
    if not recorded.any():
        raise TraceError(f"{trace.path}: no pulses were recorded; run again with record.pulses = 'all' or a number of frames")
    if frame is None:
        trained = recorded & trace.frames["learn"][:]
        counts = trace.frames.get("programming_pulses")
        programmed = trained & (counts[:] > 0) if counts is not None else trained
        return int(np.argmax(next(choice for choice in (programmed, trained, recorded) if choice.any())))
    if not -trace.n_frames <= frame < trace.n_frames:
        raise TraceError(f"{trace.path}: no frame {frame}; there are {trace.n_frames}")
    frame %= trace.n_frames
    if not recorded[frame]:
        raise TraceError(
            f"{trace.path}: the pulses of frame {frame} were not recorded; those of frames {_ranges(recorded)} were"
        )
    return frame


def _recorded(trace: Trace) -> np.ndarray:
    """Which frames' pulses are in the trace."""
    if "recorded" in trace.frames:
        return trace.frames["recorded"][:]
    any_pulses = any(len(trace.pulses(name, "forward")["slot"]) for name in trace.populations)
    return np.full(trace.n_frames, any_pulses)


def _ranges(chosen: np.ndarray, most: int = 4) -> str:
    """Indices of the chosen in words: ``"0-99, 70000-70099"``, at most so many ranges."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], chosen.astype(np.int8), [0]])))
    found = [f"{start}-{stop - 1}" if stop - start > 1 else f"{start}" for start, stop in edges.reshape(-1, 2)]
    return ", ".join(found[:most] + ["..."] * (len(found) > most))


def bars(trace: Trace, population: str, kind: str, frame: int) -> Bars:
    """Pulses of one kind of a population, from leading to trailing edge.

    A pulse of the width code is recorded with its trailing edge, and is as long as its width; all others last one slot.
    A refresh without SET and RESET pulses is none.
    """
    pulses = trace.pulses(population, kind, frame)
    if "SET" in pulses:
        spent = (pulses["SET"] + pulses["RESET"]) > 0
        pulses = {name: values[spent] for name, values in pulses.items()}
    slot = pulses["slot"] - frame * trace.schedule.frame_slots
    polarity = pulses.get("polarity", np.zeros(len(slot), np.int8))
    if "width" in pulses:
        return Bars(slot - pulses["width"], slot, pulses["line"], polarity)
    return Bars(slot, slot + 1, pulses["line"], polarity)


def gates(trace: Trace, population: str, frame: int) -> np.ndarray:
    """Slots of the update phase for which each line of a population opens the gates of the devices behind it.

    0 everywhere for the output, behind which there are no devices, and in evaluation frames, in which the gates stay shut.
    """
    n_lines = trace.populations[population]
    if population == list(trace.populations)[-1] or not trace.frames["learn"][frame]:
        return np.zeros(n_lines, np.int64)
    return gate_widths(trace.pulses(population, "forward", frame), n_lines)


def choose_lines(
    trace: Trace, frame: int, wanted: Mapping[str, Sequence[int]] | None
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Lines of each population to show, and what to say about the choice.

    Parameters
    ----------
    wanted : mapping of population to lines, or None
        Of populations left out, all lines are taken if they are few; else those with pulses, evenly picked.

    Raises
    ------
    TraceError
        If there is no such population or line.
    """
    wanted = wanted or {}
    for population in wanted:
        if population not in trace.populations:
            raise TraceError(f"{trace.path}: no population {population!r}; populations are {', '.join(trace.populations)}")
    lines, remarks = {}, {}
    for population, n_lines in trace.populations.items():
        if population in wanted:
            lines[population] = _check_lines(trace, population, wanted[population])
            remarks[population] = f"{len(lines[population])} of {n_lines} lines"
            continue
        kinds = ("forward", "backward", "error")
        active = np.unique(np.concatenate([trace.pulses(population, kind, frame)["line"] for kind in kinds]))
        candidates = np.arange(n_lines) if n_lines <= MOST_ROWS else active
        lines[population] = evenly(candidates, MOST_ROWS)
        if len(candidates) == n_lines and n_lines <= MOST_ROWS:
            remarks[population] = f"all {n_lines} lines"
        elif len(lines[population]) < len(active):
            remarks[population] = f"{MOST_ROWS} of {len(active)} active lines,\nevenly picked"
        else:
            remarks[population] = f"all {len(active)} active lines"
    return lines, remarks


def _check_lines(trace: Trace, population: str, wanted: Sequence[int]) -> np.ndarray:
    lines = np.unique(np.asarray(wanted, dtype=np.int64))
    n_lines = trace.populations[population]
    if not len(lines) or lines[0] < 0 or lines[-1] >= n_lines:
        raise TraceError(
            f"{trace.path}: lines of {population}: {', '.join(map(str, wanted)) or 'none'}; choose from 0 to {n_lines - 1}"
        )
    return lines


def choose_pairs(programming: Pulses, pre: np.ndarray, post: np.ndarray, widths: np.ndarray) -> np.ndarray:
    """Device pairs to show: of those programmed between the given lines, from the least to the most programmed, evenly picked.

    Parameters
    ----------
    programming : Pulses
        Of one layer, as `Trace.programming_pulses` gives them.
    pre, post : int
        Lines before and after the layer.
    widths : int
        Slots for which each line before the layer opens its gates.

    Returns
    -------
    int, shape (pairs, 2)
        Lines before and after, those with the longest open gate first.
    """
    inside = np.isin(programming["pre"], pre) & np.isin(programming["post"], post)
    pairs, counts = np.unique(
        np.column_stack([programming["pre"][inside], programming["post"][inside]]), axis=0, return_counts=True
    )
    chosen = pairs[evenly(np.argsort(counts, kind="stable"), MOST_ROWS)]
    return chosen[np.lexsort([chosen[:, 1], chosen[:, 0], -widths[chosen[:, 0]]])]
