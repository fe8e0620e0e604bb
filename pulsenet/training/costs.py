"""How long a frame takes the hardware, and what it costs in energy.

Counted: the pulse clock, programming pulses of their own width, and the heat in the devices (V^2 G t); at a
gate C V^2, or a stated energy per pulse. Not counted: drivers, integrators, converters, lines, and the controller
that decides about a refresh.

Source: this project; the energy of one pulse is Ohm's law, at a gate
the charging of a capacitor from a source.
"""

from __future__ import annotations

import numpy as np

from pulsenet.describe.durations import phase_seconds, pulse_seconds, verifying_seconds
from pulsenet.describe.run import Run
from pulsenet.records import Chunk, ChunkResult


def frame_times(run: Run, chunk: Chunk, result: ChunkResult) -> dict[str, np.ndarray]:
    """Time that each frame takes, in seconds.

    An evaluation frame has neither backward nor update phases. A refresh takes the rows of an array one after another,
    and all columns of a row at the same time, see `pulsenet.seams.updates.row_by_row`.

    Returns
    -------
    dict of float arrays of shape (frames,)
        ``read_time``, ``error_time``, ``programming_time`` and ``refresh_time``.
    """
    return phase_times(run, chunk) | {"refresh_time": refresh_times(run, chunk, result)}


def phase_times(run: Run, chunk: Chunk) -> dict[str, np.ndarray]:
    """What of `frame_times` is known before the frames are run: all but ``refresh_time``."""
    learn, seconds = chunk.error_gain[:, -1] > 0, phase_seconds(run)
    times = {"read_time": np.full(chunk.n_frames, seconds["read"])}
    return times | {f"{part}_time": np.where(learn, seconds[part], 0.0) for part in ("error", "programming")}


def refresh_times(run: Run, chunk: Chunk, result: ChunkResult) -> np.ndarray:
    """Time that the refresh of each frame takes, in seconds; 0 where there is none."""
    lasts, update, width = np.zeros(chunk.n_frames), run.update, pulse_seconds(run)
    writes = update.kinds[0]
    written = width[writes] + verifying_seconds(run)[writes]
    erased = width["RESET" if writes == "SET" else "SET"]
    seconds = {"erasing": erased, "erasing_again": erased, "writing": written, "counting": written}
    refreshed = chunk.refresh > 0
    for pulses in result.rows.values():
        of_blocks = sum(update.of_blocks(number) * seconds[stage] for stage, number in pulses.items())
        lasts[refreshed] = np.maximum(lasts[refreshed], of_blocks.max(axis=-1))
    return lasts


def frame_energies(run: Run, chunk: Chunk, result: ChunkResult) -> dict[str, np.ndarray]:
    """Energy that each frame dissipates in the devices, in joule; what cannot be known is left out.

    Returns
    -------
    dict of float arrays of shape (frames,)
        ``read_energy`` and ``error_energy`` (forward and backward reading); ``programming_energy`` and
        ``refresh_energy`` where the run gives amplitudes of the pulses. A pulse, of a refresh too, counts with the mean
        of the conductances before and after it; a reading that verifies or counts, with that of its device after the
        pulse. Not counted are a refresh's other readings: of all devices, to decide, and those that end an erase.
    """
    tally, programming, width = result.tally, run.programming, pulse_seconds(run)
    if not run.record.energy:
        return {}

    def total(name: str) -> np.ndarray:
        return sum((sums[name].sum(axis=1) for sums in tally.values() if name in sums), 0.0)

    frames = len(tally["output"]["programming_pulses"])
    energies = {"read_energy": run.read.V_read * total("charge_through")}
    energies["error_energy"] = run.read.V_read * (total("backward_charge_through") + np.zeros(frames))
    fixed = {kind: programming.pulse_energy(kind) for kind in ("SET", "RESET")}
    volts = {"SET": programming.V_SET, "RESET": programming.V_RESET}
    heat = {kind: volts[kind] ** 2 * width[kind] for kind in volts if programming.terminals == 2 and volts[kind]}
    numbers = _programming_pulses(run, result), _refresh_pulses(run, chunk, result)
    verifying = run.read.V_read**2 * max(verifying_seconds(run).values()) * total("refresh_reading_conductance")
    for name, prefix, number, kinds, besides in (
        ("programming_energy", "", numbers[0], run.update.kinds, 0.0),
        ("refresh_energy", "refresh_", numbers[1], ("SET", "RESET") if run.update.refresh_period() else (), verifying),
    ):
        spent = np.zeros(frames) + besides
        for kind in kinds:
            if fixed[kind] is not None and kind in number:
                spent = spent + fixed[kind] * number[kind]
            elif fixed[kind] is None and kind in heat:
                spent = spent + heat[kind] * total(f"{prefix}{kind}_conductance")
            else:
                break
        else:
            energies[name] = spent
    return energies


def _programming_pulses(run: Run, result: ChunkResult) -> dict[str, np.ndarray]:
    """Pulses of each kind per frame; of methods with as many of both in every update, or one kind, only."""
    kinds = run.update.kinds
    if run.update.pulses_per_update != len(kinds):
        return {}
    pulses = sum(sums["programming_pulses"].sum(axis=1) for sums in result.tally.values())
    return {kind: pulses / len(kinds) for kind in kinds}


def _refresh_pulses(run: Run, chunk: Chunk, result: ChunkResult) -> dict[str, np.ndarray]:
    """Pulses of each kind per frame in refreshes."""
    numbers = {kind: np.zeros(chunk.n_frames) for kind in ("SET", "RESET")}
    for kinds in result.pulses.values():
        if "refresh" in kinds:
            frame = kinds["refresh"]["slot"] // run.schedule().frame_slots - chunk.first_frame
            for kind, number in numbers.items():
                np.add.at(number, frame, kinds["refresh"][kind])
    return numbers
