"""Ways to disturb a writer."""

from __future__ import annotations

import multiprocessing
import os
from functools import partial


def in_child(action, *arguments):
    """Run an action in a process that a test may kill; returns the process."""
    process = multiprocessing.get_context("fork").Process(target=action, args=arguments)
    process.start()
    return process


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
