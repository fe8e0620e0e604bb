"""A file for HDF5 to write to, on which writing never fails while HDF5 looks.

HDF5 cannot close a file that it cannot write, and takes the interpreter down at exit. So the first error is kept, what
could not be written is kept in memory (HDF5 reads back what it wrote, and crashes on anything else), and the error is
raised when HDF5 has let go.
"""

from __future__ import annotations

import io
import os

from pulsenet.trace.files import write_all


class OutputFile(io.RawIOBase):
    """A seekable file over a descriptor that stays open; ``h5py.File(OutputFile(descriptor), "w")`` writes to it.

    Call `check` now and then, so that little is written in vain after an error. Leaving it as a context raises the
    first error there was (also a KeyboardInterrupt), in place of any later one.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryFile() as file, OutputFile(file.fileno()) as output:
    ...     output.write(b"pulse")
    5
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._position = 0
        self._error: BaseException | None = None
        self._unwritten: list[tuple[int, bytes]] = []

    def check(self) -> None:
        """Raise the error that a write met, if one did."""
        if self._error:
            raise self._error

    def __exit__(self, *_) -> None:
        self.check()

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence == os.SEEK_END:
            offset += max([os.fstat(self._descriptor).st_size, *(at + len(data) for at, data in self._unwritten)])
        self._position = offset + (self._position if whence == os.SEEK_CUR else 0)
        return self._position

    def readinto(self, buffer) -> int:
        """Fill all of ``buffer``, with zeros after the end: HDF5 does not ask how much was read."""
        view, start = memoryview(buffer), self._position
        found = os.pread(self._descriptor, len(view), start)
        view[:] = found + bytes(len(view) - len(found))
        for at, data in self._unwritten:
            first, last = max(at, start), min(at + len(data), start + len(view))
            if first < last:
                view[first - start : last - start] = data[first - at : last - at]
        self._position += len(view)
        return len(view)

    def write(self, data) -> int:
        view = memoryview(data)
        self._try(self._write, view)
        if self._error:
            self._unwritten.append((self._position, bytes(view)))
        self._position += len(view)
        return len(view)

    def truncate(self, size: int | None = None) -> int:
        size = self._position if size is None else size
        self._try(os.ftruncate, self._descriptor, size)
        return size

    def _write(self, view: memoryview) -> None:
        os.lseek(self._descriptor, self._position, os.SEEK_SET)
        write_all(self._descriptor, view)

    def _try(self, action, *arguments) -> None:
        """Do it unless there was an error before; keep the error."""
        if self._error is None:
            try:
                action(*arguments)
            except BaseException as error:  # a KeyboardInterrupt too must not unwind through HDF5
                self._error = error
