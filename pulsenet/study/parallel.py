"""Runs in parallel processes, by Dask distributed: on this machine or an existing cluster. Or one after the other."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing import resource_tracker
from pathlib import Path

from tqdm import tqdm

from pulsenet.circuit.composition import compose
from pulsenet.engines.choose import choose
from pulsenet.errors import ConfigError, EngineError
from pulsenet.study.execute import execute
from pulsenet.study.grids import ON_CHIP
from pulsenet.study.points import Point
from pulsenet.training.prepare import prepare

#: How long to wait for an answer of a scheduler.
PATIENCE = "10s"


def need_dask() -> None:
    """Raise a `ConfigError` that says what to install, if Dask distributed is missing."""
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise ConfigError(
            "runs in parallel need Dask distributed, which is not installed: pip install 'pulsenet[study]', "
            "or do one run after the other with 1 worker"
        ) from None


def in_this_process(workers: int | None, scheduler: str | None) -> bool:
    """Whether the runs are done one after the other, without Dask."""
    return workers == 1 and scheduler is None


def build_circuits(points: list[Point], engine: str) -> bool:
    """Build the program of every circuit among the runs, once, so that the runs in parallel find it there.

    Returns
    -------
    bool
        Whether there are runs without such a program: of an engine that is Brian2 in the worker itself.
    """
    circuits = {}
    for point in points:
        if point.training == ON_CHIP:
            circuits.setdefault((str(compose(point.run.circuit())), repr(point.run.data)), point.run)
    programs, others = {}, False
    for run in circuits.values():
        prepared = prepare(run)
        composition, circuit = prepared.composition, prepared.circuit
        if choose(engine, composition, prepared.plan.n_frames)[0] == "standalone":
            programs[str(composition), circuit.schedule, circuit.slot, circuit.chunk_frames] = composition
        else:
            others = True
    if programs:
        from pulsenet.engines.project import project

        for composition in tqdm(programs.values(), desc="building circuits", unit="circuit", dynamic_ncols=True):
            project(composition)
    return others


def run_all(
    points: list[Point], folder: Path, engine: str, workers: int | None, scheduler: str | None, with_brian2: bool
) -> None:
    """Do the runs, each in its folder below ``folder``; what is finished is on the disk whatever happens then.

    One worker, unless a scheduler is named, is this process itself, which needs no Dask.

    Parameters
    ----------
    with_brian2 : bool
        Whether workers need Brian2, which can only be imported outside of the threads that the runs are in.

    Raises
    ------
    PulsenetError
        The first that a run raises; the runs that have not begun are given up.
    KeyboardInterrupt
        On Ctrl-C.
    """
    if in_this_process(workers, scheduler):
        for point in tqdm(points, desc="runs", unit="run", dynamic_ncols=True, smoothing=0.1):
            execute(point, str(folder / point.folder), engine)
        return
    from distributed import as_completed

    with _client(workers or min(os.cpu_count() or 1, len(points)), scheduler) as client:
        if with_brian2:
            client.run(_import_brian2)
        futures = [
            client.submit(execute, point, str(folder / point.folder), engine, key=point.folder, pure=False, retries=0)
            for point in points
        ]
        with tqdm(total=len(points), desc="runs", unit="run", dynamic_ncols=True, smoothing=0.1) as bar:
            try:
                for future in as_completed(futures):
                    future.result()
                    bar.update()
            finally:
                client.cancel(futures)


def _import_brian2() -> None:
    import pulsenet.engines.runtime  # noqa: F401


@contextmanager
def _client(workers: int, scheduler: str | None) -> Iterator:
    """A client of a cluster of our own, which nothing outside this machine can reach, or of one that is there."""
    from distributed import Client, LocalCluster

    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what workers say while they are ended is no news
    if scheduler:
        try:
            client = Client(scheduler, timeout=PATIENCE)
        except (OSError, ValueError, TypeError) as error:
            raise EngineError(
                f"--scheduler {scheduler}: no Dask scheduler answers ({error or type(error).__name__})"
            ) from None
        with client:
            yield client
        return
    with ExitStack() as stack:
        with _interrupt_held():
            cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address=None,
                scheduler_kwargs={
                    "dashboard": False,
                    "dashboard_address": "127.0.0.1:0",
                },  # else it asks for a fixed port
                memory_limit=0,
                silence_logs=logging.CRITICAL,
            )
            stack.enter_context(cluster)
        yield stack.enter_context(Client(cluster))


@contextmanager
def _interrupt_held() -> Iterator[None]:
    """Ctrl-C waits until the block is done; threads and processes that are started inside never get it.

    So it reaches this process alone, which then ends its workers.
    """
    # Else it is started inside, and lets interrupts through to what is started after it.
    resource_tracker.ensure_running()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
