"""The lock of a build: a file that one holds at a time, in threads and processes, and that is gone when nobody does.

The file is removed by the one who holds it, and by nobody else. Others may have opened it before, and wait: they get
the lock of a file that has lost its name, while the next one makes a new file and locks that. So whoever gets a lock
looks whether its file still has the name, and asks again if not.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # not a POSIX system: nobody is kept out, so that nothing may be taken for left behind
    fcntl = None


@contextmanager
def locked(path: Path, wait: bool) -> Iterator[bool]:
    """Hold the lock of a file; gives whether it is held, which it may not be if one does not wait.

    The system drops the lock when the process ends, however it ends.

    Raises
    ------
    OSError
        If the file cannot be written, or the file system has no locks.
    """
    if fcntl is None:
        yield wait
        return
    descriptor = _lock(path, wait)
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None:
            with suppress(OSError):
                if _has_name(descriptor, path):
                    path.unlink()
            os.close(descriptor)


def is_held(path: Path) -> bool:
    """Whether anybody holds the lock of a file. Nothing is written, so that it may be asked anywhere."""
    if fcntl is None:
        return True
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)


def _lock(path: Path, wait: bool) -> int | None:
    """Descriptor of the locked file; None if another holds it, and one does not wait."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            if _has_name(descriptor, path):
                return descriptor
        except BaseException as error:
            os.close(descriptor)
            if isinstance(error, BlockingIOError):
                return None
            raise
        os.close(descriptor)


def _has_name(descriptor: int, path: Path) -> bool:
    """Whether ``path`` still names the open file."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False
