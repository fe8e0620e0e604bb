"""Replay of a trace: conductances after any frame, from a snapshot and the recorded pulses, without a simulator.

What a pulse does is read from the composed equations of the run (`pulsenet.circuit.pathways`), with the run's own
parameters, so every response law, update method, learning rule and kind of variation replays. Compiled engines and
NumPy agree to the bit where a law needs only arithmetic, else to the last digit or two of an exponential.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pulsenet.errors import TraceError
from pulsenet.records import Conductances
from pulsenet.replay.machine import Machine
from pulsenet.trace.reader import Trace


def replay(trace: Trace, frames: int | slice | Sequence[int]) -> Conductances:
    """Conductances after any frame, recomputed from the nearest snapshot before it and the pulses since.

    Parameters
    ----------
    trace : Trace
        Of a run of this version of the equations, in which the pulses of the training frames in between were recorded.
    frames : int, slice or sequence of int
        Numbers of frames; -1 is before the first, as in ``trace.snapshots``.

    Returns
    -------
    dict of (G_plus, G_minus) by layer
        float64, shape (n_in, n_out), siemens; with a further first axis for several frames.

    Raises
    ------
    TraceError
        If there is no such frame, pulses that it takes were not recorded, or the run was one of other equations.

    Notes
    -----
    Where pairs remember more than their conductances (drift: when they were programmed last), all pulses from the start
    of the run are needed, since snapshots do not hold that.

    Source: this project.

    Examples
    --------
    >>> with Trace("results/digits") as trace:                              # doctest: +SKIP
    ...     G_plus, G_minus = replay(trace, range(10, 20))["layer1"]
    """
    single = not isinstance(frames, slice | Sequence | np.ndarray)
    wanted = _wanted(trace, [frames] if single else frames)
    kept: dict[int, Conductances] = {}
    machine = Machine(trace)
    for frame in sorted(set(wanted)):
        machine.reach(frame)
        kept[frame] = machine.conductance()
    if single:
        return kept[wanted[0]]
    return {
        layer: tuple(np.array([kept[frame][layer][side] for frame in wanted]) for side in (0, 1))
        for layer in trace.layers
    }


def check_replay(trace: Trace) -> dict[int, float]:
    """Replay from each snapshot to the next, and compare.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    dict of float by frame
        For each snapshot that can be reached (the frame after which it was taken): the largest difference of any
        conductance from the replay, relative to it.

    Raises
    ------
    TraceError
        If no snapshot can be reached, or the run was one of other equations.

    Examples
    --------
    >>> with Trace("results/digits") as trace:                              # doctest: +SKIP
    ...     max(check_replay(trace).values())
    2.1e-16
    """
    machine, taken = Machine(trace), [int(frame) for frame in trace.snapshots[:]]
    found: dict[int, float] = {}
    for row, (before, after) in enumerate(zip(taken, taken[1:], strict=False)):
        if machine.first_missing(before, after) is not None:
            if machine.memory:
                break
            continue
        machine.load(row)
        machine.advance(after)
        found[after] = max(
            _difference(G, recorded)
            for layer, pair in machine.conductance().items()
            for G, recorded in zip(pair, trace.conductance(layer, row + 1), strict=True)
        )
    if not found:
        raise TraceError(
            f"{trace.path}: no two snapshots with all pulses of training between them; run again with record.pulses = "
            "'all'"
        )
    return found


def _difference(G: np.ndarray, recorded: np.ndarray) -> float:
    """Largest relative difference; two zeros are equal."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.max(np.where(G == recorded, 0.0, np.abs(G - recorded) / np.abs(recorded))))


def _wanted(trace: Trace, frames: slice | Sequence[int]) -> list[int]:
    """Numbers of frames, checked."""
    numbers = range(trace.n_frames)[frames] if isinstance(frames, slice) else frames
    for frame in numbers:
        if not isinstance(frame, int | np.integer) or not -1 <= frame < trace.n_frames:
            raise TraceError(
                f"{trace.path}: no frame {frame}; choose from -1 (before the first) to {trace.n_frames - 1}"
            )
    return [int(frame) for frame in numbers]
