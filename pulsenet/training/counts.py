"""Counting pulses: how many of each kind a frame had."""

from __future__ import annotations

import numpy as np

from pulsenet.circuit.circuit import Circuit
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
    counts["programming_pulses"] = sum(
        np.rint(sums["programming_pulses"].sum(axis=1)).astype(np.int64) for sums in result.tally.values()
    )
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
