"""Tables of frames and of pulses: CSV for every tool, Parquet for data frames and databases."""

from __future__ import annotations

from collections.abc import Iterator
from csv import writer as csv_writer
from pathlib import Path

import numpy as np

from pulsenet.errors import TraceError
from pulsenet.exports.new_file import new_file
from pulsenet.exports.selection import Lines, choose_frames, choose_lines
from pulsenet.records import Pulses
from pulsenet.trace import Trace
from pulsenet.trace.schema import KINDS
from pulsenet.trace.wires import high, only

#: Columns of the table of pulses: type, and meaning.
PULSE_COLUMNS = {
    "population": ("string", "population that sends the pulse"),
    "kind": ("string", "forward, backward, error or refresh"),
    "frame": ("int64", "frame, from the start of the run"),
    "line": ("int32", "line of the population"),
    "slot": ("int64", "slot of the pulse, from the start of the run"),
    "width": ("uint16", "slots for which the pulse is high; empty: one"),
    "polarity": ("int8", "sign of the pulse, -1 or 1; empty: none"),
    "SET": ("int32", "number of SET pulses of a refresh"),
    "RESET": ("int32", "number of RESET pulses of a refresh"),
    "start_seconds": ("float64", "when the pulse begins, from the start of the run, if all slots are equally long"),
    "stop_seconds": ("float64", "when the pulse ends"),
}


def csv(
    trace: Trace, folder: str | Path, frames: int | slice | None = None, lines: Lines | None = None, force: bool = False
) -> Path:
    """Write ``frames.csv`` and ``pulses.csv``.

    Frames have the columns of the trace's table of frames, after ``frame``. Pulses have the columns of `PULSE_COLUMNS`,
    sorted by population, kind, slot and line; what a kind of pulse does not have is left empty. Frames whose pulses
    were not recorded have ``recorded`` False and no pulses.

    Parameters
    ----------
    trace : Trace
    folder : path
        Made if it is not there.
    frames : int, slice or None
        One frame, a range of frames, or all.
    lines : mapping of population to lines, optional
        Of the pulses; populations left out are exported with all lines.
    force : bool
        Replace files of these names.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    TraceError
        If there is no such frame, population or line, or a file exists already or cannot be written.

    Examples
    --------
    >>> with Trace("runs/digits") as trace:                                 # doctest: +SKIP
    ...     csv(trace, "tables", frames=slice(0, 100))
    PosixPath('tables')
    """
    chosen, picked, folder = choose_frames(trace, frames), choose_lines(trace, lines), Path(folder)
    with (
        new_file(trace, folder / "frames.csv", force) as frames_descriptor,
        new_file(trace, folder / "pulses.csv", force) as pulses_descriptor,
    ):
        _write_csv(frames_descriptor, [_frame_table(trace, chosen)])
        _write_csv(pulses_descriptor, _pulse_tables(trace, chosen, picked))
    return folder


def parquet(
    trace: Trace, folder: str | Path, frames: int | slice | None = None, lines: Lines | None = None, force: bool = False
) -> Path:
    """Write ``frames.parquet`` and ``pulses.parquet``: the tables of `csv`, typed, with null for what is left empty.

    Each field carries its meaning as metadata ``long_name``. Needs pyarrow (``pip install 'pulsenet[parquet]'``).

    Parameters
    ----------
    trace, folder, frames, lines, force
        As for `csv`.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    TraceError
        As `csv`; or if pyarrow is not installed.

    Examples
    --------
    >>> with Trace("runs/digits") as trace:                                 # doctest: +SKIP
    ...     parquet(trace, "tables", frames=slice(0, 100))
    PosixPath('tables')
    """
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        raise TraceError("Parquet needs pyarrow, which is not installed: pip install 'pulsenet[parquet]'") from None
    chosen, picked, folder = choose_frames(trace, frames), choose_lines(trace, lines), Path(folder)
    with (
        new_file(trace, folder / "frames.parquet", force) as frames_descriptor,
        new_file(trace, folder / "pulses.parquet", force) as pulses_descriptor,
    ):
        columns = {"frame": ("int64", "frame, from the start of the run")}
        columns |= {name: (column.dtype.name, column.long_name) for name, column in trace.frames.items()}
        _write_parquet(frames_descriptor, columns, [_frame_table(trace, chosen)])
        _write_parquet(pulses_descriptor, PULSE_COLUMNS, _pulse_tables(trace, chosen, picked))
    return folder


def _frame_table(trace: Trace, frames: range) -> dict[str, np.ndarray]:
    table = {"frame": np.arange(frames.start, frames.stop)}
    return table | {name: column[frames.start : frames.stop] for name, column in trace.frames.items()}


def _pulse_tables(trace: Trace, frames: range, lines: dict[str, np.ndarray]) -> Iterator[dict]:
    """The table of pulses, a part per population and kind: arrays, a text for all rows, or None for an empty column."""
    for population, numbers in lines.items():
        for kind in KINDS:
            pulses = trace.pulses(population, kind, slice(frames.start, frames.stop))
            pulses = only(pulses, np.isin(pulses["line"], numbers))
            yield {"population": population, "kind": kind, **_pulse_columns(trace, pulses)}


def _pulse_columns(trace: Trace, pulses: Pulses) -> dict[str, np.ndarray | None]:
    start, stop = high(pulses)
    found = {
        "frame": pulses["slot"] // trace.schedule.frame_slots,
        "start_seconds": start * trace.slot,
        "stop_seconds": stop * trace.slot,
    }
    return {name: found.get(name, pulses.get(name)) for name in PULSE_COLUMNS if name not in ("population", "kind")}


def _write_csv(descriptor: int, tables) -> None:
    """Write a table given in parts; RFC 4180 but for the ends of lines."""
    with open(descriptor, "w", encoding="utf-8", newline="", closefd=False) as file:
        rows = csv_writer(file, lineterminator="\n")
        for number, table in enumerate(tables):
            if number == 0:
                rows.writerow(table)
            n_rows = len(table["frame"])
            rows.writerows(zip(*(_texts(column, n_rows) for column in table.values()), strict=True))


def _texts(column, n_rows: int) -> list:
    """A column as CSV shows it; 15 digits hide what multiplying a slot number by a slot's length rounds."""
    if column is None or isinstance(column, str):
        return [column] * n_rows
    values = column.tolist()
    return [f"{value:.15g}" for value in values] if column.dtype.kind == "f" else values


def _write_parquet(descriptor: int, columns: dict[str, tuple[str, str]], tables) -> None:
    """Write a table given in parts; a part is a row group."""
    import pyarrow
    from pyarrow.parquet import ParquetWriter

    schema = pyarrow.schema(
        [
            pyarrow.field(name, pyarrow.type_for_alias(kind), metadata={"long_name": meaning})
            for name, (kind, meaning) in columns.items()
        ]
    )
    with open(descriptor, "wb", closefd=False) as file, ParquetWriter(file, schema) as writer:
        for table in tables:
            n_rows = len(table["frame"])
            arrays = [_arrow(table[field.name], field.type, n_rows) for field in schema]
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))


def _arrow(column, kind, n_rows: int):
    import pyarrow

    if column is None:
        return pyarrow.nulls(n_rows, kind)
    if isinstance(column, str):
        return pyarrow.repeat(pyarrow.scalar(column, kind), n_rows)
    return pyarrow.array(column, kind)
