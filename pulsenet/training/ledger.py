"""What a run has come to, commit by commit: counts, costs, answers, the diagnosis, and what a resume needs of them."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np

from pulsenet.records import ChunkResult, Conductances, Memory, Pulses
from pulsenet.trace import Commit, TraceWriter
from pulsenet.training.costs import frame_energies, frame_times
from pulsenet.training.counts import pulse_counts
from pulsenet.training.diagnosis import Monitor
from pulsenet.training.plan import Part
from pulsenet.training.prepare import Prepared


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Attributes
    ----------
    frame, n_frames : int
        Frames that are safe in the trace, and of the whole run.
    epoch, epochs : int
    learn : bool
        Whether the last frame was one of training.
    online_accuracy : float
        Share of this epoch's training frames so far that were answered correctly, before learning from each.
    accuracy : list of float
        On the test samples, after each epoch that is over.
    pulses_per_frame : float
        Reading, error and programming pulses of the last chunk, per frame.
    message : str
        Something to tell at once: the choice of engine, or a diagnosis.
    """

    frame: int
    n_frames: int
    epoch: int
    epochs: int
    learn: bool
    online_accuracy: float
    accuracy: list[float]
    pulses_per_frame: float
    message: str = ""


class Ledger:
    """Enters chunk after chunk into the trace, and knows what the run has come to with the last of them.

    Parameters
    ----------
    prepared : Prepared
    writer : TraceWriter
    checkpoint : dict of arrays, or None
        Where to continue, from `TraceWriter.resume`.

    Attributes
    ----------
    frame : int
        Frames that are entered.
    accuracy : list of float
        On the test samples, after each epoch that is over.
    monitor : Monitor
    """

    def __init__(self, prepared: Prepared, writer: TraceWriter, checkpoint: dict[str, np.ndarray] | None):
        self.prepared, self.writer = prepared, writer
        self.monitor = Monitor(prepared.run, prepared.circuit)
        self.frame, self.accuracy = 0, []
        n = prepared.data.n_classes
        self.confusion, self.online = np.zeros((n, n), np.int64), np.zeros(2, np.int64)
        if checkpoint is not None:
            self._restore(checkpoint)

    def enter(self, part: Part, result: ChunkResult) -> Progress:
        """Make a chunk safe, with the state of the run after it.

        Raises
        ------
        TraceError
            If it cannot be written. Nothing more can be entered then.
        """
        run, circuit = self.prepared.run, self.prepared.circuit
        counts = pulse_counts(circuit, part.chunk, result)
        frames = part.columns | counts | frame_times(run, part.chunk, result) | frame_energies(run, part.chunk, result)
        frames["prediction"] = result.preactivation[:, : len(self.confusion)].argmax(axis=1).astype(np.int32)
        start = [(-1, self.prepared.start)] if part.first == 0 else []
        self.frame = part.last
        evaluation = self._score(frames)
        message = self.monitor.look(frames, result, self.accuracy)  # before the commit, whose checkpoint keeps it
        self.writer.commit(
            Commit(
                frames=frames,
                pulses=self._kept(part, result),
                snapshots=start + ([(part.last - 1, result.conductance)] if part.is_stop else []),
                evaluation=evaluation,
                checkpoint=self._checkpoint(result),
            )
        )
        pulses = sum(int(count.sum()) for count in counts.values()) / part.chunk.n_frames
        return self.progress(bool(frames["learn"][-1]), pulses, message)

    def progress(self, learn: bool = True, pulses_per_frame: float = 0.0, message: str = "") -> Progress:
        """How far the run is."""
        plan, epochs = self.prepared.plan, self.prepared.run.training.epochs
        epoch = min(self.frame // plan.epoch_frames + 1, epochs)
        online = self.online[0] / max(1, self.online[1])
        return Progress(
            self.frame, plan.n_frames, epoch, epochs, learn, online, list(self.accuracy), pulses_per_frame, message
        )

    def _score(self, frames: dict[str, np.ndarray]) -> list[tuple[int, float, np.ndarray]]:
        """Count answers; at the end of an epoch, its evaluation."""
        epoch_frames = self.prepared.plan.epoch_frames
        right, learn = frames["prediction"] == frames["label"], frames["learn"]
        if (self.frame - len(learn)) % epoch_frames == 0:
            self.online[:] = 0
        self.online += right[learn].sum(), learn.sum()
        np.add.at(self.confusion, (frames["label"][~learn], frames["prediction"][~learn]), 1)
        if self.frame % epoch_frames or not self.confusion.any():
            return []
        confusion, self.confusion = self.confusion, np.zeros_like(self.confusion)
        self.accuracy.append(float(np.trace(confusion) / confusion.sum()))
        return [(int(frames["epoch"][-1]), self.accuracy[-1], confusion)]

    def _kept(self, part: Part, result: ChunkResult) -> dict[str, dict[str, Pulses]]:
        """The pulses of recorded frames."""
        recorded = part.columns["recorded"]
        if recorded.all():
            return result.pulses
        turns = np.flatnonzero(np.diff(recorded, prepend=False, append=False))  # begin and end of each stretch of them
        slots = (part.first + turns) * self.prepared.circuit.schedule.frame_slots

        def chosen(pulses: Pulses) -> Pulses:
            stretches = np.searchsorted(pulses["slot"], slots).reshape(-1, 2)
            rows = [slice(begin, end) for begin, end in stretches] or [slice(0)]
            return {name: np.concatenate([values[some] for some in rows]) for name, values in pulses.items()}

        return {
            population: {kind: chosen(pulses) for kind, pulses in kinds.items()}
            for population, kinds in result.pulses.items()
        }

    def _checkpoint(self, result: ChunkResult) -> dict[str, np.ndarray]:
        state = {"frame": np.array(self.frame), "confusion": self.confusion, "online": self.online}
        state["accuracy"] = np.array(self.accuracy)
        said = json.dumps({"keys": sorted(self.monitor._said), "warnings": self.monitor.warnings})
        state["said"] = np.frombuffer(said.encode(), np.uint8)  # a checkpoint holds numbers
        for name, (G_plus, G_minus) in result.conductance.items():
            state |= {f"{name}.G_plus": G_plus, f"{name}.G_minus": G_minus}
            state |= {f"{name}.{variable}": values for variable, values in result.memory.get(name, {}).items()}
        return state

    def _restore(self, state: dict[str, np.ndarray]) -> None:
        self.frame, self.confusion = int(state["frame"]), state["confusion"].copy()
        self.online, self.accuracy = state["online"].copy(), [float(value) for value in state["accuracy"]]
        said = json.loads(state["said"].tobytes())
        self.monitor._said, self.monitor.warnings = set(said["keys"]), said["warnings"]


def devices_at(prepared: Prepared, checkpoint: dict[str, np.ndarray] | None) -> tuple[Conductances, Memory]:
    """Conductances and memory of the device pairs at a checkpoint; None is the start of the run."""
    if checkpoint is None:
        return prepared.start, {}
    layers, memory = prepared.circuit.layers, prepared.circuit.memory
    return (
        {name: (checkpoint[f"{name}.G_plus"], checkpoint[f"{name}.G_minus"]) for name in layers},
        {name: {variable: checkpoint[f"{name}.{variable}"] for variable in memory} for name in layers},
    )
