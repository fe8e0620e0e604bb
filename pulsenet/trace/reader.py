"""Reading a trace, finished or not, without loading more of it than is asked for."""

from __future__ import annotations

import operator
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Self

import numpy as np

from pulsenet.circuit.schedule import Schedule
from pulsenet.errors import TraceError
from pulsenet.records import Parameters, Pulses
from pulsenet.trace import segments
from pulsenet.trace.columns import Column
from pulsenet.trace.description import Description
from pulsenet.trace.files import TRACE, read_seal
from pulsenet.trace.labelled import Labelled
from pulsenet.trace.schema import KINDS, table_fields
from pulsenet.trace.sources import FileSource, SegmentSource, Source

_TRIES = 20
_PAUSE = 0.02  # s; a run that ends moves its files, and has moved them well before the last try


class Trace(Labelled):
    """The trace of a run; a context manager.

    Parameters
    ----------
    path : path
        A trace.h5, or the folder of a run. Of a run that goes on or was interrupted, what is committed is read; open it
        again to see more.

    Attributes
    ----------
    complete : bool
        Whether the run was finished when it was opened.
    n_frames : int
        Number of frames in the trace.
    description : Description
        Its parts ``configuration``, ``provenance``, ``slot`` (seconds), ``schedule``, ``populations``, ``layers`` and
        ``parameters`` are attributes of the trace, too.
    frames : mapping of Column
        One entry per frame: ``sample``, ``label``, ``prediction``, ``learn``, ``epoch`` ...
    evaluation : mapping of Column
        One entry per evaluation: ``epoch``, ``accuracy``, ``confusion`` (class, answer).
    snapshots : Column
        For each snapshot of the conductances the number of the frame after which it was taken; -1 before the first.

    Raises
    ------
    TraceError
        If there is no trace, it is damaged, or of a newer format.

    Examples
    --------
    >>> with Trace("runs/digits") as trace:                                 # doctest: +SKIP
    ...     right = trace.frames["label"][:] == trace.frames["prediction"][:]
    ...     error_pulses = trace.pulses("output", "error", frame=10)
    ...     G_plus, G_minus = trace.conductance("layer1", -1)
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._source: Source = _open(self.path)
        self.description: Description = self._source.description
        self.complete: bool = self._source.complete
        self._rows = dict(self._source.rows)
        self.n_frames: int = self._rows.get("frames", 0)
        self.frames: Mapping[str, Column] = self._table("frames")
        self.evaluation: Mapping[str, Column] = self._table("evaluation")
        self.snapshots: Column = self._column("conductance", "frame")

    configuration: dict[str, Any] = property(operator.attrgetter("description.configuration"))
    provenance: dict[str, str] = property(operator.attrgetter("description.provenance"))
    slot: float = property(operator.attrgetter("description.slot"))
    schedule: Schedule = property(operator.attrgetter("description.schedule"))
    populations: dict[str, int] = property(operator.attrgetter("description.populations"))
    layers: dict[str, tuple[int, int]] = property(operator.attrgetter("description.layers"))
    parameters: Parameters = property(operator.attrgetter("description.parameters"))
    ends: dict[str, tuple[str, str]] = property(operator.attrgetter("description.ends"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        """Let go of all files."""
        self._source.close()

    def pulses(self, population: str, kind: str, frame: int | slice | None = None) -> Pulses:
        """Pulses of one kind of one population.

        Parameters
        ----------
        population, kind : str
            ``kind`` is ``"forward"``, ``"backward"``, ``"error"`` or ``"refresh"``.
        frame : int, slice or None
            One frame, a range of frames, or all.

        Returns
        -------
        Pulses
            ``slot`` (int64, from the start of the run), ``line``, and what was recorded of ``width`` (slots),
            ``polarity``, ``SET``, ``RESET``; sorted by slot, then line. Without rows if there were no such pulses.

        Raises
        ------
        TraceError
            If there is no such population, kind or frame.
        """
        if population not in self.populations or kind not in KINDS:
            raise TraceError(
                f"{self.path}: pulses/{population}/{kind}: populations are {', '.join(self.populations)}; "
                f"kinds are {', '.join(KINDS)}"
            )
        start, stop = self._frame_range(frame)
        table = f"pulses/{population}/{kind}"
        if table in self._rows:
            bounds = self._read(table, "first", start, stop)
            return {name: self._column(table, name)[bounds[0] : bounds[-1]] for name in self._source.columns[table]}
        return {name: np.empty(0, field.dtype) for name, field in table_fields(table).items() if name in KINDS[kind]}

    def conductance(self, layer: str, snapshot: int | slice) -> tuple[np.ndarray, np.ndarray]:
        """Conductances of a weight layer.

        Parameters
        ----------
        layer : str
        snapshot : int or slice
            Row of `snapshots`; -1 is the last.

        Returns
        -------
        G_plus, G_minus : float64, shape (n_in, n_out), siemens
            With a further first axis for a slice.

        Raises
        ------
        TraceError
            If there is no such layer or snapshot.
        """
        if layer not in self.layers:
            raise TraceError(f"{self.path}: no layer {layer!r}; layers are {', '.join(self.layers)}")
        number = len(self.snapshots)
        if not isinstance(snapshot, slice) and not -number <= snapshot < number:
            raise TraceError(f"{self.path}: no snapshot {snapshot}; there are {number}")
        plus, minus = (self._column("conductance", f"{layer}/{name}")[snapshot] for name in ("G_plus", "G_minus"))
        return plus, minus

    def holds(self, table: str) -> bool:
        """Whether a table (``"pulses/hidden1/error"``) has any row."""
        return self._rows.get(table, 0) > 0

    def _frame_range(self, frame: int | slice | None) -> tuple[int, int]:
        """First frame, and the frame after the last."""
        if isinstance(frame, slice):
            start, stop, step = frame.indices(self.n_frames)
            if step != 1:
                raise TraceError(f"{self.path}: frames {start}:{stop}:{step}; a range of frames has no step")
            return start, max(start, stop)
        if frame is None:
            return 0, self.n_frames
        if not -self.n_frames <= frame < self.n_frames:
            raise TraceError(f"{self.path}: no frame {frame}; there are {self.n_frames}")
        return frame % self.n_frames, frame % self.n_frames + 1

    def _table(self, table: str) -> dict[str, Column]:
        """All columns of a table; those that every trace has, if there are no rows yet."""
        names = [name for name, field in table_fields(table).items() if field.required]
        return {name: self._column(table, name) for name in self._source.columns.get(table, names)}

    def _column(self, table: str, name: str) -> Column:
        return Column(table, name, self._rows.get(table, 0), partial(self._read, table, name))

    def _read(self, table: str, column: str, start: int, stop: int) -> np.ndarray:
        """Rows of a column. If the run was finished since it was opened, they are in its trace.h5 now."""
        read = "first" if column == "first" else "read"
        where = (table,) if column == "first" else (table, column)
        try:
            return getattr(self._source, read)(*where, start, stop)
        except FileNotFoundError:
            self._source = self._reopen()
            return getattr(self._source, read)(*where, start, stop)

    def _reopen(self) -> Source:
        """The same run, after it was finished."""
        self.close()
        source = _open(self.path)
        if source.description != self.description or any(
            source.rows.get(table, 0) < rows for table, rows in self._rows.items()
        ):
            source.close()
            raise TraceError(f"{self.path}: the run was replaced while it was read; open it again")
        return source


def _open(path: Path) -> Source:
    """The rows at a path; tries again while a run that goes on moves its files."""
    if not path.exists():
        raise TraceError(f"{path}: no such file; a run that is not finished is read by giving its folder")
    for _ in range(_TRIES):
        try:
            return FileSource(path) if path.is_file() else _open_run(path)
        except FileNotFoundError as error:
            missing = error.filename or error
            time.sleep(_PAUSE)
    raise TraceError(f"{missing}: missing; resume the run, which computes what it held again")


def _open_run(folder: Path) -> Source:
    """The rows of a run: of its segments while it is not finished, else of its trace.h5."""
    trace = folder / TRACE
    if not segments.path_of(folder, 0).exists():
        if not trace.exists():
            raise TraceError(f"{folder}: holds no run; give the folder of a run, or its {TRACE}")
        return FileSource(trace)
    if not trace.exists():
        return SegmentSource(folder)
    replaced = segments.load(folder, 0, None)[0].previous
    committed = segments.path_of(folder, 1).exists()
    return SegmentSource(folder) if committed and read_seal(trace)[0] == replaced else FileSource(trace)
