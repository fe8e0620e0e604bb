"""How much disk a run takes: estimated before the first frame, and refused if the disk cannot hold it.

Bytes per pulse and per frame were measured on runs with the digits; how many pulses hidden and output neurons will send
is a guess from the same runs. Of finished traces of 180 to 18,000 frames, estimates came out between 0.9 and 1.4 times
the true size.
"""

from __future__ import annotations

import math
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pulsenet.errors import TraceError
from pulsenet.text.quantities import from_si
from pulsenet.trace import segments
from pulsenet.trace.schema import PACK_FROM_ROWS
from pulsenet.training.calibrate import SAMPLES
from pulsenet.training.values import kept

if TYPE_CHECKING:
    from pulsenet.seams.codes import PulseCode
    from pulsenet.training.prepare import Prepared

#: Bytes of a pulse and of a frame's numbers in a large table, which is compressed, and in a small one, which is not.
PULSE_BYTES = {"forward": (1.7, 14), "backward": (3.0, 15), "error": (1.3, 13)}
FRAME_BYTES = (20, 106)
#: Bytes of a frame in the index of a table of pulses.
INDEX_BYTES = (1, 8)
#: Bytes of a trace that do not depend on its length: configuration, equations, axes.
FIXED_BYTES = 100_000
#: Share of hidden lines that send a forward pulse, and its mean length; share of neurons that send a backward pulse;
#: error pulses of a neuron per training frame.
ACTIVE, LENGTH, ERRING, ERROR_PULSES = 0.4, 0.4, 0.3, 1.2


@dataclass(frozen=True)
class Size:
    """Estimated bytes of a run.

    Attributes
    ----------
    trace : float
        Of the finished trace.
    peak : float
        Most that is on the disk at a time: at the end, the trace is put together from segments that hold as much, and a
        checkpoint each.
    """

    trace: float
    peak: float


def run_size(prepared: Prepared) -> Size:
    """Estimate the size of a run.

    Parameters
    ----------
    prepared : Prepared

    Returns
    -------
    Size

    Examples
    --------
    >>> from pulsenet import Linear, Network, Run
    >>> from pulsenet.training.prepare import prepare
    >>> device = Linear(G_min="0 S", G_max="1 uS", pulses_SET=64, pulses_RESET=64)
    >>> size = run_size(prepare(Run(network=Network(layers=[64, 50, 10]), device=device)))
    >>> 1e6 < size.trace < size.peak < 1e7
    True
    """
    plan, circuit = prepared.plan, prepared.circuit
    pairs = sum(n_in * n_out for n_in, n_out in circuit.layers.values())
    snapshots = 16 * pairs * (1 + len(plan.stops()))
    commits = len(plan.stops()) + math.ceil(plan.n_frames / circuit.chunk_frames)
    checkpoints = commits * pairs * (16 + 8 * len(circuit.memory))
    rows = _pulses(prepared)
    fixed = FIXED_BYTES + _parameters(prepared)
    trace = fixed + snapshots + _tables(plan.n_frames, rows, 1)
    return Size(trace, trace + fixed + snapshots + checkpoints + _tables(plan.n_frames, rows, commits))


def _parameters(prepared: Prepared) -> float:
    """Bytes of what each device has for itself."""
    parameters = kept(prepared.composition, prepared.values)
    return sum(np.asarray(found.value).nbytes for values in parameters.values() for found in values.values())


def _pulses(prepared: Prepared) -> list[tuple[str, float]]:
    """Kind and number of the recorded pulses of each table."""
    run, plan, circuit = prepared.run, prepared.plan, prepared.circuit
    wanted = {"all": math.inf, "none": 0}.get(run.record.pulses, run.record.pulses)
    trained, tested = (run.training.epochs * min(wanted, n) for n in (plan.n_train, plan.epoch_frames - plan.n_train))
    if wanted < math.inf:
        further = [frame % plan.epoch_frames < plan.n_train for frame in set(run.record.waveforms)]
        trained, tested = trained + sum(further), tested + further.count(False)
    if not trained + tested:
        return []
    slots = plan.encode(prepared.data.train[:SAMPLES])
    sent = (slots > 0).sum(axis=1).mean() if circuit.codes[0].records_width else slots.sum(axis=1).mean()
    rows = [("forward", (trained + tested) * float(sent))]

    def per_value(code: PulseCode) -> float:
        return 1 if code.records_width else LENGTH * run.time.n_slots

    for index, (name, lines) in enumerate(list(circuit.populations.items())[1:], start=1):
        rows.append(("error", trained * lines * ERROR_PULSES))
        if name != "output":
            rows.append(("forward", (trained + tested) * lines * ACTIVE * per_value(circuit.forward_code(index))))
        if name != "hidden1":
            rows.append(("backward", trained * lines * ERRING * per_value(circuit.codes[index])))
    return rows


def _tables(frames: int, pulses: list[tuple[str, float]], parts: int) -> float:
    """Bytes of the tables of frames and pulses, in so many files."""

    def stored(rows: float, packed: float, raw: float) -> float:
        return rows * (packed if rows / parts >= PACK_FROM_ROWS else raw)

    total = stored(frames, *FRAME_BYTES)
    return total + sum(stored(rows, *PULSE_BYTES[kind]) + stored(frames, *INDEX_BYTES) for kind, rows in pulses)


def check_space(prepared: Prepared, folder: str | Path) -> None:
    """Refuse a run that the disk cannot hold; what an unfinished run in the folder has written already counts for it.

    Parameters
    ----------
    prepared : Prepared
    folder : path
        Of the run; it need not exist.

    Raises
    ------
    TraceError
        If the estimate is larger than what is free.
    """
    folder = Path(folder)
    try:
        there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
        free = shutil.disk_usage(there).free + sum(path.stat().st_size for path in segments.ours(folder))
    except OSError:
        return  # the writer says what is wrong with the folder
    needed = run_size(prepared).peak
    if needed > free:
        raise TraceError(
            f"{folder}: the run needs about {from_si(needed, 'B')} of disk, and {from_si(free, 'B')} are free; record "
            "less "
            "(record.pulses, record.snapshots), make room, or choose a folder on another disk (--out)"
        )
