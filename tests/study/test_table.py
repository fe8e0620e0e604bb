"""The table of a study: what of a run's result goes into its row."""

import csv
import json

import h5py
import numpy as np
import pytest

from pulsenet.study import load
from pulsenet.study.points import points
from pulsenet.study.table import make_table, write_csv, write_hdf5


@pytest.fixture
def done(folder):
    """The runs of a study on the chip, and made-up results: accuracy falls in the end."""
    found = [point for point in points(load(folder / "study.toml")) if point.training == "on-chip"]
    for number, point in enumerate(found):
        accuracy = [0.5, 0.9, 0.7 + 0.01 * number]
        means = {"error_pulses": 2.5, "read_energy": 1e-12 * number}
        (folder / point.folder).mkdir()
        result = {"accuracy": accuracy, "training_accuracy": 0.6, "per_frame": means, "warnings": ["full", "silent"]}
        (folder / point.folder / "result.json").write_text(json.dumps(result))
    return found, make_table(found, folder)


def test_a_row_has_the_last_accuracy_not_the_best(done):
    found, rows = done
    assert [row["accuracy"] for row in rows] == pytest.approx([0.7 + 0.01 * number for number in range(len(found))])
    assert rows[1]["warnings"] == "full; silent" and rows[1]["training_accuracy"] == 0.6
    assert [row["read_energy"] for row in rows] == pytest.approx([1e-12 * number for number in range(len(rows))])
    assert [row["seed"] for row in rows[:4]] == [1, 2, 1, 2] and rows[0]["update.method"] == "unidirectional"


def test_files_hold_what_the_rows_hold(done, folder):
    found, rows = done
    write_csv(rows, folder / "table.csv")
    with open(folder / "table.csv", newline="") as file:
        read = list(csv.DictReader(file))
    assert [float(row["accuracy"]) for row in read] == [row["accuracy"] for row in rows]
    write_hdf5(rows, found, folder, folder / "table.h5", "{}")
    with h5py.File(folder / "table.h5") as file:
        last, by_epoch = file["table/accuracy"][:], file["accuracy_by_epoch"][:]
        assert file["table/read_energy"].attrs["units"] == "joule"
    assert np.array_equal(last, [row["accuracy"] for row in rows])
    assert by_epoch[:, 1].tolist() == [0.9] * len(rows) and np.array_equal(by_epoch[:, 2], last)
