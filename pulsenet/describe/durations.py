"""How long the parts of a frame last in hardware: what follows from a description alone.

The phases of reading last as long as the pulse clock says; a slot of the update phase, as long as the widest
programming pulse that may come in it.

Source: this project.
"""

from __future__ import annotations

from pulsenet.describe.run import Run

NOT_COUNTED = "drivers, integrators, converters, lines and control"


def pulse_seconds(run: Run) -> dict[str, float]:
    """Duration of a SET and of a RESET pulse; a slot, where none is given."""
    given = {"SET": run.programming.t_SET, "RESET": run.programming.t_RESET}
    return {kind: run.time.slot if width is None else width for kind, width in given.items()}


def verifying_seconds(run: Run) -> dict[str, float]:
    """Duration of the one-slot reading after each SET and RESET pulse of a refresh that verifies or recounts."""
    written = run.update.kinds[0] if run.update.verifies or run.update.recounts else None
    return {kind: run.time.slot if kind == written else 0.0 for kind in ("SET", "RESET")}


def update_seconds(run: Run) -> float:
    """Duration of the update phase: each of its slots lasts as long as the widest pulse that may come in it.

    The devices of a pair are driven at the same time, so a slot with a SET and a RESET lasts as long as the longer one.
    """
    widest = max(run.time.slot, *(pulse_seconds(run)[kind] for kind in run.update.kinds))
    return run.time.n_slots * widest + run.time.guard_slots * run.time.slot


def phase_seconds(run: Run) -> dict[str, float]:
    """Duration of all forward, all backward phases, and of the update phase, of a training frame, in seconds."""
    schedule = run.schedule()
    phase = schedule.phase_slots * run.time.slot
    return {
        "read": schedule.n_layers * phase,
        "error": (schedule.n_layers - 1) * phase,
        "programming": update_seconds(run),
    }


def frame_seconds(run: Run) -> float:
    """Duration of a training frame without a refresh, in seconds."""
    return sum(phase_seconds(run).values())
