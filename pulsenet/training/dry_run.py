"""What is known of a run before its first frame, as text for people: equations, phases, gains, estimates."""

from __future__ import annotations

from pulsenet.circuit.pathways import ORDER
from pulsenet.circuit.schedule import Schedule
from pulsenet.describe.run import Run
from pulsenet.engines.choose import choose
from pulsenet.text.quantities import from_si
from pulsenet.training.calibrate import charge_units
from pulsenet.training.prepare import Prepared, prepare
from pulsenet.training.size import run_size


def phase_table(schedule: Schedule, slot: float) -> str:
    """The phase table of a frame, a line per phase."""
    lines = [f"{'phase':<12} {'slots':>11}  {'from':>10} {'to':>10}"]
    lines += [
        f"{phase.name:<12} {phase.start:>5}-{phase.stop - 1:<5}  {from_si(phase.start * slot, 's'):>10} "
        f"{from_si(phase.stop * slot, 's'):>10}"
        for phase in schedule.phases
    ]
    return "\n".join([*lines, f"a frame is {schedule.frame_slots} slots, {from_si(schedule.frame_slots * slot, 's')}"])


def pathway_order(run: Run) -> str:
    """In which order the pathways of one slot run."""
    of_effects = [effect.event for effect in run.variation.effects if effect.event]
    return "within a slot: " + " -> ".join([*ORDER, *of_effects])


def dry_run(run: Run, engine: str) -> str:
    """What `pulsenet run --dry-run` prints: all that is known before the first frame.

    Raises
    ------
    DataError
        If the data cannot be found, or does not fit the network.
    """
    prepared = prepare(run)
    chosen, why = choose(engine, prepared.composition, prepared.plan.n_frames)
    calibration = prepared.calibration
    gains = [
        f"layer{layer}: read gain {read:.4g} ({from_si(unit, 'C')} at a preactivation of 1), {error:.4g} error pulses "
        "per unit of error"
        for layer, (read, unit, error) in enumerate(
            zip(calibration.read_gain, charge_units(run, calibration.read_gain), calibration.error_gain, strict=True),
            start=1,
        )
    ]
    told = [effect.told_of(prepared.setting) for effect in prepared.circuit.effects]
    return "\n\n".join(
        [
            str(prepared.composition),
            phase_table(prepared.circuit.schedule, prepared.circuit.slot),
            pathway_order(run),
            "\n".join([*gains, *filter(None, told)]),
            f"engine {chosen}: {why}",
            estimate(prepared, chosen),
        ]
    )


def estimate(prepared: Prepared, engine: str) -> str:
    """Size and duration of a run, roughly: from its numbers of lines and device pairs, on a desktop computer."""
    circuit, n_frames = prepared.circuit, prepared.plan.n_frames
    pairs = sum(n_in * n_out for n_in, n_out in circuit.layers.values())
    lines = sum(circuit.populations.values())
    slots = n_frames * circuit.schedule.frame_slots
    per_slot = {"standalone": 0.3e-6, "cython": 150e-6, "numpy": 400e-6}[engine]
    seconds = n_frames * (2e-9 * pairs + 5e-9 * lines) + slots * per_slot
    size, hardware = run_size(prepared), from_si(slots * circuit.slot, "s")
    return (
        f"{n_frames} frames, {slots} slots ({hardware} of hardware time), {pairs} device pairs:"
        f" about {seconds:.0f} s of simulation, {from_si(size.trace, 'B')} of trace, and {from_si(size.peak, 'B')} of "
        "disk while it runs"
    )
