"""What a trace holds, in a few lines of text."""

from __future__ import annotations

import numpy as np

from pulsenet.describe.durations import NOT_COUNTED
from pulsenet.text.quantities import from_si
from pulsenet.trace.reader import Trace

#: Parts of a frame whose time and energy are worked out.
COSTS = ("read", "error", "programming", "refresh")


def inspection(trace: Trace) -> str:
    """What `pulsenet inspect` prints about a trace."""
    frames, sizes = trace.frames, " - ".join(f"{name} {lines}" for name, lines in trace.populations.items())
    done = len(frames["label"])
    lines = [
        f"{'complete' if trace.complete else 'unfinished'} trace of {done} frames of {trace.schedule.frame_slots} "
        f"slots of {from_si(trace.slot, 's')}",
        f"lines: {sizes}",
        "device: " + ", ".join(f"{key} = {value}" for key, value in trace.configuration["device"].items()),
        "update: " + ", ".join(f"{key} = {value}" for key, value in trace.configuration["update"].items()),
    ]
    for epoch, accuracy in zip(trace.evaluation["epoch"][:], trace.evaluation["accuracy"][:], strict=True):
        lines.append(f"epoch {epoch}: test accuracy {accuracy:.2%}")
    for column in ("forward_pulses", "backward_pulses", "error_pulses", "programming_pulses", "refresh_pulses"):
        if done and column in frames:
            lines.append(f"{column.replace('_', ' ')} per frame: {float(frames[column][:].mean()):.1f}")
    return "\n".join([*lines, *costs(trace)])


def costs(trace: Trace) -> list[str]:
    """Time and energy of training, per frame and per epoch, and what is not counted: a line each."""
    frames = trace.frames
    learn = frames["learn"][:]
    if not learn.any() or "read_time" not in frames:
        return []
    epochs, lines = len(np.unique(frames["epoch"][:][learn])), []
    for what, symbol in (("time", "s"), ("energy", "J")):
        parts = {part: frames[f"{part}_{what}"][:][learn] for part in COSTS if f"{part}_{what}" in frames}
        if not parts:
            continue
        total = sum(values.sum() for values in parts.values())
        shares = ", ".join(f"{part} {from_si(values.mean(), symbol)}" for part, values in parts.items())
        missing = [part for part in COSTS if part not in parts and what == "energy"]
        lines.append(
            f"{what} of a training frame: {from_si(total / learn.sum(), symbol)} ({shares}); of an epoch's training:"
            f" {from_si(total / epochs, symbol)}"
            + (f"; {' and '.join(missing)} unknown, for want of [programming] {_wanted(trace)}" if missing else "")
        )
    return [*lines, f"not counted: {NOT_COUNTED}"]


def _wanted(trace: Trace) -> str:
    """Keys of [programming] that the energy of its pulses needs."""
    gated = trace.configuration.get("programming", {}).get("terminals") == 3
    return "C_gate, or energy_SET, energy_RESET: pulses are at a gate" if gated else "V_SET, V_RESET"
