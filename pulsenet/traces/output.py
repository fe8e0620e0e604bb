"""A file for HDF5 to write to, on which writing never fails while HDF5 looks.

HDF5 cannot close a file that it cannot write, and takes the interpreter down at exit. So the first error is kept, all
further writes are dropped, and the error is raised when HDF5 has let go.
"""

from __future__ import annotations

import io
import os

from pulsenet.traces.files import write_all


class OutputFile(io.RawIOBase):
    """A seekable file over a descriptor that stays open; ``h5py.File(OutputFile(descriptor), "w")`` writes to it.

    Leaving it as a context raises the first error there was (also a KeyboardInterrupt), in place of any later one.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryFile() as file, OutputFile(file.fileno()) as output:
    ...     output.write(b"pulse")
    5
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._error: BaseException | None = None

    def check(self) -> None:
        """Raise the error that a write met, if one did."""
        if self._error:
            raise self._error

    def __exit__(self, *_) -> None:
        self.check()

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return os.lseek(self._descriptor, offset, whence)

    def readinto(self, buffer) -> int:
        return os.readv(self._descriptor, [buffer])

    def write(self, data) -> int:
        self._keep(write_all, memoryview(data))
        return len(data)

    def truncate(self, size: int | None = None) -> int:
        size = self.tell() if size is None else size
        self._keep(os.ftruncate, size)
        return size

    def _keep(self, action, argument) -> None:
        """Do it unless there was an error before; keep the error."""
        if self._error is None:
            try:
                action(self._descriptor, argument)
            except BaseException as error:  # noqa: BLE001 - a KeyboardInterrupt too must not unwind through HDF5
                self._error = error
