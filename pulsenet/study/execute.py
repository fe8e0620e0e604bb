"""One run of a study: what a worker does, and the small file that keeps its result."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from pulsenet.data import dataset as datasets
from pulsenet.data.dataset import Dataset
from pulsenet.errors import PulsenetError, TraceError
from pulsenet.software.backpropagation import train_software
from pulsenet.software.transfer import transfer
from pulsenet.study.grids import ON_CHIP
from pulsenet.study.points import Point
from pulsenet.trace import Trace
from pulsenet.trace.files import lock, replacing, unlock, write_all
from pulsenet.training.train import Progress, Result, train

RESULT = "result.json"
#: Held while samples are read, so that of several threads one reads them.
_LOADING = threading.Lock()


def execute(point: Point, folder: str, engine: str, watch: Callable[[Progress], None] = lambda progress: None) -> None:
    """Do one run and write its result; the last thing that is written, and whole or not there.

    Parameters
    ----------
    point : Point
    folder : path
        Of this run. A part of it that an earlier attempt left there is continued, to the same bits as without.
    engine : str
    watch : function of Progress
        Called after every chunk of a run on the chip; what it raises ends the run, which the next attempt continues.

    Raises
    ------
    PulsenetError
        What the run raises, with the name of its folder.
    """
    path = Path(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        result = _on_chip(point, path, engine, watch) if point.training == ON_CHIP else _baseline(point)
        path.mkdir(exist_ok=True)
    except PulsenetError as error:
        raise type(error)(f"{path.name}: {error}") from None
    with replacing(path / RESULT) as descriptor:
        write_all(descriptor, json.dumps(result, indent=1).encode())


def read_result(folder: Path) -> dict[str, Any] | None:
    """The result of a run that is finished; None of any other."""
    try:
        return json.loads((folder / RESULT).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def _on_chip(point: Point, folder: Path, engine: str, watch: Callable[[Progress], None]) -> dict[str, Any]:
    result = _train(point, folder, engine, watch)
    with Trace(result.trace) as trace:
        learn, epoch = trace.frames["learn"][:], trace.frames["epoch"][:]
        right = trace.frames["prediction"][:] == trace.frames["label"][:]
        means = {
            name: float(np.mean(column[:][learn]))
            for name, column in trace.frames.items()
            if name.endswith(("_pulses", "_energy", "_time"))
        }
    learnt_last = learn & (epoch == point.run.training.epochs)
    return {
        "accuracy": result.accuracy,
        "training_accuracy": float(np.mean(right[learnt_last])),
        "per_frame": means,
        "warnings": result.warnings,
    }


def _train(point: Point, folder: Path, engine: str, watch: Callable[[Progress], None]) -> Result:
    """Continue the run that the folder holds, or begin anew if it cannot be continued."""
    begun = False

    def seen(progress: Progress) -> None:
        nonlocal begun
        begun = True
        watch(progress)

    if folder.exists():
        try:
            return train(point.run, folder, samples(point), engine, resume=True, watch=seen)
        except TraceError:
            if begun:
                raise
        unlock(folder, lock(folder))  # nobody else writes there
        shutil.rmtree(folder)
    return train(point.run, folder, samples(point), engine, watch=watch)


def _baseline(point: Point) -> dict[str, Any]:
    data, training = samples(point), point.training
    trained = train_software(point.run, data, quantised=training == "quantised")
    accuracy = trained.accuracy
    if training.startswith("write"):
        accuracy = [transfer(point.run, trained.weights, training == "write-verify", data).accuracy] if accuracy else []
    return {"accuracy": accuracy, "per_frame": {}, "warnings": []}


def samples(point: Point) -> Dataset:
    """Samples of a run, read once per process for all of its runs."""
    with _LOADING:
        return _load(**point.run.data.model_dump())


@lru_cache(maxsize=2)
def _load(**section) -> Dataset:
    return datasets.load(**section)
