"""From pulses to what is seen on a wire: when a line is high, and the edges in between."""

from __future__ import annotations

import numpy as np

from pulsenet.records import Pulses
from pulsenet.trace.reader import Trace

#: Kinds of pulses that have a polarity.
SIGNED = ("backward", "error")


def kinds_of(trace: Trace, population: str, frames: range) -> dict[str, int]:
    """Kinds of pulses that a population can send, with the number of lines that can send them.

    All but the last population send forward pulses; all but the first, whose neurons can err, send error pulses, and
    backward pulses if there is a layer before that is read backward. A bias line does not err. A refresh is one only if
    there was one in these frames.
    """
    number = list(trace.populations).index(population)
    kinds = {}
    if number < len(trace.populations) - 1:
        kinds["forward"] = trace.populations[population]
    if number > 0:
        neurons = list(trace.layers.values())[number - 1][1]
        kinds |= {"error": neurons} | ({"backward": neurons} if number > 1 else {})
        if len(pulses_of(trace, population, "refresh", frames)["slot"]):
            kinds["refresh"] = neurons
    return kinds


def pulses_of(trace: Trace, population: str, kind: str, frames: range) -> Pulses:
    """Pulses of successive frames; a refresh without SET and RESET pulses is none."""
    pulses = trace.pulses(population, kind, slice(frames.start, frames.stop))
    if "SET" in pulses and "RESET" in pulses:
        pulses = only(pulses, (pulses["SET"] > 0) | (pulses["RESET"] > 0))
    return pulses


def only(pulses: Pulses, chosen: np.ndarray) -> Pulses:
    """The pulses for which ``chosen`` is true."""
    return {name: values[chosen] for name, values in pulses.items()}


def high(pulses: Pulses) -> tuple[np.ndarray, np.ndarray]:
    """When each pulse is high: its first slot, and the slot after its last.

    With a width, the slot of a pulse is that of its trailing edge; without, the pulse is high during its slot.

    Returns
    -------
    start, stop : int64, slots, half open

    Examples
    --------
    >>> high({"slot": np.array([5]), "line": np.array([0]), "width": np.array([5], "uint16")})
    (array([0]), array([5]))
    >>> high({"slot": np.array([5]), "line": np.array([0])})
    (array([5]), array([6]))
    """
    slot = pulses["slot"].astype(np.int64)
    if "width" in pulses:
        return slot - pulses["width"].astype(np.int64), slot
    return slot, slot + 1


def edges(start: np.ndarray, stop: np.ndarray, line: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Edges of lines that are high from ``start`` to ``stop``; where one pulse begins as another ends, there is none.

    Returns
    -------
    slot, line, level : int64
        Sorted by slot, then line; the level after the edge is 1 or 0.

    Examples
    --------
    >>> edges(np.array([0, 3, 0]), np.array([3, 4, 2]), np.array([7, 7, 8]))
    (array([0, 0, 2, 4]), array([7, 8, 8, 7]), array([1, 1, 0, 0]))
    """
    slot, line = np.concatenate([start, stop]), np.concatenate([line, line]).astype(np.int64)
    step = np.repeat([1, -1], len(start))
    order = np.lexsort([line, slot])
    slot, line, step = slot[order], line[order], step[order]
    if len(slot):
        first = np.flatnonzero(np.concatenate([[True], (np.diff(slot) != 0) | (np.diff(line) != 0)]))
        slot, line, step = slot[first], line[first], np.add.reduceat(step, first)
    changes = step != 0
    return slot[changes], line[changes], (step[changes] > 0).astype(np.int64)


def line_values(forward: Pulses, n_lines: int) -> np.ndarray:
    """Slots that each line's value is long.

    Parameters
    ----------
    forward : Pulses
        Forward pulses of one frame; with ``width`` they are of the width or latency code, else a line's value is its
        number of pulses.
    n_lines : int

    Returns
    -------
    int64, shape (n_lines,), slots

    Examples
    --------
    >>> line_values({"slot": np.array([0, 3]), "line": np.array([2, 0]), "width": np.array([4, 1])}, 3)
    array([1, 0, 4])
    >>> line_values({"slot": np.array([0, 3, 3]), "line": np.array([2, 0, 2])}, 3)
    array([1, 0, 2])
    """
    values = np.zeros(n_lines, np.int64)
    np.add.at(values, forward["line"], forward["width"].astype(np.int64) if "width" in forward else 1)
    return values
