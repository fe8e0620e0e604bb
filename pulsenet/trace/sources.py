"""Where a reader's rows come from: one finished file, or the segments of a run that is not finished."""

from __future__ import annotations

import errno
import json
import os
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import h5py
import numpy as np

from pulsenet.circuit.schedule import Schedule
from pulsenet.errors import TraceError
from pulsenet.records import Parameter, Parameters
from pulsenet.trace import segments
from pulsenet.trace.archive import Archive, is_archive
from pulsenet.trace.description import Description
from pulsenet.trace.files import check_seal
from pulsenet.trace.schema import FORMAT, VERSION, column_field, table_fields
from pulsenet.trace.segments import path_of

#: Segments that are kept open. A chunk of the finished trace is rarely in more.
_KEPT_OPEN = 32


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
        if is_archive(path):
            raise TraceError(f"{path}: a part of a run that is not finished; give the folder of the run instead")
        self._file = _open_file(path)
        try:
            version = tuple(int(part) for part in self._file.attrs.get("format_version", (0,)))
            if self._file.attrs.get("format") != FORMAT:
                raise TraceError(f"{path}: not a trace that this pulsenet reads; use the one that wrote it")
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


def _open_file(path: Path) -> h5py.File:
    """Open a trace for reading.

    Raises
    ------
    FileNotFoundError
        If it is not there, or goes away meanwhile: HDF5 looks at a path more than once, and then has another error.
    """
    try:
        return h5py.File(path, "r")
    except OSError as error:
        if path.exists():
            raise
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path)) from error


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
        parameters=_parameters(file),
    )


def _parameters(file: h5py.File) -> Parameters:
    """Values of the equations; a trace of a version before 1.2 holds none."""
    parameters: Parameters = {}
    if "parameters" in file:
        texts = [file[f"parameters/{column}"].asstr()[:] for column in ("object", "name", "unit")]
        for owner, name, unit, value in zip(*texts, file["parameters/value"][:], strict=True):
            parameters.setdefault(owner, {})[name] = Parameter(value, unit)
    for owner, datasets in file.get("devices", {}).items():
        for name, dataset in datasets.items():
            if not dataset.is_scale:
                parameters.setdefault(owner, {})[name] = Parameter(dataset[:], dataset.attrs["units"])
    return parameters


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
        self.columns: dict[str, list[str]] = {}
        self._ends: dict[str, list[int]] = {}  # rows of each table up to and including each segment
        for header, _ in segments.chain(folder):
            self.columns = header.columns
            for table, rows in header.total.items():
                self._ends.setdefault(table, [0] * header.sequence).append(rows)
        self.description = segments.description(folder)
        self.rows = {table: ends[-1] for table, ends in self._ends.items()}
        self._open: dict[int, Archive] = {}

    def read(self, table: str, column: str, start: int, stop: int) -> np.ndarray:
        return self.read_columns(table, [column], start, stop)[column]

    def read_columns(self, table: str, columns: list[str], start: int, stop: int) -> dict[str, np.ndarray]:
        """Rows ``start`` to ``stop`` of some columns of a table, as stored; each segment is turned to once."""
        parts: dict[str, list[np.ndarray]] = {
            name: [np.empty((0, *self._row_shape(name)), column_field(table, name).stored_dtype)] for name in columns
        }
        for sequence, a, b in self._overlapping(table, start, stop):
            for name in columns:
                parts[name].append(self._segment(sequence).rows(f"{table}/{name}", a, b))
        return {name: np.concatenate(found) for name, found in parts.items()}

    def packed(self, table: str, column: str, start: int, rows: int) -> bytes | None:
        """The packed chunk of ``rows`` rows from ``start`` on, if one segment has it."""
        sequence, a, _ = next(self._overlapping(table, start, start + rows))
        return self._segment(sequence).piece(f"{table}/{column}", a, rows)

    def _row_shape(self, column: str) -> tuple[int, ...]:
        """Shape of one row of a column."""
        layer = column.rpartition("/")[0]
        if layer:
            return self.description.layers[layer]
        return (self.description.n_classes,) * 2 if column == "confusion" else ()

    def first(self, table: str, start: int, stop: int) -> np.ndarray:
        boundaries = [self._firsts(table, *found) for found in self._overlapping("frames", start, stop + 1)]
        if stop == self.rows["frames"]:
            boundaries.append(np.array([self.rows[table]]))
        return np.concatenate(boundaries)

    def _firsts(self, table: str, sequence: int, start: int, stop: int) -> np.ndarray:
        """Row at which the pulses of each of some frames of a segment begin."""
        before, end = self._ends[table][sequence - 1 : sequence + 1]
        inside = self._segment(sequence).rows(f"{table}/first", start, stop) if end > before else 0
        return np.broadcast_to(before + inside, stop - start)

    def _overlapping(self, table: str, start: int, stop: int) -> Iterator[tuple[int, int, int]]:
        """The segments that hold rows ``start`` to ``stop`` of a table, with the rows to take from each."""
        ends = self._ends.get(table, [])
        for sequence in range(bisect_right(ends, start), len(ends)):
            before, end = ends[sequence - 1], min(ends[sequence], stop)
            if before >= stop:
                break
            if max(start, before) < end:
                yield sequence, max(start, before) - before, end - before

    def _segment(self, sequence: int) -> Archive:
        """A segment, kept open while few others are asked for."""
        found = self._open.pop(sequence, None) or Archive(path_of(self._folder, sequence))
        if len(self._open) == _KEPT_OPEN:
            self._open.pop(next(iter(self._open))).close()
        self._open[sequence] = found  # the last in the order in which they were asked for
        return found

    def close(self) -> None:
        for segment in self._open.values():
            segment.close()
        self._open = {}
