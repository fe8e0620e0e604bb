"""Where a reader's rows come from: one finished file, or the segments of a run that is not finished."""

from __future__ import annotations

import json
from bisect import bisect_right
from pathlib import Path
from typing import Protocol

import h5py
import numpy as np

from pulsenet.circuit.schedule import Schedule
from pulsenet.errors import TraceError
from pulsenet.trace import segments
from pulsenet.trace.description import Description
from pulsenet.trace.files import check_seal
from pulsenet.trace.schema import FORMAT, VERSION, column_field, table_fields
from pulsenet.trace.segments import Header, path_of


class Source(Protocol):
    """Rows of tables, by number.

    Attributes
    ----------
    description : Description
    complete : bool
    rows : dict of int
        Number of rows of each table that has any.
    columns : dict of list of str
        Columns of each table that has had rows.
    """

    description: Description
    complete: bool
    rows: dict[str, int]
    columns: dict[str, list[str]]

    def read(self, table: str, column: str, start: int, stop: int) -> np.ndarray:
        """Rows ``start`` to ``stop`` of a column, as stored."""

    def first(self, table: str, start: int, stop: int) -> np.ndarray:
        """Row at which the pulses of each of the frames ``start`` to ``stop``, ``stop`` included, begin."""

    def close(self) -> None:
        """Let go of all files."""


class FileSource:
    """A finished trace, verified before HDF5 sees it."""

    complete = True

    def __init__(self, path: Path) -> None:
        check_seal(path)
        self._file = segments.open_file(path)
        try:
            version = tuple(int(part) for part in self._file.attrs.get("format_version", (0,)))
            if self._file.attrs.get("format") != FORMAT:
                raise TraceError(f"{path}: a part of a run that is not finished; give the folder of the run instead")
            if version[0] != VERSION[0]:
                raise TraceError(
                    f"{path}: format version {version[0]}; this pulsenet reads {VERSION[0]}.x: use the one that wrote "
                    "it"
                )
            self.description = _description(self._file)
            self.columns = _columns(self._file, self.description)
        except BaseException:
            self._file.close()
            raise
        self.rows = {table: self._file[f"{table}/{columns[0]}"].shape[0] for table, columns in self.columns.items()}

    def read(self, table: str, column: str, start: int, stop: int) -> np.ndarray:
        return self._file[f"{table}/{column}"][start:stop]

    def first(self, table: str, start: int, stop: int) -> np.ndarray:
        return self._file[f"{table}/first"][start : stop + 1]

    def close(self) -> None:
        self._file.close()


def _description(file: h5py.File) -> Description:
    """The description of a run, from its finished trace."""

    def text(path: str):
        return file[path].asstr()[()]

    shapes = zip(file["network/n_in"][:].tolist(), file["network/n_out"][:].tolist(), strict=True)
    schedule = Schedule(len(file["network/layer"]), int(file["clock/n_slots"][()]), int(file["clock/guard_slots"][()]))
    return Description(
        configuration=json.loads(text("provenance/configuration")),
        provenance={key: text(f"provenance/{key}") for key in file["provenance"] if key != "configuration"},
        slot=float(file["clock/slot"][()]),
        schedule=schedule,
        populations=dict(zip(text("network/population").tolist(), file["network/lines"][:].tolist(), strict=True)),
        layers=dict(zip(text("network/layer").tolist(), shapes, strict=True)),
        n_classes=int(file["network/n_classes"][()]),
        n_frames=int(file["network/n_frames"][()]),
    )


def _columns(file: h5py.File, run: Description) -> dict[str, list[str]]:
    """Columns of the tables of a finished trace; what a newer version added is passed over."""
    kinds = [f"pulses/{population}/{kind}" for population in run.populations for kind in file[f"pulses/{population}"]]
    columns = {
        table: [name for name in table_fields(table) if name in file[table]]
        for table in ("frames", *kinds, "evaluation")
    }
    columns["conductance"] = ["frame", *(f"{layer}/{name}" for layer in run.layers for name in ("G_plus", "G_minus"))]
    return columns


class SegmentSource:
    """The segments of an unfinished run, all verified; those that are committed later are not seen."""

    complete = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._headers = [header for header, _ in segments.chain(folder)][1:]
        self.description = segments.description(folder)
        self.columns = self._headers[-1].columns if self._headers else {}
        self.rows = self._headers[-1].total if self._headers else {}
        self._starts: dict[str, list[int]] = {}
        self._open: tuple[int, h5py.File] | None = None

    def read(self, table: str, column: str, start: int, stop: int) -> np.ndarray:
        parts = [self._file(header)[f"{table}/{column}"][a:b] for header, a, b in self._overlapping(table, start, stop)]
        empty = np.empty((0, *self._row_shape(column)), column_field(table, column).stored_dtype)
        return np.concatenate(parts) if parts else empty

    def _row_shape(self, column: str) -> tuple[int, ...]:
        """Shape of one row of a column."""
        layer = column.rpartition("/")[0]
        if layer:
            return self.description.layers[layer]
        return (self.description.n_classes,) * 2 if column == "confusion" else ()

    def first(self, table: str, start: int, stop: int) -> np.ndarray:
        boundaries = [np.zeros(0, np.int64)]
        for header, a, b in self._overlapping("frames", start, stop):
            before = header.before.get(table, 0)
            boundaries.append(
                self._file(header)[f"{table}/first"][a:b] + before if table in header.rows else np.full(b - a, before)
            )
        return np.concatenate([*boundaries, [self._row_at(table, stop)]])

    def _row_at(self, table: str, frame: int) -> int:
        """Row at which the pulses of one frame begin; after the last frame, the number of rows."""
        for header, a, _ in self._overlapping("frames", frame, frame + 1):
            inside = self._file(header)[f"{table}/first"][a] if table in header.rows else 0
            return header.before.get(table, 0) + int(inside)
        return self.rows.get(table, 0)

    def _overlapping(self, table: str, start: int, stop: int) -> list[tuple[Header, int, int]]:
        """The segments that hold rows ``start`` to ``stop`` of a table, with the rows to take from each."""
        if table not in self._starts:
            self._starts[table] = [header.before.get(table, 0) for header in self._headers]
        found = []
        for header in self._headers[max(0, bisect_right(self._starts[table], start) - 1) :]:
            before, rows = header.before.get(table, 0), header.rows.get(table, 0)
            if before >= stop:
                break
            if rows and before + rows > start:
                found.append((header, max(0, start - before), min(rows, stop - before)))
        return found

    def _file(self, header: Header) -> h5py.File:
        """A segment, kept open until another one is asked for."""
        if self._open is None or self._open[0] != header.sequence:
            self.close()
            self._open = (header.sequence, segments.open_file(path_of(self._folder, header.sequence)))
        return self._open[1]

    def close(self) -> None:
        if self._open:
            self._open[1].close()
        self._open = None
