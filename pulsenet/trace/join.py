"""From the segments of a run to its one canonical file, whose bytes do not depend on how the run was cut.

The trace is written chunk by chunk in an order of its own, so HDF5 is asked for the same things in the same order
however many segments the rows come from. A chunk that one segment holds whole is copied, packed as it is; only what is
cut by the end of a segment is packed again, to the same bytes. Memory stays at a few chunks.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import h5py
import numpy as np

from pulsenet.errors import TraceError
from pulsenet.trace import segments
from pulsenet.trace.description import Description, in_order, to_json
from pulsenet.trace.files import replacing, seal_descriptor
from pulsenet.trace.output import OutputFile
from pulsenet.trace.schema import FIELDS, FORMAT, KINDS, VERSION, Field, fields
from pulsenet.trace.sources import SegmentSource
from pulsenet.trace.storage import Target, chunks_of, create_column

#: The oldest file format that holds what we need, so that the oldest tools read it; and no time stamps in it.
LIBVER = ("earliest", "v108")
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
        source = SegmentSource(folder)
    except FileNotFoundError as error:
        raise TraceError(f"{error.filename}: missing; resume the run, which computes what it held again") from error
    with closing(source), replacing(target, folder / segments.FOLDER) as descriptor:
        with OutputFile(descriptor) as output, h5py.File(output, "w", libver=LIBVER) as file:
            _write(file, source, output.check)
        seal_descriptor(descriptor)


def _write(file: h5py.File, source: SegmentSource, check: Callable[[], None]) -> None:
    """Everything in its order; ``check`` is called after each chunk."""
    file.attrs["format"] = FORMAT
    file.attrs["format_version"] = np.array(VERSION, np.int32)
    file.attrs["complete"] = np.int8(1)
    run = source.description
    _write_static(file, run)
    kinds = [f"pulses/{population}/{kind}" for population in run.populations for kind in KINDS]
    for table in ["frames", *kinds, "conductance", "evaluation"]:
        if table in kinds:
            file.require_group(table.rpartition("/")[0])
        if table not in kinds or table in source.rows:
            _create_table(file, table, source)
    for table in filter(source.rows.get, kinds):
        targets = _targets(file, source, table)
        for start, stop in chunks_of(0, source.rows[table]):
            _fill(targets, source, table, start, stop)
            check()
    _fill_frames(file, source, [table for table in kinds if table in source.rows], check)
    for table in filter(source.rows.get, ("conductance", "evaluation")):
        targets = _targets(file, source, table)
        for row in range(source.rows[table]):  # one at a time, because these are wide
            _fill(targets, source, table, row, row + 1)
            check()


def _fill_frames(file: h5py.File, source: SegmentSource, kinds: list[str], check: Callable[[], None]) -> None:
    """Write what has a row per frame, or per frame and one more, so that each segment is turned to once."""
    n_frames = source.rows.get("frames", 0)
    frames = _targets(file, source, "frames") if n_frames else {}
    firsts = {table: Target(file[f"{table}/first"]) for table in kinds}
    for start, stop in chunks_of(0, n_frames + 1):
        if start < n_frames:
            _fill(frames, source, "frames", start, min(stop, n_frames))
        for table, target in firsts.items():
            target.write(start, source.first(table, start, stop - 1))
        check()


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
    _write_parameters(file, run)


def _write_parameters(file: h5py.File, run: Description) -> None:
    """Values of the equations: a table of those that are shared; and what each device or pair has for itself."""
    every = list(in_order(run.parameters))
    shared = [(owner, name, parameter) for owner, name, parameter in every if not np.ndim(parameter.value)]
    columns = {
        "parameter": None,
        "object": [owner for owner, _, _ in shared],
        "name": [name for _, name, _ in shared],
        "value": [parameter.value for _, _, parameter in shared],
        "unit": [parameter.unit for _, _, parameter in shared],
    }
    for name, values in columns.items() if shared else ():
        _create(file, f"parameters/{name}", fields("parameters")[name], (len(shared),), values)
    own = fields("devices/<layer>")
    for owner, name, parameter in every:
        shape = np.shape(parameter.value)
        for axis, size in zip(("input", "output"), shape, strict=False):
            if f"devices/{owner}/{axis}" not in file:
                _create(file, f"devices/{owner}/{axis}", own[axis], (size,))
        if shape:
            _create(file, f"devices/{owner}/{name}", own["<key>"], shape, parameter.value, parameter.unit)


def _create_table(file: h5py.File, table: str, source: SegmentSource) -> None:
    """Create the datasets of a table, its axes first."""
    run, rows = source.description, source.rows.get(table, 0)
    sizes = {"frame": rows, "pulse": rows, "epoch": rows, "boundary": source.rows.get("frames", 0) + 1}
    sizes |= {"label": run.n_classes, "prediction": run.n_classes}
    group = "pulses/<population>/<kind>" if table.startswith("pulses/") else table
    recorded = source.columns.get(table, [])
    for field in sorted(fields(group).values(), key=lambda field: not field.is_scale):
        if field.required or field.name in recorded:
            _create(file, f"{table}/{field.name}", field, tuple(sizes[axis] for axis in field.axes))
    if table == "conductance":
        for layer, shape in run.layers.items():
            sizes |= {"input": shape[0], "output": shape[1]}
            for field in fields("conductance/<layer>").values():
                _create(file, f"{table}/{layer}/{field.name}", field, tuple(sizes[axis] for axis in field.axes))


def _create(
    file: h5py.File, path: str, field: Field, shape: tuple[int, ...], values: object = None, unit: str = ""
) -> None:
    """Create one dataset with its attributes and dimension scales; ``unit`` is for a field that names none."""
    if field.dtype == "text":
        dataset = file.create_dataset(path, shape, h5py.string_dtype())
    else:
        dataset = create_column(file, path, field, shape)
    if values is not None:
        dataset[...] = values
    dataset.attrs["units"] = unit or field.units
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


def _targets(file: h5py.File, source: SegmentSource, table: str) -> dict[str, Target]:
    return {name: Target(file[f"{table}/{name}"]) for name in source.columns[table]}


def _fill(targets: dict[str, Target], source: SegmentSource, table: str, start: int, stop: int) -> None:
    """Write some rows of a table, all of one chunk: packed as a segment has them, or else put together and packed."""
    left = []
    for name, target in targets.items():
        packed = source.packed(table, name, start, target.chunk_rows) if target.chunk_rows else None
        if packed:
            target.write(start, packed)
        else:
            left.append(name)
    for name, values in source.read_columns(table, left, start, stop).items():
        targets[name].write(start, values)
