"""Writing a trace: one durable segment per commit, one canonical file at the end."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np

from pulsenet.errors import TraceError
from pulsenet.trace import segments
from pulsenet.trace.description import Commit, Description
from pulsenet.trace.files import (
    TRACE,
    DamagedError,
    lock,
    read_seal,
    reporting,
    sync_folder,
    unlock,
    write_sealed,
)
from pulsenet.trace.join import join
from pulsenet.trace.reader import Trace
from pulsenet.trace.segments import Header, path_of
from pulsenet.trace.tables import tables_of

_log = logging.getLogger(__name__)


class TraceWriter:
    """Writes the trace of one run into a folder. Made by `create` or `resume`; a context manager that frees the folder.

    What was committed survives whatever happens after: leaving the context without `finish` leaves a run that `resume`
    continues and that `pulsenet.trace.Trace` reads.

    Examples
    --------
    >>> with TraceWriter.create(folder, run) as writer:     # doctest: +SKIP
    ...     writer.commit(Commit(frames=..., checkpoint={"next_frame": np.array(100)}))
    ...     writer.finish()
    """

    def __init__(self, folder: Path, run: Description, descriptor: int, header: Header, digest: str) -> None:
        self._folder, self._run = folder, run
        self._lock: int | None = descriptor
        self._header, self._digest = header, digest  # of the last segment

    @classmethod
    def create(cls, folder: Path, description: Description, force: bool = False) -> TraceWriter:
        """Begin a run.

        Parameters
        ----------
        folder : Path
            The run's folder; made if it is not there. Files that are not ours are never touched.
        description : Description
        force : bool
            Give up what the folder holds: an unfinished run at once, a finished one when the first commit is safe.

        Raises
        ------
        TraceError
            If the folder holds a run and ``force`` is not given, holds a trace.h5 that is not ours, cannot be written,
            or another process writes there.
        """
        folder = Path(folder)
        with reporting(f"{folder}: cannot hold a run", "choose a folder that can be written"):
            _make_folder(folder)
            descriptor = lock(folder)
            try:
                return cls(folder, description, descriptor, *_begin(folder, description, force))
            except BaseException:
                unlock(folder, descriptor)
                raise

    @classmethod
    def resume(cls, folder: Path, description: Description) -> tuple[TraceWriter, dict[str, np.ndarray] | None]:
        """Continue an unfinished run.

        Damaged segments and what comes after them are dropped, with a warning: they hold nothing that the run does not
        compute again.

        Parameters
        ----------
        folder : Path
        description : Description
            Must equal the one that the run was begun with.

        Returns
        -------
        writer : TraceWriter
        checkpoint : dict of arrays, or None
            That of the newest intact commit; None if there is none yet.

        Raises
        ------
        TraceError
            If there is no unfinished run, it was begun with another description (the message names the first
            difference), or another process writes it.
        """
        folder = Path(folder)
        with reporting(f"{folder}: cannot resume", "make the folder readable and writable"):
            if not folder.is_dir():
                raise TraceError(f"{folder}: no such folder; start the run without resume")
            descriptor = lock(folder)
            try:
                header, digest = _continue(folder, description)
                state = segments.checkpoint(folder, header.sequence) if header.sequence else None
                return cls(folder, description, descriptor, header, digest), state
            except BaseException:
                unlock(folder, descriptor)
                raise

    @property
    def n_frames(self) -> int:
        """Number of frames that are safe."""
        return self._header.total.get("frames", 0)

    def columns(self, names: Sequence[str]) -> dict[str, np.ndarray]:
        """Some columns of all frames that are safe."""
        with Trace(self._folder) as trace:
            return {name: trace.frames[name][:] for name in names}

    def commit(self, commit: Commit) -> None:
        """Make a chunk of the run durable.

        When this returns, it is safe; when it raises, what was safe before still is.

        Raises
        ------
        TraceError
            If the commit contradicts the schema, the run or earlier commits, or cannot be written. The same commit may
            be tried again.
        """
        self._check_open()
        _, tables = tables_of(commit, self._run, self.n_frames)
        header = self._header.next(self._digest, tables)
        image = segments.encode(header, None, tables, commit.checkpoint)
        path = path_of(self._folder, header.sequence)
        with reporting(
            f"{path}: cannot be written", f"the first {self.n_frames} frames are safe: repair this, then resume"
        ):
            digest = write_sealed(path, image)
            if header.sequence == 1:
                _drop_replaced(self._folder, self._header.previous)
        self._header, self._digest = header, digest

    def finish(self) -> Path:
        """Join all commits to the canonical trace.h5, remove the segments, free the folder.

        Returns
        -------
        Path
            The trace.

        Raises
        ------
        TraceError
            If frames are missing, or the trace cannot be written. Then all segments are as they were.
        """
        self._check_open()
        target = self._folder / TRACE
        if self.n_frames < self._run.n_frames:
            raise TraceError(
                f"{self._folder}: {self.n_frames} of {self._run.n_frames} frames are done; commit the rest, then finish"
            )
        with reporting(f"{target}: cannot be written", "all frames are safe: repair this, then resume"):
            if not _is_joined(self._folder, self._run):
                join(self._folder, target)
            _remove_segments(self._folder)
        self.close()
        return target

    def close(self) -> None:
        """Free the folder. An unfinished run stays as it is."""
        if self._lock is not None:
            unlock(self._folder, self._lock)
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def _check_open(self) -> None:
        if self._lock is None:
            raise TraceError(
                f"{self._folder}: this writer is closed; use TraceWriter.resume to continue an unfinished run"
            )


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it, durably."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for path in reversed(missing):
        sync_folder(path.parent)


def _begin(folder: Path, run: Description, force: bool) -> tuple[Header, str]:
    """Write segment 0 of a new run, in place of an unfinished one."""
    trace = folder / TRACE
    if not force:
        if trace.exists():
            raise TraceError(f"{trace}: holds a finished run already; choose another folder, or replace it with force")
        if segments.sequences(folder):
            raise TraceError(
                f"{folder}: holds an unfinished run; resume it, choose another folder, or replace it with force"
            )
    # The trace that the first commit is to remove is known by its SHA-256; so a crash at any point leaves no doubt
    # whether a trace.h5 beside segments is the old result or the new one.
    header = Header(0, run.digest, _replaceable(trace) if trace.exists() else "")
    image = segments.encode(header, run, {}, {})
    _remove_segments(folder)
    (folder / segments.FOLDER).mkdir(exist_ok=True)
    sync_folder(folder)
    return header, write_sealed(path_of(folder, 0), image)


def _replaceable(trace: Path) -> str:
    """SHA-256 of a trace that is ours to replace."""
    try:
        return read_seal(trace)[0]
    except DamagedError:
        raise TraceError(f"{trace}: not a pulsenet trace, so force does not replace it; move it away") from None


def _continue(folder: Path, run: Description) -> tuple[Header, str]:
    """Verify an unfinished run and drop what is damaged; header and SHA-256 of the last intact segment."""
    _check_unfinished(folder)
    first = last = segments.load(folder, 0, None)
    found = run.difference(segments.description(folder))
    if found:
        raise TraceError(f"{folder}: {found} when the run began; restore it, or start anew with force")
    if _is_joined(folder, run):
        _refuse_finished(folder)
    numbers = segments.sequences(folder)
    try:
        for sequence in range(1, numbers[-1] + 1):
            last = segments.load(folder, sequence, last)
    except (DamagedError, FileNotFoundError) as error:
        _log.warning("%s; continuing after frame %d", error, last[0].total.get("frames", 0) - 1)
    for path in segments.ours(folder)[last[0].sequence + 1 :]:
        path.unlink()
    if last[0].sequence:
        _drop_replaced(folder, first[0].previous)
    return last


def _check_unfinished(folder: Path) -> None:
    """Refuse to continue what is finished or was never begun."""
    if path_of(folder, 0).exists():
        return
    if (folder / TRACE).exists():
        _refuse_finished(folder)
    if segments.sequences(folder):
        raise TraceError(
            f"{path_of(folder, 0)}: missing, and with it what the run is; restore it, or start anew with force"
        )
    raise TraceError(f"{folder}: holds no run to resume; start it without resume")


def _is_joined(folder: Path, run: Description) -> bool:
    """Whether the trace.h5 beside the segments is their join, left by a finish that was interrupted while it tidied up.

    Raises
    ------
    TraceError
        If there is a trace.h5 that is neither this nor the one that the run replaces.
    """
    trace = folder / TRACE
    if not trace.exists() or read_seal(trace)[0] == segments.load(folder, 0, None)[0].previous:
        return False
    with Trace(trace) as finished:
        if run.difference(finished.description):
            raise TraceError(f"{trace}: belongs to another run than the segments beside it; move it away")
    return True


def _refuse_finished(folder: Path) -> None:
    """Tidy up behind a complete trace.h5, and say that there is nothing to resume."""
    _remove_segments(folder)
    raise TraceError(f"{folder / TRACE}: the run is finished already; read it, or start anew with force")


def _drop_replaced(folder: Path, digest: str) -> None:
    """Remove the finished trace that this run replaces, if it is still there."""
    trace = folder / TRACE
    if digest and trace.exists() and read_seal(trace)[0] == digest:
        trace.unlink()
        sync_folder(folder)


def _remove_segments(folder: Path) -> None:
    """Remove an unfinished run, durably: first what makes it a run, so that no part of it passes as one."""
    inside = folder / segments.FOLDER
    files = segments.ours(folder)
    for some in filter(None, (files[:1], files[1:])):
        for path in some:
            path.unlink(missing_ok=True)
        sync_folder(inside)
    if inside.is_dir() and not any(inside.iterdir()):
        inside.rmdir()
        sync_folder(folder)
