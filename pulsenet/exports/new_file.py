"""Files of an export: never over what is there unless asked to, never over the trace, and whole or not there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pulsenet.errors import TraceError
from pulsenet.trace import Trace
from pulsenet.trace.files import TRACE, replacing, reporting


@contextmanager
def new_file(trace: Trace, path: Path, force: bool) -> Iterator[int]:
    """A descriptor whose content becomes the file ``path`` when the block ends without an exception.

    Parameters
    ----------
    trace : Trace
        What is exported; its own file is not replaced, whatever ``force`` says.
    path : Path
        Its folder is made if it is not there.
    force : bool
        Replace a file that is there.

    Raises
    ------
    TraceError
        If the file exists already, is the trace, or cannot be written.
    """
    path = Path(path)
    if path.resolve() in (trace.path.resolve(), (trace.path / TRACE).resolve()):
        raise TraceError(f"{path}: is the trace itself; choose another file")
    if path.is_dir():
        raise TraceError(f"{path}: is a folder; choose the name of a file")
    if path.exists() and not force:
        raise TraceError(f"{path}: exists already; choose another place, or replace it with force")
    with reporting(f"{path}: cannot be written", "choose a place that can be written"):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as descriptor:
            yield descriptor
