"""CSV and Parquet files hold the pulses and frames of the trace."""

import csv as csv_module
import sys

import numpy as np
import pytest
from exported_run import POPULATIONS, SLOT

from pulsenet import Trace, TraceError
from pulsenet.exports import csv, parquet


def expected_pulses(run, frames, lines=None):
    """Rows as a table of pulses has them, empty values as None."""
    rows = []
    for population, kind in sorted(
        run.rows, key=lambda key: (list(POPULATIONS).index(key[0]), "fber".index(key[1][0]))
    ):
        kinds = {"forward": "forward", "backward": "backward", "error": "error", "refresh": "refresh"}
        columns = run.columns(population, kind)
        for values in zip(*(column.tolist() for column in columns.values()), strict=True):
            row = dict(zip(columns, values, strict=True))
            if row["slot"] // 36 in frames and (lines is None or row["line"] in lines.get(population, range(9))):
                given = [row.get(name) for name in ("line", "slot", "width", "polarity", "SET", "RESET")]
                rows.append([population, kinds[kind], row["slot"] // 36, *given])
    return rows


def check_times(run, rows, start, stop):
    for row, begin, end in zip(rows, start, stop, strict=True):
        slot, width = row[4], row[5]
        wanted = (slot - width, slot) if width is not None else (slot, slot + 1)
        np.testing.assert_allclose([begin, end], np.array(wanted) * SLOT, rtol=1e-12, atol=0)


def test_csv_holds_frames_and_pulses(run, trace, tmp_path):
    lines = {"input": [0, 4]}
    folder = csv(trace, tmp_path / "tables", slice(1, 5), lines)
    with open(folder / "pulses.csv", newline="") as file:
        header, *rows = csv_module.reader(file)
    wanted = expected_pulses(run, range(1, 5), lines)
    assert header[:2] == ["population", "kind"] and len(wanted) > 20
    assert [row[:9] for row in rows] == [["" if value is None else str(value) for value in row] for row in wanted]
    check_times(run, wanted, [float(row[9]) for row in rows], [float(row[10]) for row in rows])
    with open(folder / "frames.csv", newline="") as file:
        found = list(csv_module.DictReader(file))
    assert list(found[0]) == ["frame", *trace.frames]
    assert [int(row["frame"]) for row in found] == [1, 2, 3, 4]
    assert [row["learn"] for row in found] == ["True", "False", "True", "True"]
    assert [int(row["prediction"]) for row in found] == trace.frames["prediction"][1:].tolist()
    np.testing.assert_allclose(
        [float(row["read_energy"]) for row in found], trace.frames["read_energy"][1:], rtol=1e-14, atol=0
    )


def test_parquet_holds_frames_and_pulses(run, trace, tmp_path):
    tables = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    folder = parquet(trace, tmp_path / "tables")
    found = tables.read_table(folder / "pulses.parquet")
    wanted = expected_pulses(run, range(5))
    assert [list(row.values())[:9] for row in found.to_pylist()] == wanted
    check_times(run, wanted, found["start_seconds"].to_pylist(), found["stop_seconds"].to_pylist())
    frames = tables.read_table(folder / "frames.parquet")
    assert frames.column_names == ["frame", *trace.frames]
    for name, column in trace.frames.items():
        assert frames[name].to_pylist() == column[:].tolist()
        assert frames.schema.field(name).metadata[b"long_name"].decode() == column.long_name


def test_without_pyarrow_parquet_says_what_to_install(exported_folder, tmp_path, monkeypatch):
    for name in ("pyarrow", "pyarrow.parquet"):
        monkeypatch.setitem(sys.modules, name, None)
    with Trace(exported_folder) as trace, pytest.raises(TraceError, match=r"pip install 'pulsenet\[parquet\]'"):
        parquet(trace, tmp_path / "tables")
