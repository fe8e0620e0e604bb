"""Training: the frames of a run go through an engine, chunk by chunk, into a trace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pulsenet.data.dataset import Dataset
from pulsenet.describe.run import Run
from pulsenet.engines.choose import choose, make_engine
from pulsenet.trace import TraceWriter
from pulsenet.training.interrupt import deferred_interrupt
from pulsenet.training.ledger import Progress
from pulsenet.training.prepare import describe_run, prepare
from pulsenet.training.session import Session
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
        Called for every chunk that is safe in the trace, in this thread.

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
        with Session(prepared, writer, checkpoint) as session:
            ledger = session.ledger
            watch(ledger.progress(message=f"engine {chosen}: {why}"))
            machine = make_engine(chosen, prepared.composition, prepared.values)
            while session.frame < prepared.plan.n_frames:
                for progress in session.step(machine):
                    watch(progress)
            for progress in session.drain():
                watch(progress)
        with deferred_interrupt():
            trace = writer.finish()
        return Result(trace, ledger.accuracy, ledger.monitor.warnings)
