"""One run of a study: what a worker does, and the small file that keeps its result."""

from __future__ import annotations

import json
import shutil
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from pulsenet.data import dataset as datasets
from pulsenet.data.dataset import Dataset
from pulsenet.errors import PulsenetError
from pulsenet.software.backpropagation import train_software
from pulsenet.software.transfer import transfer
from pulsenet.study.grids import ON_CHIP
from pulsenet.study.points import Point
from pulsenet.trace import Trace
from pulsenet.trace.files import replacing, write_all
from pulsenet.training.train import Progress, train

RESULT = "result.json"


def execute(point: Point, folder: str, engine: str) -> None:
    """Do one run and write its result; the last thing that is written, and whole or not there.

    A run that was killed begins anew: its first part would come out the same, but its warnings are not kept in it.

    Parameters
    ----------
    point : Point
    folder : path
        Of this run.
    engine : str
    """
    path = Path(folder)
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    try:
        result = _on_chip(point, path, engine) if point.training == ON_CHIP else _baseline(point)
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


def _on_chip(point: Point, folder: Path, engine: str) -> dict[str, Any]:
    result = train(point.run, folder, data=_data(point), engine=engine, watch=_stop_with_worker)
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


def _baseline(point: Point) -> dict[str, Any]:
    data, training = _data(point), point.training
    trained = train_software(point.run, data, quantised=training == "quantised")
    accuracy = trained.accuracy
    if training.startswith("write"):
        accuracy = [transfer(point.run, trained.weights, training == "write-verify", data).accuracy] if accuracy else []
    return {"accuracy": accuracy, "per_frame": {}, "warnings": []}


def _data(point: Point) -> Dataset:
    return _load(**point.run.data.model_dump())


@lru_cache(maxsize=2)
def _load(**section) -> Dataset:
    """Samples, read once per process for all of its runs."""
    return datasets.load(**section)


def _stop_with_worker(progress: Progress) -> None:
    """End the run after the present chunk, when its worker is told to end."""
    try:
        from distributed import Status, get_worker

        worker = get_worker()
    except (ImportError, ValueError):  # not in a worker
        return
    if worker.status != Status.running:
        raise KeyboardInterrupt
