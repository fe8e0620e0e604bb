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
    none = np.zeros(chunk.n_frames, np.int64)
    counts = {
        f"{kind}_pulses": sum((kinds[kind] for kinds in result.counts.values() if kind in kinds), none)
        for kind in ("forward", "backward", "error")
    }
    counts["programming_pulses"] = sum(
        np.rint(sums["programming_pulses"].sum(axis=1)).astype(np.int64) for sums in result.tally.values()
    )
    refreshes = [kinds["refresh"] for kinds in result.pulses.values() if "refresh" in kinds]
    counts["refresh_pulses"] = sum((_refresh_pulses(circuit, chunk, refresh) for refresh in refreshes), none)
    return counts


def _refresh_pulses(circuit: Circuit, chunk: Chunk, refresh: Pulses) -> np.ndarray:
    frame = refresh["slot"] // circuit.schedule.frame_slots - chunk.first_frame
    return np.bincount(frame, refresh["SET"] + refresh["RESET"], minlength=chunk.n_frames).astype(np.int64)
