"""Training: the frames of a run go through an engine, chunk by chunk, into a trace."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pulsenet.data.dataset import Dataset
from pulsenet.describe.run import Run
from pulsenet.engines.choose import choose, make_engine
from pulsenet.engines.engine import Engine
from pulsenet.trace import Commit, TraceWriter
from pulsenet.training.costs import frame_energies, frame_times
from pulsenet.training.counts import pulse_counts
from pulsenet.training.diagnosis import Monitor
from pulsenet.training.interrupt import deferred_interrupt
from pulsenet.training.prepare import Prepared, describe_run, prepare
from pulsenet.training.size import check_space


@dataclass(frozen=True)
class Result:
    """What a run came to.

    Attributes
    ----------
    trace : Path
        The trace file.
    accuracy : list of float
        Share of test samples classified correctly, after each epoch.
    warnings : list of str
        What the diagnosis had to say.
    """

    trace: Path
    accuracy: list[float]
    warnings: list[str]


def train(
    run: Run,
    out: str | Path,
    data: Dataset | None = None,
    engine: str = "auto",
    force: bool = False,
    resume: bool = False,
    watch: Callable[[Progress], None] = lambda progress: None,
) -> Result:
    """Train a network and write its trace.

    Parameters
    ----------
    run : Run
    out : path
        Folder of the run; its result is ``trace.h5`` in it.
    data : Dataset, optional
        Samples of your own; left out, what ``run.data`` names.
    engine : str
        ``"auto"``, ``"standalone"``, ``"cython"`` or ``"numpy"``.
    force : bool
        Replace a run that the folder holds.
    resume : bool
        Continue an unfinished run, to the same bits as if it had never stopped.
    watch : function of Progress
        Called after every chunk.

    Returns
    -------
    Result

    Raises
    ------
    ConfigError, DataError, EngineError, TraceError
        One line each. What was committed before stays in the folder, and ``resume`` continues it.
    KeyboardInterrupt
        On Ctrl-C, likewise.

    Examples
    --------
    >>> from pulsenet import Linear, Network, Run, Training, train
    >>> device = Linear(G_min="0.1 uS", G_max="5 uS", pulses_SET=256, pulses_RESET=256)
    >>> run = Run(network=Network(layers=[64, 50, 10]), device=device, training=Training(epochs=5))
    >>> train(run, "results/first").accuracy[-1] > 0.9  # doctest: +SKIP
    True
    """
    prepared = prepare(run, data)
    chosen, why = choose(engine, prepared.composition, prepared.plan.n_frames)
    description = describe_run(prepared, chosen)
    check_space(prepared, out)
    if resume:
        writer, checkpoint = TraceWriter.resume(Path(out), description)
    else:
        writer, checkpoint = TraceWriter.create(Path(out), description, force), None
    with writer:
        session = Session(prepared, writer, checkpoint)
        watch(session.progress(message=f"engine {chosen}: {why}"))
        machine = make_engine(chosen, prepared.composition, prepared.values)
        while session.frame < prepared.plan.n_frames:
            watch(session.step(machine))
        with deferred_interrupt():
            trace = writer.finish()
        return Result(trace, session.accuracy, session.monitor.warnings)


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


class Session:
    """The state of a training run between chunks; all of it that a resume needs is in the checkpoint.

    Parameters
    ----------
    prepared : Prepared
    writer : TraceWriter
    checkpoint : dict of arrays, or None
        Where to continue, from `TraceWriter.resume`.
    """

    def __init__(self, prepared: Prepared, writer: TraceWriter, checkpoint: dict[str, np.ndarray] | None):
        self.prepared, self.writer, self.plan = prepared, writer, prepared.plan
        self.monitor = Monitor(prepared.run, prepared.circuit)
        self.stops = np.array(self.plan.stops())
        self.conductance, self.memory, self.frame, self.accuracy = prepared.start, {}, 0, []
        n = prepared.data.n_classes
        self.confusion, self.online = np.zeros((n, n), np.int64), np.zeros(2, np.int64)
        if checkpoint is not None:
            self._restore(checkpoint)

    def step(self, engine: Engine) -> Progress:
        """Run the next chunk and make it safe."""
        first = self.frame
        stop = int(self.stops[np.searchsorted(self.stops, first, side="right")])
        last = min(first + self.prepared.circuit.chunk_frames, stop)
        chunk = self.plan.chunk(first, last)
        result = engine.run(chunk, self.conductance, self.memory)
        counts = pulse_counts(self.prepared.circuit, chunk, result)
        frames = self.plan.columns(first, last) | counts
        frames |= frame_times(self.prepared.run, chunk, result) | frame_energies(self.prepared.run, result)
        frames["prediction"] = result.preactivation[:, : len(self.confusion)].argmax(axis=1).astype(np.int32)
        frames["recorded"] = self.plan.recorded(first, last)
        start_snapshot = [(-1, self.conductance)] if first == 0 else []
        self.conductance, self.memory, self.frame = result.conductance, result.memory, last
        evaluation = self._score(frames)
        message = self.monitor.look(frames, result, self.accuracy)  # before the commit, whose checkpoint keeps it
        commit = Commit(
            frames=frames,
            pulses=self._kept(result.pulses, first, frames["recorded"]),
            snapshots=start_snapshot + ([(last - 1, self.conductance)] if last == stop else []),
            evaluation=evaluation,
            checkpoint=self._checkpoint(),
        )
        with deferred_interrupt():
            self.writer.commit(commit)
        pulses = sum(int(count.sum()) for count in counts.values()) / (last - first)
        return self.progress(bool(frames["learn"][-1]), pulses, message)

    def progress(self, learn: bool = True, pulses_per_frame: float = 0.0, message: str = "") -> Progress:
        """How far the run is."""
        epochs = self.prepared.run.training.epochs
        epoch = min(self.frame // self.plan.epoch_frames + 1, epochs)
        online = self.online[0] / max(1, self.online[1])
        return Progress(
            self.frame, self.plan.n_frames, epoch, epochs, learn, online, list(self.accuracy), pulses_per_frame, message
        )

    def _score(self, frames) -> list[tuple[int, float, np.ndarray]]:
        """Count answers; at the end of an epoch, its evaluation."""
        right, learn = frames["prediction"] == frames["label"], frames["learn"]
        if (self.frame - len(learn)) % self.plan.epoch_frames == 0:
            self.online[:] = 0
        self.online += right[learn].sum(), learn.sum()
        np.add.at(self.confusion, (frames["label"][~learn], frames["prediction"][~learn]), 1)
        if self.frame % self.plan.epoch_frames or not self.confusion.any():
            return []
        confusion, self.confusion = self.confusion, np.zeros_like(self.confusion)
        self.accuracy.append(float(np.trace(confusion) / confusion.sum()))
        return [(int(frames["epoch"][-1]), self.accuracy[-1], confusion)]

    def _kept(self, pulses, first: int, recorded: np.ndarray):
        """The pulses of recorded frames."""
        if recorded.all():
            return pulses
        frame_slots = self.prepared.circuit.schedule.frame_slots
        kept: dict = {}
        for population, kinds in pulses.items():
            for kind, columns in kinds.items():
                chosen = recorded[columns["slot"] // frame_slots - first]
                kept.setdefault(population, {})[kind] = {name: values[chosen] for name, values in columns.items()}
        return kept

    def _checkpoint(self) -> dict[str, np.ndarray]:
        state = {"frame": np.array(self.frame), "confusion": self.confusion, "online": self.online}
        state["accuracy"] = np.array(self.accuracy)
        said = json.dumps({"keys": sorted(self.monitor._said), "warnings": self.monitor.warnings})
        state["said"] = np.frombuffer(said.encode(), np.uint8)  # a checkpoint holds numbers
        for name, (G_plus, G_minus) in self.conductance.items():
            state |= {f"{name}.G_plus": G_plus, f"{name}.G_minus": G_minus}
            state |= {f"{name}.{variable}": values for variable, values in self.memory.get(name, {}).items()}
        return state

    def _restore(self, state: dict[str, np.ndarray]) -> None:
        self.frame, self.confusion = int(state["frame"]), state["confusion"].copy()
        self.online, self.accuracy = state["online"].copy(), [float(value) for value in state["accuracy"]]
        said = json.loads(state["said"].tobytes())
        self.monitor._said, self.monitor.warnings = set(said["keys"]), said["warnings"]
        self.conductance = {
            name: (state[f"{name}.G_plus"], state[f"{name}.G_minus"]) for name in self.prepared.circuit.layers
        }
        self.memory = {
            name: {variable: state[f"{name}.{variable}"] for variable in self.prepared.circuit.memory}
            for name in self.prepared.circuit.layers
        }
