"""The table of a study: one row per run, as CSV and as HDF5. The same study gives the same bytes."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from pulsenet.study.execute import read_result
from pulsenet.study.points import Point
from pulsenet.trace.files import replacing, write_all

#: Units of columns by the end of their names, and what they mean.
_MEANINGS = {
    "_pulses": ("1", "mean number per training frame"),
    "_energy": ("joule", "mean per training frame"),
    "_time": ("second", "mean per training frame"),
    "training_accuracy": (
        "1",
        "share of the last epoch's training samples answered correctly, before learning from each",
    ),
    "accuracy": ("1", "share of test samples classified correctly, after the last epoch"),
    "epochs": ("1", "epochs of training"),
    "seed": ("1", "seed of the run"),
    "grid": ("1", "grid of the study that the row belongs to"),
    "training": ("1", "on-chip, or the baseline"),
    "case": ("1", "case of the grid"),
    "warnings": ("1", "what the diagnosis of the run had to say"),
}

Row = dict[str, Any]


def make_table(points: list[Point], folder: Path) -> list[Row]:
    """The rows of finished runs, in the order of the study; a value that a run does not have is None.

    Returns
    -------
    list of dict
        Columns are in the same order in every row: ``grid``, ``training``, ``case``, the axes, ``seed``, ``epochs``,
        ``accuracy`` (of the last epoch), ``training_accuracy`` (of its training frames, each before it is learnt from),
        means per training frame of all that the trace counts (pulses, joule, second), ``warnings``.
    """
    results = [read_result(folder / point.folder) for point in points]
    labels = dict.fromkeys(name for point in points for name in point.labels)
    labels = (["case"] if "case" in labels else []) + [name for name in labels if name != "case"]
    counts = dict.fromkeys(name for result in results for name in result["per_frame"])
    return [
        {
            "grid": point.grid,
            "training": point.training,
            **{name: point.labels.get(name) for name in labels},
            "seed": point.run.seed,
            "epochs": point.run.training.epochs,
            "accuracy": result["accuracy"][-1] if result["accuracy"] else None,
            "training_accuracy": result.get("training_accuracy"),
            **{name: result["per_frame"].get(name) for name in counts},
            "warnings": "; ".join(result["warnings"]),
        }
        for point, result in zip(points, results, strict=True)
    ]


def write_csv(rows: list[Row], path: Path) -> None:
    """Write the table as CSV: numbers so that they read back exactly, missing values empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    with replacing(path) as descriptor:
        write_all(descriptor, text.getvalue().encode())


def write_hdf5(rows: list[Row], points: list[Point], folder: Path, path: Path, description: str) -> None:
    """Write the table as HDF5: a dataset per column along ``row``, and the accuracy after every epoch.

    Numbers that are missing are NaN, and texts empty.
    """
    curves = [read_result(folder / point.folder)["accuracy"] for point in points]
    by_epoch = np.full((len(rows), max(map(len, curves))), np.nan)
    for place, curve in enumerate(curves):
        by_epoch[place, : len(curve)] = curve
    with h5py.File("study", "w", driver="core", backing_store=False, libver=("earliest", "v108")) as file:
        file.attrs["format"], file.attrs["study"] = "pulsenet-study", description
        for axis, length in (("row", len(rows)), ("epoch", by_epoch.shape[1])):
            file[axis] = np.arange(length) + (axis == "epoch")
            file[axis].make_scale(axis)
            _describe(file[axis], "1", f"number of the {axis}")
        for name in rows[0]:
            column = file.create_dataset(f"table/{name}", data=_array([row[name] for row in rows]))
            column.dims[0].attach_scale(file["row"])
            meanings = [meaning for end, meaning in _MEANINGS.items() if name.endswith(end)]
            _describe(column, *(meanings[0] if meanings else ("1", "axis of the grid")))
        file["accuracy_by_epoch"] = by_epoch
        file["accuracy_by_epoch"].dims[0].attach_scale(file["row"])
        file["accuracy_by_epoch"].dims[1].attach_scale(file["epoch"])
        _describe(file["accuracy_by_epoch"], "1", "share of test samples classified correctly")
        file.flush()
        image = file.id.get_file_image()
    with replacing(path) as descriptor:
        write_all(descriptor, image)


def _array(values: list) -> np.ndarray:
    """Numbers if all that is there are numbers, else text."""
    there = [value for value in values if value is not None]
    if all(isinstance(value, int) for value in there) and len(there) == len(values):
        return np.array(values, np.int64)
    if all(isinstance(value, (int, float)) for value in there):
        return np.array([np.nan if value is None else value for value in values], float)
    return np.array(["" if value is None else str(value) for value in values], h5py.string_dtype())


def _describe(dataset: h5py.Dataset, units: str, long_name: str) -> None:
    dataset.attrs["units"], dataset.attrs["long_name"] = units, long_name
