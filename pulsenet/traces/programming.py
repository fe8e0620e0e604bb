"""Programming pulses, rebuilt from what was on the wires: open gates of the input lines, error pulses of the neurons."""

from __future__ import annotations

import numpy as np

from pulsenet.errors import TraceError
from pulsenet.records import Pulses


def gate_widths(forward: Pulses, n_lines: int) -> np.ndarray:
    """Slots for which each line's gate is open in the update phase.

    Parameters
    ----------
    forward : Pulses
        Forward pulses of one frame; with ``width`` they are of the width code, else of the count code, in which a line's
        value is its number of pulses.
    n_lines : int

    Returns
    -------
    int64, shape (n_lines,), slots

    Examples
    --------
    >>> gate_widths({"slot": np.array([0, 3]), "line": np.array([2, 0]), "width": np.array([4, 1])}, 3)
    array([1, 0, 4])
    >>> gate_widths({"slot": np.array([0, 3, 3]), "line": np.array([2, 0, 2])}, 3)
    array([1, 0, 2])
    """
    widths = np.zeros(n_lines, np.int64)
    np.add.at(widths, forward["line"], forward["width"].astype(np.int64) if "width" in forward else 1)
    return widths


def programming_pulses(widths: np.ndarray, error: Pulses, update_start: int) -> Pulses:
    """Every meeting of an error pulse with an open gate.

    Parameters
    ----------
    widths : int, shape (n_lines,), slots
        Slots for which the gate of each input line is open, counted from the start of the update phase.
    error : Pulses
        Error pulses of the neurons, in the same frame.
    update_start : int
        Slot, from the start of the run, at which the frame's update phase starts.

    Returns
    -------
    Pulses
        ``slot`` (from the start of the run), ``pre`` (input line), ``post`` (neuron) and ``polarity`` (-1 or 1), sorted by
        slot, then neuron, then line.

    Raises
    ------
    TraceError
        If an error pulse comes before the update phase.

    Examples
    --------
    >>> error = {"slot": np.array([101]), "line": np.array([7]), "polarity": np.array([-1])}
    >>> programming_pulses(np.array([1, 0, 4]), error, update_start=100)["pre"]
    array([2], dtype=int32)
    """
    elapsed = error["slot"] - update_start
    if (elapsed < 0).any():
        raise TraceError(
            f"error pulse in slot {error['slot'][0]}, before the update phase (slot {update_start}): "
            "the recorded pulses contradict the phase table; do not use this trace"
        )
    event, pre = np.nonzero(widths[None, :] > elapsed[:, None])
    return {
        "slot": error["slot"][event],
        "pre": pre.astype(np.int32),
        "post": error["line"][event],
        "polarity": error["polarity"][event],
    }
