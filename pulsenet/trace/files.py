"""Files that are either whole or not there: sealed, written beside, synced, renamed. And the lock of a run's folder.

A *seal* is the last `SEAL_BYTES` bytes of each of our files: one line of text with the format's version, the length and
the SHA-256 of everything before it. HDF5 ignores bytes after its own end, so a sealed file opens in every tool.
"""

from __future__ import annotations

import errno
import hashlib
import os
from contextlib import contextmanager, suppress
from pathlib import Path

from pulsenet.errors import TraceError
from pulsenet.trace.schema import FORMAT, VERSION

TRACE = "trace.h5"
SEAL_BYTES = 128
PART = ".part"
LOCK = "trace.lock"
_BLOCK = 1 << 20


class DamagedError(TraceError):
    """A file of ours that is not what was written: cut short, changed, or in another one's place."""


@contextmanager
def reporting(action: str, hint: str):
    """Turn an OSError into a TraceError of one line: ``action``, what the system said, ``hint``."""
    try:
        yield
    except OSError as error:
        raise TraceError(f"{action}: {error.strerror or error}; {hint}") from error


def seal(digest: str, length: int, version: str = ".".join(map(str, VERSION))) -> bytes:
    """The seal of ``length`` bytes whose SHA-256 is ``digest``.

    Examples
    --------
    >>> seal("0" * 64, 10).split()[:2]
    [b'pulsenet-trace', b'1.2']
    """
    text = f"\n{FORMAT} {version} bytes={length} sha256={digest}"
    return text.ljust(SEAL_BYTES - 1).encode() + b"\n"


def read_seal(path: Path) -> tuple[str, int, str]:
    """SHA-256, length and format version that the seal of a file states; the content is not looked at.

    Raises
    ------
    DamagedError
        If there is no seal, or it states another length.
    TraceError
        If the format is newer, or the file cannot be read.
    FileNotFoundError
        If there is no file.
    """
    with reporting_all_but_absence(path), open(path, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - SEAL_BYTES))
        words = file.read().decode("ascii", "replace").split()
    if len(words) != 4 or words[0] != FORMAT:
        raise DamagedError(
            f"{path}: not a pulsenet trace, or cut short or changed after it was written (no seal at its end); use a "
            "good copy"
        )
    if words[1].split(".")[0] != str(VERSION[0]):
        raise TraceError(
            f"{path}: format version {words[1]}; this pulsenet reads {VERSION[0]}.x: use the one that wrote it"
        )
    length, digest = words[2].removeprefix("bytes="), words[3].removeprefix("sha256=")
    if length != str(size - SEAL_BYTES):
        raise DamagedError(f"{path}: damaged: {size - SEAL_BYTES} bytes where its seal says {length}; use a good copy")
    return digest, size - SEAL_BYTES, words[1]


def check_seal(path: Path) -> str:
    """Read a whole file and compare it with its seal.

    Returns
    -------
    str
        The SHA-256 of the content.

    Raises
    ------
    DamagedError, TraceError
        As `read_seal`, or if the content is not what was sealed.
    FileNotFoundError
        If there is no file.
    """
    digest, length, version = read_seal(path)
    with reporting_all_but_absence(path), open(path, "rb", buffering=0) as file:
        found, last = _digest(file, length)
    if found != digest or last != seal(digest, length, version):
        raise DamagedError(f"{path}: damaged: its content is not what was written; use a good copy")
    return digest


@contextmanager
def reporting_all_but_absence(path: Path):
    """As `reporting`, for reading; FileNotFoundError passes, because a run that goes on moves its files."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise TraceError(f"{path}: {error.strerror or error}; a trace is a file that can be read") from error


def _digest(file, length: int) -> tuple[str, bytes]:
    """SHA-256 of the first ``length`` bytes of a file, and what comes after them."""
    digest = hashlib.sha256()
    while length:
        block = file.read(min(length, _BLOCK))
        if not block:
            break
        digest.update(block)
        length -= len(block)
    return digest.hexdigest(), file.read(SEAL_BYTES + 1)


def write_all(descriptor: int, data: bytes | memoryview) -> None:
    """Write all of ``data``, however few bytes the system takes at a time."""
    rest = memoryview(data)
    while rest:
        written = os.write(descriptor, rest)
        if not written:
            raise OSError(errno.EIO, "the system wrote nothing")
        rest = rest[written:]


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_sealed(path: Path, content: bytes) -> str:
    """Write a file so that it is, from one moment to the next, there and durable as a whole.

    Returns
    -------
    str
        SHA-256 of ``content``.

    Raises
    ------
    OSError
        If it cannot be written; then there is no new file (an older one stays).
    """
    digest = hashlib.sha256(content).hexdigest()
    with replacing(path) as descriptor:
        write_all(descriptor, content)
        write_all(descriptor, seal(digest, len(content)))
    return digest


def seal_descriptor(descriptor: int) -> None:
    """Append the seal to a file that is complete but for it."""
    length = os.lseek(descriptor, 0, os.SEEK_END)
    os.lseek(descriptor, 0, os.SEEK_SET)
    with open(descriptor, "rb", buffering=0, closefd=False) as file:
        digest, _ = _digest(file, length)
    write_all(descriptor, seal(digest, length))


@contextmanager
def replacing(path: Path, beside: Path | None = None):
    """A descriptor whose content becomes the file ``path`` when the block ends without an exception.

    Parameters
    ----------
    path : Path
    beside : Path, optional
        Folder for the unfinished file; that of ``path`` unless given, and on the same file system.
    """
    folder = beside or path.parent
    part = folder / (path.name + PART)
    try:
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o666)
        try:
            yield descriptor
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.rename(part, path)
    except BaseException:
        with suppress(OSError):  # the first error is the one to tell; a left-over part is removed by the next writer
            part.unlink()
        raise
    sync_folder(path.parent)


def lock(folder: Path) -> int:
    """Take the lock of a run's folder, or refuse. The system drops the lock when the process ends, however it ends.

    Returns
    -------
    int
        Descriptor to give to `unlock`.

    Raises
    ------
    TraceError
        If another writer holds it.
    """
    import fcntl  # POSIX only; without it traces can be read, not written

    path = folder / LOCK
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _same_file(descriptor, path):
                return descriptor
        except BlockingIOError:
            os.close(descriptor)
            raise TraceError(
                f"{folder}: another process is writing this run; wait for it, or choose another folder"
            ) from None
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # the holder before us removed the file between our open and our lock: try the new one


def _same_file(descriptor: int, path: Path) -> bool:
    """Whether ``path`` still names the open file."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


def unlock(folder: Path, descriptor: int) -> None:
    """Remove the lock's file and give the lock back; in this order, so that no other process holds it while it goes."""
    with suppress(OSError):
        (folder / LOCK).unlink()
    os.close(descriptor)
