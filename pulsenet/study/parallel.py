"""Runs in parallel on this machine: a pool of threads, and processes for the runs that need an interpreter alone.

The C++ engine runs outside of Python's lock, so that threads of this process are enough for it, and share samples and
programs. Brian2 in this process (engines cython and numpy) cannot do two runs at a time, and training in software holds
Python's lock: a thread hands such a run to a process of its own (`pulsenet.study.helper`), and waits for it.

BLAS gets one thread in any case. With another number of threads it adds in another order, and a table must be the
same, byte for byte, however many runs are done at a time.
"""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from threadpoolctl import threadpool_limits
from tqdm import tqdm

from pulsenet.study.execute import execute
from pulsenet.study.grids import ON_CHIP
from pulsenet.study.helper import Helpers, can_be_sent
from pulsenet.study.points import Point
from pulsenet.training.train import Progress


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_all(points: list[Point], folder: Path, engines: dict[str, str], workers: int | None) -> None:
    """Do the runs, each in its folder below ``folder``; what is finished is on the disk whatever happens then.

    Parameters
    ----------
    points : list of Point
    folder : Path
    engines : dict of str
        Engine of each run on the chip, by its folder, from `pulsenet.study.programs.settle_engines`.
    workers : int, optional
        How many runs are done at a time; left out, one per processor. 1 needs neither threads nor processes.

    Raises
    ------
    PulsenetError
        The first that a run raises; the runs that have not begun are given up, and the others end as on Ctrl-C.
    KeyboardInterrupt
        On Ctrl-C. Runs in threads end with their present chunk, processes at once; ``resume`` continues them.
    """
    workers = min(workers or processors(), len(points))
    with (
        threadpool_limits(1, user_api="blas"),
        tqdm(total=len(points), desc="runs", unit="run", dynamic_ncols=True, smoothing=0.1) as bar,
    ):
        if workers == 1:
            for point in points:
                execute(point, str(folder / point.folder), engines.get(point.folder, ""))
                bar.update()
        else:
            _run_in_threads(points, folder, engines, workers, bar)


def _run_in_threads(points: list[Point], folder: Path, engines: dict[str, str], workers: int, bar: tqdm) -> None:
    stopped = threading.Event()

    def watch(progress: Progress) -> None:
        if stopped.is_set():
            raise KeyboardInterrupt  # in the run's thread, which nothing else would end

    def do(point: Point) -> None:
        job = point, str(folder / point.folder), engines.get(point.folder, "")
        in_software = point.training != ON_CHIP  # slower in a thread, but possible
        if job[-1] == "standalone" or (in_software and not can_be_sent(point)):
            execute(*job, watch)
        else:
            helpers.execute(*job)

    helpers, pool = Helpers(), ThreadPoolExecutor(workers, thread_name_prefix="run")
    try:
        for future in as_completed([pool.submit(do, point) for point in points]):
            future.result()
            bar.update()
    finally:
        stopped.set()
        helpers.end()
        pool.shutdown(cancel_futures=True)
