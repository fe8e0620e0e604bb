"""Pulses on lines: how a value becomes pulses, and how neurons turn charge into values."""

from __future__ import annotations

from math import ceil, floor


def pulses_of(code: str, value: int, n_slots: int) -> dict[int, int]:
    """Slots of a phase in which a line's pulses arrive, and for how many slots of current each stands."""
    if value == 0:
        return {}
    if code == "width":
        return {value: value}
    if code == "latency":
        return {n_slots: value}
    return {ceil(m * n_slots / value) - 1: 1 for m in range(1, value + 1)}


def output(activation: str, v: float) -> float:
    """Output in [0, 1] of a preactivation."""
    return min(max(v + (0.5 if activation == "hard-sigmoid" else 0.0), 0.0), 1.0)


def on_slope(activation: str, v: float) -> bool:
    """Whether the output changes with the preactivation."""
    rest = 0.5 if activation == "hard-sigmoid" else 0.0
    return -rest < v < 1 - rest


def rounded(n_slots: int, share: float) -> int:
    """Whole slots of a share of a phase."""
    return floor(n_slots * share + 0.5)
