"""From the segments of a run to its one canonical file, whose bytes do not depend on how the run was cut.

Tables are written one after the other, each in blocks of a fixed number of rows, so HDF5 is asked for the same things
in the same order however many segments the rows come from. Memory stays at a few blocks.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import h5py
import numpy as np

from pulsenet.errors import TraceError
from pulsenet.trace import segments
from pulsenet.trace.description import Description, to_json
from pulsenet.trace.files import replacing, seal_descriptor
from pulsenet.trace.output import OutputFile
from pulsenet.trace.schema import (
    CHUNK_ROWS,
    FIELDS,
    FORMAT,
    KINDS,
    VERSION,
    Field,
    fields,
)
from pulsenet.trace.segments import LIBVER, Header, create_column, path_of

Columns = dict[str, np.ndarray]
#: Some rows of a table: how many, and a function that reads those from ``start`` to ``stop``.
Part = tuple[int, Callable[[int, int], Columns]]

#: netCDF's way to say that an axis has a length and no coordinate; the reason why xarray makes no variable of it.
_NO_COORDINATE = "This is a netCDF dimension but not a netCDF variable. %10d"


def join(folder: Path, target: Path) -> None:
    """Write the segments of the run in ``folder``, verified one by one, as the trace ``target``.

    Raises
    ------
    TraceError
        If a segment is damaged or missing.
    OSError
        If ``target`` cannot be written; then it is as before.
    """
    try:
        [(last, _)] = deque(segments.chain(folder), maxlen=1)
    except FileNotFoundError as error:
        raise TraceError(f"{error.filename}: missing; resume the run, which computes what it held again") from error
    run = segments.description(folder)
    with replacing(target, folder / segments.FOLDER) as descriptor:
        with OutputFile(descriptor) as output, h5py.File(output, "w", libver=LIBVER) as file:
            _write(file, run, last, folder, output.check)
        seal_descriptor(descriptor)


def _write(file: h5py.File, run: Description, last: Header, folder: Path, check: Callable[[], None]) -> None:
    """Everything in its order; ``last`` is the header of the last segment, ``check`` is called after each block."""
    file.attrs["format"] = FORMAT
    file.attrs["format_version"] = np.array(VERSION, np.int32)
    file.attrs["complete"] = np.int8(1)
    _write_static(file, run)
    tables = ["frames", *(f"pulses/{population}/{kind}" for population in run.populations for kind in KINDS)]
    for table in [*tables, "conductance", "evaluation"]:
        rows = last.total.get(table, 0)
        if table.startswith("pulses/"):
            file.require_group(table.rpartition("/")[0])
            if not rows:
                continue
        columns = _create_table(file, table, rows, last, run)
        if rows:
            wide = table in ("conductance", "evaluation")
            _fill(file, table, _parts(folder, last.sequence, table, columns), 1 if wide else CHUNK_ROWS, check)
        if table.startswith("pulses/"):
            _fill(file, table, _first_parts(folder, last.sequence, table), CHUNK_ROWS, check)


def _write_static(file: h5py.File, run: Description) -> None:
    """What is known before the first frame."""
    clock, phases = run.schedule, run.schedule.phases
    values = {
        "provenance/configuration": to_json(run.configuration, "configuration"),
        "network/population": list(run.populations), "network/lines": list(run.populations.values()),
        "network/layer": list(run.layers), "network/n_in": [shape[0] for shape in run.layers.values()],
        "network/n_out": [shape[1] for shape in run.layers.values()],
        "network/n_classes": run.n_classes, "network/n_frames": run.n_frames,
        "clock/slot": run.slot, "clock/n_slots": clock.n_slots, "clock/guard_slots": clock.guard_slots,
        "clock/frame_slots": clock.frame_slots,
    }  # fmt: skip
    values |= {
        f"clock/phases/{part}": [getattr(phase, part) for phase in phases]
        for part in ("name", "kind", "layer", "start", "stop")
    }
    for field in FIELDS:
        if field.path in values:
            _create(file, field.path, field, np.shape(values[field.path]), values[field.path])
        elif field.path == "clock/phases/phase":
            _create(file, field.path, field, (len(phases),))
        elif field.path == "provenance/<key>":
            for key in sorted(run.provenance):
                _create(file, f"provenance/{key}", field, (), run.provenance[key])


def _create_table(file: h5py.File, table: str, rows: int, last: Header, run: Description) -> list[str]:
    """Create the datasets of a table, its axes first; returns the names of its columns."""
    sizes = {"frame": rows, "pulse": rows, "epoch": rows, "boundary": last.total.get("frames", 0) + 1}
    sizes |= {"label": run.n_classes, "prediction": run.n_classes}
    group = "pulses/<population>/<kind>" if table.startswith("pulses/") else table
    recorded = last.columns.get(table, [])
    for field in sorted(fields(group).values(), key=lambda field: not field.is_scale):
        if field.required or field.name in recorded:
            _create(file, f"{table}/{field.name}", field, tuple(sizes[axis] for axis in field.axes))
    if table == "conductance":
        for layer, shape in run.layers.items():
            sizes |= {"input": shape[0], "output": shape[1]}
            for field in fields("conductance/<layer>").values():
                _create(file, f"{table}/{layer}/{field.name}", field, tuple(sizes[axis] for axis in field.axes))
    return recorded


def _create(file: h5py.File, path: str, field: Field, shape: tuple[int, ...], values: object = None) -> None:
    """Create one dataset with its attributes and dimension scales."""
    if field.dtype == "text":
        dataset = file.create_dataset(path, shape, h5py.string_dtype())
    else:
        dataset = create_column(file, path, field, shape)
    if values is not None:
        dataset[...] = values
    dataset.attrs["units"] = field.units
    dataset.attrs["long_name"] = field.long_name.replace("<key>", path.rpartition("/")[2])
    if field.dtype == "bool":
        dataset.attrs["dtype"] = "bool"
    if field.is_scale:
        dataset.make_scale(_NO_COORDINATE % shape[0] if field.storage == "none" else field.name)
        return
    for number, axis in enumerate(field.axes):
        group = path.rpartition("/")[0]
        while f"{group}/{axis}" not in file:  # an axis may belong to the group above
            group = group.rpartition("/")[0]
        dataset.dims[number].attach_scale(file[f"{group}/{axis}"])


def _fill(file: h5py.File, table: str, parts: Iterable[Part], size: int, check: Callable[[], None]) -> None:
    """Write the rows of a table in blocks of ``size`` rows."""
    start = 0
    for block in _blocks(parts, size):
        for name, values in block.items():
            file[f"{table}/{name}"][start : start + len(values)] = values
        start += len(values)
        check()


def _blocks(parts: Iterable[Part], size: int) -> Iterator[Columns]:
    """Re-cut parts of any length into blocks of ``size`` rows; the last may be shorter."""
    pending: list[Columns] = []
    count = 0
    for length, read in parts:
        start = 0
        while start < length:
            stop = min(length, start + size - count)
            pending.append(read(start, stop))
            count += stop - start
            start = stop
            if count == size:
                yield _merge(pending)
                pending, count = [], 0
    if pending:
        yield _merge(pending)


def _merge(pending: list[Columns]) -> Columns:
    return {name: np.concatenate([columns[name] for columns in pending]) for name in pending[0]}


def _parts(folder: Path, n_segments: int, table: str, columns: list[str]) -> Iterator[Part]:
    """The rows of a table, segment by segment."""
    for file, header in _files(folder, n_segments):
        if table in header.rows:
            datasets = {name: file[f"{table}/{name}"] for name in columns}
            yield header.rows[table], partial(_rows, datasets, 0)


def _first_parts(folder: Path, n_segments: int, table: str) -> Iterator[Part]:
    """For each frame the row at which its pulses begin, segment by segment; at the end the number of rows."""
    total = 0
    for file, header in _files(folder, n_segments):
        n_frames = header.rows.get("frames", 0)
        first = file[f"{table}/first"] if table in header.rows else np.zeros(n_frames, np.int64)
        yield n_frames, partial(_rows, {"first": first}, total)
        total += header.rows.get(table, 0)
    yield 1, partial(_rows, {"first": np.zeros(1, np.int64)}, total)


def _rows(columns: dict[str, h5py.Dataset | np.ndarray], offset: int, start: int, stop: int) -> Columns:
    """Some rows of columns, as they are or with an offset added."""
    read = {name: values[start:stop] for name, values in columns.items()}
    return {name: values + offset for name, values in read.items()} if offset else read


def _files(folder: Path, n_segments: int) -> Iterator[tuple[h5py.File, Header]]:
    """Each commit's segment, open while it is current."""
    for sequence in range(1, n_segments + 1):
        with h5py.File(path_of(folder, sequence), "r") as file:
            yield file, Header(**json.loads(file["header"][()]))
