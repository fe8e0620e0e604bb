"""Every assumption of an assessment, one line each."""

from __future__ import annotations

from pulsenet.assess.findings import Findings
from pulsenet.assess.standard import NO_NOISE
from pulsenet.assess.typeset import quantity
from pulsenet.describe.durations import NOT_COUNTED
from pulsenet.fitting.solution import Solution
from pulsenet.seams.effects import EFFECTS
from pulsenet.study.budget import IDEAL_LEVELS, IDEAL_SLOTS


def assumptions(fit: Solution, found: Findings) -> list[str]:
    """What the report rests on: about the curve, the device, the circuit, the training, the budget, time and energy."""
    return [
        *(f"Of the curve: {note}." for note in (*fit.curves.notes, *fit.notes)),
        *_of_the_device(found),
        *_of_the_circuit(found),
        *_of_the_training(found),
        f"Budget: ideal is this project's choice ({IDEAL_LEVELS} levels, linear, RESET like SET, no variation, "
        f"{IDEAL_SLOTS} slots). "
        f"Noise is made ideal by a strength of {NO_NOISE:g}, which changes no bit of a conductance, so that runs share "
        "one program.",
        *_of_time_and_energy(found),
    ]


def _of_the_device(found: Findings) -> list[str]:
    acting = found.run.variation.effects
    known = ", ".join(f"{effect.title} of {effect.told()}" for effect in acting) or "none"
    unknown = ", ".join(effect.title for effect in EFFECTS if effect.title not in {one.title for one in acting})
    return [
        "Device: all pulses are identical to those of the curve, and what a pulse does depends on the present "
        "conductance "
        "alone: not on history, temperature, or the time since the last pulse. Conductances end at the fitted G_min "
        "and "
        "G_max.",
        f"Device: variation as far as the curve tells it: {known}. Not in the curve, and taken to be absent: "
        f"{unknown}. "
        "Retention and endurance are unlimited.",
    ]


def _of_the_circuit(found: Findings) -> list[str]:
    run = found.run
    return [
        "Circuit: a weight is a pair of devices, G+ - G-. Unidirectional updating gives SET pulses only, to one or the "
        "other, and "
        f"every {run.update.refresh_every} frames pairs that are nearly used up are erased and their difference is "
        "written again, by "
        "the fitted law. Bidirectional updating moves both devices of a pair in opposite directions.",
        f"Circuit: signals are pulses of whole slots of {quantity(run.time.slot, 's')}, {run.time.n_slots} in a phase; "
        "reading at "
        f"{quantity(run.read.V_read, 'V')} is linear (Ohm's law), disturbs nothing, and knows no line resistance, "
        "sneak paths or converters.",
        "Circuit: neurons are ideal: clipped-linear hidden neurons, hard-sigmoid output neurons, without offset or "
        "noise; their gain "
        "is calibrated from the first training samples.",
    ]


def _of_the_training(found: Findings) -> list[str]:
    return [
        f"Training: adaptive back-propagation by pulses, {found.run.training.epochs} epochs; gains are this project's "
        "defaults, not "
        "tuned to this device. Software learns from the same samples in the same order, with learning rates of its "
        "own.",
        "Accuracy: after the last epoch, on test samples that were used for nothing else. A seed stands for initial "
        "weights, the "
        "order of the samples, and all noise.",
    ]


def _of_time_and_energy(found: Findings) -> list[str]:
    programming = found.run.programming
    if programming.V_SET is None:
        pulses = (
            "the amplitudes of programming pulses are not known, so their energy is not counted, "
            "and each lasts one slot"
        )
    else:
        pulses = (
            f"SET pulses of {quantity(programming.V_SET, 'V')} and {quantity(programming.t_SET, 's')}, RESET pulses of "
            f"{quantity(programming.V_RESET, 'V')} and {quantity(programming.t_RESET, 's')}, as given"
        )
    return [
        f"Time and energy: {pulses}. A slot of the update phase lasts as long as the longest pulse in it. "
        "A refresh takes rows one after another, and all columns of a row at the same time. Energy is "
        "V²Gt of every "
        f"device that a pulse reads or programs; {NOT_COUNTED} are not counted."
    ]
