"""Runs on a cluster, by Dask distributed: only this file knows of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from threadpoolctl import threadpool_limits
from tqdm import tqdm

from pulsenet.errors import ConfigError, EngineError
from pulsenet.study.execute import execute
from pulsenet.study.points import Point
from pulsenet.training.train import Progress

#: How long to wait for an answer of a scheduler.
PATIENCE = "10s"


def need_dask() -> None:
    """Raise a `ConfigError` that says what to install, if Dask distributed is missing."""
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise ConfigError(
            "runs on a cluster need Dask distributed, which is not installed: pip install 'pulsenet[cluster]', "
            "or leave the scheduler out: runs in parallel on this machine need nothing more"
        ) from None


def run_on_cluster(points: list[Point], folder: Path, engines: dict[str, str], scheduler: str) -> None:
    """Do the runs on the workers of a Dask cluster, each in its folder below ``folder``.

    What is finished is on the disk whatever happens then.

    Parameters
    ----------
    points : list of Point
    folder : Path
    engines : dict of str
        Engine of each run on the chip, by its folder.
    scheduler : str
        Address of the cluster's scheduler.

    Raises
    ------
    EngineError
        If no scheduler answers.
    PulsenetError
        The first that a run raises; the runs that have not begun are given up.
    KeyboardInterrupt
        On Ctrl-C, likewise. Workers finish the runs that they have begun.
    """
    from distributed import as_completed

    with _client(scheduler) as client:
        if set(engines.values()) - {"standalone"}:  # Brian2 can only be imported outside of the threads of the runs
            client.run(_import_brian2)
        futures = [
            client.submit(
                _execute, point, str(folder / point.folder), engines.get(point.folder, ""), key=point.folder, pure=False
            )
            for point in points
        ]
        with tqdm(total=len(points), desc="runs", unit="run", dynamic_ncols=True, smoothing=0.1) as bar:
            try:
                for future in as_completed(futures):
                    future.result()
                    bar.update()
            finally:
                client.cancel(futures)


@contextmanager
def _client(scheduler: str) -> Iterator:
    from distributed import Client

    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what it says while it ends is no news
    try:
        client = Client(scheduler, timeout=PATIENCE)
    except (OSError, ValueError, TypeError) as error:
        raise EngineError(
            f"--scheduler {scheduler}: no Dask scheduler answers ({error or type(error).__name__})"
        ) from None
    with client:
        yield client


def _import_brian2() -> None:
    import pulsenet.engines.runtime  # noqa: F401


def _execute(point: Point, folder: str, engine: str) -> None:
    """What a worker of the cluster does."""
    with threadpool_limits(1, user_api="blas"):  # as on one machine: see `pulsenet.study.parallel`
        execute(point, folder, engine, _stop_with_worker)


def _stop_with_worker(progress: Progress) -> None:
    """End the run after the present chunk, when its worker is told to end."""
    from distributed import Status, get_worker

    if get_worker().status != Status.running:
        raise KeyboardInterrupt
