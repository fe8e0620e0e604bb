"""Ways to disturb a writer, at moments that are the same on every machine: at a call, never after some time."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from contextlib import suppress
from functools import partial


def in_child(action, *arguments):
    """Run an action in a process that a test may kill, and that does not outlive the tests; returns the process."""
    process = multiprocessing.get_context("fork").Process(target=action, args=arguments, daemon=True)
    process.start()
    return process


class Calls:
    """Counts the calls of functions, as a clock that goes alike on every machine.

    Those in this thread, and in threads that start later.

    Parameters
    ----------
    since : str
        Qualified name of the function whose first call starts the clock; empty: it goes from now on.
    strike : int
        The call at which this process sends itself a signal; 0: at none.
    sent : int
        The signal.
    """

    def __init__(self, since: str = "", strike: int = 0, sent: int = signal.SIGKILL) -> None:
        self.since, self.strike, self.sent, self.number = since, strike, sent, 0
        threading.setprofile(self._count)
        sys.setprofile(self._count)

    def _count(self, frame, event: str, _) -> None:
        if event not in ("call", "c_call"):
            return
        if self.since:
            if event == "c_call" or frame.f_code.co_qualname != self.since:
                return
            self.since = ""
        self.number += 1
        if self.number == self.strike:
            sys.setprofile(None)
            os.kill(os.getpid(), self.sent)

    def stop(self) -> int:
        """Stop the clock; the number of calls."""
        threading.setprofile(None)
        sys.setprofile(None)
        return self.number


class Pace:
    """Lets a writer go on when a reader has seen what it wrote; but for that, both go at their own pace.

    So every state of a run is read, on a machine of any speed, and many a reading meets a write. The reader's end is a
    context: when it is left, the writer waits for nobody any more.
    """

    def __init__(self) -> None:
        self._seen, self._tell = os.pipe()
        os.set_blocking(self._tell, False)

    def opened(self) -> None:
        """Tell, in the reader, that the run was opened and read once more."""
        with suppress(BlockingIOError):  # the pipe is full of such news
            os.write(self._tell, b".")

    def begin(self) -> None:
        """Call this in the writer, once, before anything else."""
        os.close(self._tell)

    def wait(self) -> None:
        """Wait, in the writer, until the run was opened after this call, and read.

        Of two readings that end after it, the second began after it.
        """
        os.set_blocking(self._seen, False)
        with suppress(BlockingIOError):
            while os.read(self._seen, 1 << 16):
                pass
        os.set_blocking(self._seen, True)
        for _ in range(2):
            os.read(self._seen, 1)

    def __enter__(self) -> Pace:
        return self

    def __exit__(self, *_) -> None:
        os.close(self._tell)
        os.close(self._seen)


class Failing:
    """A function of ``os`` that fails in its n-th call; ``"short"`` makes a write take half of the bytes, then fail."""

    def __init__(self, monkeypatch, name: str, number: int, fault: int | str) -> None:
        self.real, self.left, self.fault = getattr(os, name), number, fault
        monkeypatch.setattr(os, name, self)

    def __call__(self, *arguments, **options):
        self.left -= 1
        if self.left == 0:
            if self.fault == "short":
                return self.real(arguments[0], arguments[1][: (len(arguments[1]) + 1) // 2])
            raise OSError(self.fault, os.strerror(self.fault))
        return self.real(*arguments, **options)

    @property
    def reached(self) -> bool:
        return self.left <= 0


class Boundaries:
    """Looks after every call that changes what is on the disk, and in the middle of every write."""

    def __init__(self, monkeypatch, look) -> None:
        self.look, self.calls = look, 0
        for name in ("open", "write", "fsync", "rename", "unlink", "mkdir", "rmdir", "ftruncate"):
            monkeypatch.setattr(os, name, partial(self._call, name, getattr(os, name)))

    def _call(self, name: str, real, *arguments, **options):
        done = 0
        if name == "write":
            descriptor, data = arguments
            done = real(descriptor, data[: len(data) // 2])
            self.look()
            arguments = descriptor, data[done:]
        result = real(*arguments, **options)
        self.calls += 1
        self.look()
        return done + result if name == "write" else result
