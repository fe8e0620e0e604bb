"""Counting pulses: how many of each kind a frame had."""

from __future__ import annotations

import numpy as np

from pulsenet.network import Circuit
from pulsenet.records import Chunk, ChunkResult, Pulses


def pulse_counts(circuit: Circuit, chunk: Chunk, result: ChunkResult) -> dict[str, np.ndarray]:
    """Pulses per frame, summed over lines or devices.

    Returns
    -------
    dict of int64 arrays of shape (frames,)
        ``forward_pulses`` and ``backward_pulses`` (reading), ``error_pulses``, ``programming_pulses`` (at the devices;
        refresh not counted) and ``refresh_pulses`` (SET and RESET pulses of refreshes).
    """
    counts = {
        f"{kind}_pulses": sum(
            (_per_frame(circuit, chunk, kinds[kind]) for kinds in result.pulses.values() if kind in kinds),
            np.zeros(chunk.n_frames, np.int64),
        )
        for kind in ("forward", "backward", "error")
    }
    counts["programming_pulses"] = sum(_programming(circuit, chunk, result, layer) for layer in range(circuit.n_layers))
    counts["refresh_pulses"] = sum(
        (
            _per_frame(circuit, chunk, kinds["refresh"], kinds["refresh"]["SET"] + kinds["refresh"]["RESET"])
            for kinds in result.pulses.values()
            if "refresh" in kinds
        ),
        np.zeros(chunk.n_frames, np.int64),
    )
    return counts


def _frame(circuit: Circuit, chunk: Chunk, pulses: Pulses) -> np.ndarray:
    return pulses["slot"] // circuit.schedule.frame_slots - chunk.first_frame


def _per_frame(circuit: Circuit, chunk: Chunk, pulses: Pulses, weight: np.ndarray | None = None) -> np.ndarray:
    return np.bincount(_frame(circuit, chunk, pulses), weight, minlength=chunk.n_frames).astype(np.int64)


def _programming(circuit: Circuit, chunk: Chunk, result: ChunkResult, layer: int) -> np.ndarray:
    """Programming pulses of one weight layer: in each slot, open gates times error pulses."""
    n_slots, names = circuit.schedule.n_slots, circuit.population_names
    shape = (chunk.n_frames, n_slots)
    error = result.pulses[names[layer + 1]]["error"]
    update_slot = error["slot"] % circuit.schedule.frame_slots - circuit.schedule.update_start
    fired = np.bincount(_frame(circuit, chunk, error) * n_slots + update_slot, minlength=chunk.n_frames * n_slots)
    open_gates = _open_gates(circuit, chunk, result.pulses[names[layer]]["forward"], circuit.populations[names[layer]])
    return np.sum(fired.reshape(shape) * open_gates, axis=1) * circuit.method.pulses_per_update


def _open_gates(circuit: Circuit, chunk: Chunk, forward: Pulses, n_lines: int) -> np.ndarray:
    """Number of lines whose gate is open, by frame and slot of the update phase."""
    n_slots = circuit.schedule.n_slots
    frame = _frame(circuit, chunk, forward)
    if "width" in forward:
        width = forward["width"]
    else:  # a count code: the number of a line's pulses is its value
        values = np.bincount(frame * n_lines + forward["line"], minlength=chunk.n_frames * n_lines)
        frame, width = np.repeat(np.arange(chunk.n_frames), n_lines), values
    by_width = np.bincount(frame * (n_slots + 1) + width, minlength=chunk.n_frames * (n_slots + 1))
    longer = by_width.reshape(chunk.n_frames, n_slots + 1)[:, ::-1].cumsum(axis=1)[:, ::-1]
    return longer[:, 1:]
