"""Programming pulses, rebuilt from what was on the wires: open gates of the input lines, error pulses of the neurons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pulsenet.errors import TraceError
from pulsenet.text.expressions import evaluate
from pulsenet.records import Pulses
from pulsenet.seams.rules import RULES, AdaptiveBP, LearningRule

if TYPE_CHECKING:
    from pulsenet.trace.reader import Trace


def gate_widths(forward: Pulses, n_lines: int) -> np.ndarray:
    """Slots for which each line's gate is open in the update phase.

    Parameters
    ----------
    forward : Pulses
        Forward pulses of one frame; with ``width`` they are of the width or latency code, else a line's value is its number
        of pulses.
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


def open_gates(
    rule: type[LearningRule], values: dict[str, float], widths: np.ndarray, error: Pulses, update_start: int
) -> np.ndarray:
    """Which input lines' gates are open at each error pulse.

    Parameters
    ----------
    rule : subclass of LearningRule
    values : dict of float
        Values of ``n_slots`` and of the rule's parameters, by name.
    widths : int, shape (n_lines,), slots
    error : Pulses
    update_start : int

    Returns
    -------
    bool, shape (error pulses, n_lines)

    Raises
    ------
    TraceError
        If the rule's gates depend on what device pairs remember, which the pulses do not tell.
    """
    if rule.memory:
        raise TraceError(
            f"the learning rule {rule.model_fields['rule'].default!r} programs by what device pairs remember"
            f" ({', '.join(rule.memory)}), which its pulses do not tell; take the conductances of two snapshots instead"
        )
    slot = error["slot"][:, None]
    known = {"forward_slots_pre": widths[None, :], "update_slot": slot - update_start, "pulse": slot}
    lines = {"i": np.arange(len(widths))[None, :]}
    return np.broadcast_to(evaluate(rule.gate, known | lines | values), (len(slot), len(widths)))


def programming_pulses(is_open: np.ndarray, error: Pulses, update_start: int) -> Pulses:
    """Every meeting of an error pulse with an open gate.

    Parameters
    ----------
    is_open : bool, shape (error pulses, n_lines)
        From `open_gates`.
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
    >>> programming_pulses(np.array([[False, False, True]]), error, update_start=100)["pre"]
    array([2], dtype=int32)
    """
    elapsed = error["slot"] - update_start
    if (elapsed < 0).any():
        raise TraceError(
            f"error pulse in slot {error['slot'][0]}, before the update phase (slot {update_start}): "
            "the recorded pulses contradict the phase table; do not use this trace"
        )
    event, pre = np.nonzero(is_open)
    return {
        "slot": error["slot"][event],
        "pre": pre.astype(np.int32),
        "post": error["line"][event],
        "polarity": error["polarity"][event],
    }


def rule_of(configuration: dict) -> tuple[type[LearningRule], dict[str, dict[str, float]]]:
    """The learning rule of a run, and the values of its pair parameters by layer, from the run's configuration."""
    name = configuration.get("rule", {}).get("rule", "adaptive-bp")
    rule = next((rule for rule in RULES if rule.model_fields["rule"].default == name), AdaptiveBP)
    if not rule.uses_chance():
        return rule, {}
    from pulsenet.describe.run import Run

    run = Run.model_validate({key: value for key, value in configuration.items() if key != "calibrated"})
    return rule, run.rule.pair_values(run)


def rebuild(trace: Trace, frame: int) -> dict[str, Pulses]:
    """Programming pulses of a recorded frame, by layer, as `pulsenet.Trace.programming_pulses` returns them."""
    schedule, names = trace.schedule, list(trace.populations)
    update_start = frame * schedule.frame_slots + schedule.update_start
    rule, values = rule_of(trace.configuration)
    rebuilt = {}
    for layer, before, after in zip(trace.layers, names, names[1:], strict=False):
        widths = gate_widths(trace.pulses(before, "forward", frame), trace.populations[before])
        error = trace.pulses(after, "error", frame)
        gates = open_gates(rule, values.get(layer, {}) | {"n_slots": schedule.n_slots}, widths, error, update_start)
        rebuilt[layer] = programming_pulses(gates, error, update_start)
    return rebuilt
