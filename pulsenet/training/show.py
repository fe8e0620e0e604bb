"""Text for people: the composed equations, the phase table, the pathway order, and estimates of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pulsenet.circuit.composition import Composition, compose
from pulsenet.describe.run import Run
from pulsenet.circuit.pathways import PATHWAY_ORDER
from pulsenet.text.quantities import from_si
from pulsenet.circuit.schedule import Schedule
from pulsenet.training.size import run_size
from pulsenet.training.costs import NOT_COUNTED
from pulsenet.trace import Trace

#: Parts of a frame whose time and energy are worked out.
COSTS = ("read", "error", "programming", "refresh")

if TYPE_CHECKING:
    from pulsenet.training.prepare import Prepared


def describe(composition: Composition) -> str:
    """All equations of a circuit as text."""
    parts = ["constants: " + ", ".join(f"{name} = {value}" for name, value in composition.constants.items())]
    parts += [function.cpp() for function in composition.functions]
    for population in composition.populations:
        parts.append(f"population {population.name}: {population.size} lines\n{_indent(population.model)}")
        parts.append(f"  once per {population.tick}:\n{_indent(population.code)}")
        parts += [
            f"  event {event}, each slot, if\n{_indent(condition)}" for event, condition in population.events.items()
        ]
        parts += [f"  on {event} of {population.name}:\n{_indent(code)}" for event, code in population.on_event.items()]
    for layer in composition.layers:
        parts.append(
            f"{layer.name}: {layer.source} -> {layer.target}, {layer.shape[0]} x {layer.shape[1]} device pairs"
        )
        parts.append(_indent(layer.model))
        parts += [
            f"  on {pathway.event} of {layer.source if pathway.side == 'pre' else layer.target}:\n{_indent(pathway.code)}"
            for pathway in layer.pathways
        ]
    return "\n".join(parts)


def phase_table(schedule: Schedule, slot: float) -> str:
    """The phase table of a frame, a line per phase."""
    lines = [f"{'phase':<12} {'slots':>11}  {'from':>10} {'to':>10}"]
    lines += [
        f"{phase.name:<12} {phase.start:>5}-{phase.stop - 1:<5}  {from_si(phase.start * slot, 's'):>10} {from_si(phase.stop * slot, 's'):>10}"
        for phase in schedule.phases
    ]
    return "\n".join([*lines, f"a frame is {schedule.frame_slots} slots, {from_si(schedule.frame_slots * slot, 's')}"])


def pathway_order() -> str:
    """In which order the pathways of one slot run."""
    return "within a slot: " + " -> ".join(sorted(PATHWAY_ORDER, key=PATHWAY_ORDER.get))


def dry_run(run: Run, engine: str) -> str:
    """What `pulsenet run --dry-run` prints: all that is known before the first frame.

    Raises
    ------
    DataError
        If the data cannot be found, or does not fit the network.
    """
    from pulsenet.engines.choose import choose
    from pulsenet.training.prepare import prepare

    prepared = prepare(run)
    chosen, why = choose(engine, prepared.circuit, prepared.plan.n_frames)
    calibration = prepared.calibration
    gains = [
        f"layer{layer}: read gain {read:.4g} ({from_si(unit, 'C')} at a preactivation of 1), {error:.4g} error pulses per unit of error"
        for layer, (read, unit, error) in enumerate(
            zip(calibration.read_gain, _charge_units(run, calibration.read_gain), calibration.error_gain, strict=True),
            start=1,
        )
    ]
    return "\n\n".join(
        [
            describe(compose(prepared.circuit)),
            phase_table(prepared.circuit.schedule, prepared.circuit.slot),
            pathway_order(),
            "\n".join(gains),
            f"engine {chosen}: {why}",
            estimate(prepared, chosen),
        ]
    )


def _charge_units(run: Run, read_gain):
    return run.read.V_read * run.time.slot * run.time.n_slots * (run.device.G_max - run.device.G_min) / read_gain


def estimate(prepared: Prepared, engine: str) -> str:
    """Size and duration of a run, roughly: from the number of lines and device pairs, at the speed of a desktop computer."""
    circuit, n_frames = prepared.circuit, prepared.plan.n_frames
    pairs = sum(n_in * n_out for n_in, n_out in circuit.layers.values())
    lines = sum(circuit.populations.values())
    slots = n_frames * circuit.schedule.frame_slots
    per_slot = {"standalone": 0.3e-6, "cython": 150e-6, "numpy": 400e-6}[engine]
    seconds = n_frames * (2e-9 * pairs + 5e-9 * lines) + slots * per_slot
    size, hardware = run_size(prepared), from_si(slots * circuit.slot, "s")
    return (
        f"{n_frames} frames, {slots} slots ({hardware} of hardware time), {pairs} device pairs:"
        f" about {seconds:.0f} s of simulation, {from_si(size.trace, 'B')} of trace, and {from_si(size.peak, 'B')} of disk while it runs"
    )


def inspection(trace: Trace) -> str:
    """What `pulsenet inspect` prints about a trace."""
    frames, sizes = trace.frames, " - ".join(f"{name} {lines}" for name, lines in trace.populations.items())
    done = len(frames["label"])
    lines = [
        f"{'complete' if trace.complete else 'unfinished'} trace of {done} frames of {trace.schedule.frame_slots} slots of {from_si(trace.slot, 's')}",
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
            + (f"; {' and '.join(missing)} unknown, for want of [programming] V_SET, V_RESET" if missing else "")
        )
    return [*lines, f"not counted: {NOT_COUNTED}"]


def _indent(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.strip().splitlines() if line.strip())
