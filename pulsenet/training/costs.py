"""How long a frame takes the hardware, and what it costs in energy.

Counted: the pulse clock, programming pulses of their own width, and the heat in the devices (V^2 G t). Not counted:
drivers, integrators, converters, lines, and the controller that decides about a refresh.

Source: this project; the energy of one pulse is Ohm's law.
"""

from __future__ import annotations

import numpy as np

from pulsenet.describe.durations import phase_seconds, pulse_seconds, verifying_seconds
from pulsenet.describe.run import Run
from pulsenet.records import Chunk, ChunkResult


def frame_times(run: Run, chunk: Chunk, result: ChunkResult) -> dict[str, np.ndarray]:
    """Time that each frame takes, in seconds.

    An evaluation frame has neither backward nor update phases. In a refresh, the neurons work in parallel, each on one
    device at a time.

    Returns
    -------
    dict of float arrays of shape (frames,)
        ``read_time``, ``error_time``, ``programming_time`` and ``refresh_time``.
    """
    learn = chunk.error_gain[:, -1] > 0
    seconds, width = phase_seconds(run), pulse_seconds(run)
    times = {"read_time": np.full(chunk.n_frames, seconds["read"])}
    times |= {f"{part}_time": np.where(learn, seconds[part], 0.0) for part in ("error", "programming")}
    times["refresh_time"] = np.zeros(chunk.n_frames)
    reading = verifying_seconds(run)
    frame_slots = run.schedule().frame_slots
    for kinds in result.pulses.values():
        refresh = kinds.get("refresh")
        if refresh is not None and len(refresh["slot"]):
            frame = refresh["slot"] // frame_slots - chunk.first_frame
            spent = sum(refresh[kind] * (width[kind] + reading[kind]) for kind in ("SET", "RESET"))
            np.maximum.at(times["refresh_time"], frame, spent)
    return times


def frame_energies(run: Run, result: ChunkResult) -> dict[str, np.ndarray]:
    """Energy that each frame dissipates in the devices, in joule; what cannot be known is left out.

    Returns
    -------
    dict of float arrays of shape (frames,)
        ``read_energy`` and ``error_energy`` (forward and backward reading); ``programming_energy`` and
        ``refresh_energy`` where the run gives amplitudes of the pulses. A refresh's pulses count with the mean of the
        conductances before and after all of them; a reading that verifies or counts, with that of the device that is
        written.
    """
    tally, programming, width = result.tally, run.programming, pulse_seconds(run)
    if not run.record.energy:
        return {}

    def total(name: str) -> np.ndarray:
        return sum((sums[name].sum(axis=1) for sums in tally.values() if name in sums), 0.0)

    frames = len(tally["output"]["programming_pulses"])
    energies = {"read_energy": run.read.V_read * total("charge_through")}
    energies["error_energy"] = run.read.V_read * (total("backward_charge_through") + np.zeros(frames))
    per_siemens = {
        kind: None if voltage is None else voltage**2 * width[kind]
        for kind, voltage in (("SET", programming.V_SET), ("RESET", programming.V_RESET))
    }
    reading = {kind: run.read.V_read**2 * seconds for kind, seconds in verifying_seconds(run).items()}
    for name, prefix, kinds, besides in (
        ("programming_energy", "", run.update.kinds, {}),
        ("refresh_energy", "refresh_", ("SET", "RESET") if run.update.refresh_period() else (), reading),
    ):
        if all(per_siemens[kind] is not None for kind in kinds):
            spent = (
                (per_siemens[kind] + besides.get(kind, 0.0)) * total(f"{prefix}{kind}_conductance") for kind in kinds
            )
            energies[name] = sum(spent, np.zeros(frames))
    return energies
