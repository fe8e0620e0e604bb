"""Segments: the immutable files that hold a run until it is finished.

Segment 0 holds the description of the run; each further one a commit: its rows, its checkpoint, and a header that
chains it to the one before. A segment is built in memory and written as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from pulsenet.errors import TraceError
from pulsenet.records import Parameter, Parameters
from pulsenet.trace.archive import Archive, build
from pulsenet.trace.description import Description, in_order
from pulsenet.trace.files import PART, DamagedError, check_seal
from pulsenet.trace.schema import column_field
from pulsenet.trace.storage import part_of
from pulsenet.trace.tables import Tables

FOLDER = "segments"
ENDING = ".segment"
_CHECKPOINT = "checkpoint/"
_PARAMETERS = "parameters/"


@dataclass(frozen=True)
class Header:
    """What a segment says about itself.

    Attributes
    ----------
    sequence : int
        Its number: 0 for the description, then one per commit.
    run : str
        SHA-256 of the run's description.
    previous : str
        SHA-256 of the segment before; for segment 0, of the finished trace that this run replaces, or empty.
    before, rows : dict of int
        Rows of each table in all earlier commits, and in this one.
    columns : dict of list of str
        Columns of each table that has had rows.
    """

    sequence: int
    run: str
    previous: str
    before: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)

    @property
    def total(self) -> dict[str, int]:
        """Rows of each table up to and including this segment."""
        return {table: self.before.get(table, 0) + self.rows.get(table, 0) for table in self.columns}

    def next(self, digest: str, tables: Tables) -> Header:
        """Header of the segment that follows this one (whose SHA-256 is ``digest``) and holds ``tables``.

        Raises
        ------
        TraceError
            If a table has other columns than in earlier commits.
        """
        columns = dict(self.columns)
        for table, values in tables.items():
            names = [name for name in values if name != "first"]
            known = columns.setdefault(table, names)
            if known != names:
                raise TraceError(
                    f"{table}: columns {', '.join(names)}; earlier commits of the run had {', '.join(known)}"
                )
        rows = {table: len(next(iter(values.values()))) for table, values in tables.items()}
        return Header(self.sequence + 1, self.run, digest, self.total, rows, columns)


def path_of(folder: Path, sequence: int) -> Path:
    """File of a segment of the run in ``folder``."""
    return folder / FOLDER / f"{sequence:08d}{ENDING}"


def sequences(folder: Path) -> list[int]:
    """Numbers of the segments that a run's folder holds, in order."""
    return sorted(int(path.stem) for path in (folder / FOLDER).glob("[0-9]" * 8 + ENDING))


def ours(folder: Path) -> list[Path]:
    """All files of an unfinished run, the description first: without it the others are no run."""
    parts = [*(folder / FOLDER).glob("*" + PART)]
    return [path_of(folder, sequence) for sequence in sequences(folder)] + sorted(parts)


def encode(header: Header, run: Description | None, tables: Tables, checkpoint: dict[str, np.ndarray]) -> bytes:
    """Build a segment in memory.

    Parameters
    ----------
    header : Header
    run : Description or None
        Given for segment 0 only.
    tables : Tables
    checkpoint : dict of arrays

    Raises
    ------
    TraceError
        If a part of the checkpoint is not an array of numbers.
    """
    about, arrays = {"header": asdict(header)}, {}
    if run:
        about |= {"description": run.to_json(), "units": {}}
        for owner, name, parameter in in_order(run.parameters):
            about["units"][f"{owner}/{name}"] = parameter.unit
            arrays[f"{_PARAMETERS}{owner}/{name}"] = np.asarray(parameter.value, "<f8")
    for table, columns in tables.items():
        for name, values in columns.items():
            before = 0 if name == "first" else header.before.get(table, 0)
            arrays[f"{table}/{name}"] = part_of(column_field(table, name), values, before)
    for name, value in checkpoint.items():
        arrays[_CHECKPOINT + name] = given = np.asarray(value)
        if "/" in name or given.dtype.kind not in "biufc":
            raise TraceError(f"checkpoint[{name!r}]: type {given.dtype}; need arrays of numbers, named without '/'")
    return build(about, arrays)


def load(folder: Path, sequence: int, previous: tuple[Header, str] | None) -> tuple[Header, str]:
    """Read and verify one segment: its seal, and that it follows ``previous`` (header, SHA-256).

    Raises
    ------
    DamagedError
        If it is damaged or does not belong there.
    FileNotFoundError
        If it is missing.
    """
    path = path_of(folder, sequence)
    digest = check_seal(path)
    with Archive(path) as file:
        header = Header(**file.about["header"])
    if previous:
        before = previous[0]
        follows = (header.sequence, header.run, header.previous, header.before) == (
            sequence,
            before.run,
            previous[1],
            before.total,
        )
    else:
        follows = header.sequence == sequence == 0
    if not follows:
        raise DamagedError(f"{path}: does not follow the segments before it (copied, swapped, or from another run)")
    return header, digest


def chain(folder: Path) -> Iterator[tuple[Header, str]]:
    """Verify the segments of a run one after the other; header and SHA-256 of each.

    Raises
    ------
    DamagedError, FileNotFoundError
        As `load`, at the first segment that is not as it should be.
    """
    previous = None
    for sequence in range(max(sequences(folder), default=0) + 1):
        previous = load(folder, sequence, previous)
        yield previous


def description(folder: Path) -> Description:
    """The description of the run in ``folder``; its segment 0 must have been verified."""
    with Archive(path_of(folder, 0)) as file:
        parameters: Parameters = {}
        for path, unit in file.about["units"].items():
            owner, _, name = path.partition("/")
            parameters.setdefault(owner, {})[name] = Parameter(file.array(_PARAMETERS + path)[()], unit)
        return Description.from_json(file.about["description"], parameters)


def checkpoint(folder: Path, sequence: int) -> dict[str, np.ndarray]:
    """The checkpoint that a verified segment carries."""
    with Archive(path_of(folder, sequence)) as file:
        names = [name for name in file.names if name.startswith(_CHECKPOINT)]
        return {name.removeprefix(_CHECKPOINT): file.array(name) for name in names}
