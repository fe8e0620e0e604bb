"""Processes that do runs for this one: fresh Python, one run at a time, and no longer there than this process.

They are started by `subprocess` and not by `multiprocessing`, which would import the caller's script anew. Ctrl-C does
not reach them; where this process ends, however it ends, the pipe that they read closes, and they end at once.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
import traceback
from queue import SimpleQueue
from typing import Any, BinaryIO

from threadpoolctl import threadpool_limits

from pulsenet.errors import ConfigError, EngineError
from pulsenet.study.execute import execute
from pulsenet.study.points import Point

_START = """
import os, pickle, sys
orders = os.fdopen(os.dup(0), "rb")
sys.path[:] = pickle.load(orders)
from pulsenet.study.helper import serve
serve(orders)
"""


def can_be_sent(point: Point) -> bool:
    """Whether another process can know all classes of a run: none is of the script itself, or of a notebook."""
    return b"__main__" not in pickle.dumps(point)


class Helpers:
    """As many processes as there are runs for them at a time, each started when the first run needs it.

    Examples
    --------
    >>> helpers = Helpers()
    >>> helpers.execute(point, "results/study/runs/first", "numpy")        # doctest: +SKIP
    >>> helpers.end()
    """

    def __init__(self):
        self._started: list[Helper] = []
        self._idle: list[Helper] = []
        self._lock, self._ended = threading.Lock(), False

    def execute(self, point: Point, folder: str, engine: str) -> None:
        """As `pulsenet.study.execute.execute`, in another process. Any number of threads may call it.

        Raises
        ------
        PulsenetError
            What the run raised.
        EngineError
            If the process was ended from outside.
        KeyboardInterrupt
            If the helpers are told to end.
        """
        if not can_be_sent(point):
            raise ConfigError(
                f"{point.folder}: a class of the script itself cannot go to another process; put it into a module, or "
                "use 1 worker"
            )
        helper = self._take()
        try:
            error = helper.ask(pickle.dumps((point, folder, engine)))
        except (EOFError, BrokenPipeError):
            if self._ended:
                raise KeyboardInterrupt from None
            code = helper.process.wait()
            raise EngineError(f"{point.folder}: the process of this run ended with code {code}") from None
        with self._lock:
            self._idle.append(helper)
        if error is not None:
            raise error

    def end(self) -> None:
        """End all processes at once, in the middle of their runs: what is committed stays."""
        with self._lock:
            self._ended = True
            for helper in self._started:
                helper.process.kill()
                helper.process.wait()

    def _take(self) -> Helper:
        with self._lock:
            if self._ended:
                raise KeyboardInterrupt
            if not self._idle:
                self._started.append(Helper())
                return self._started[-1]
            return self._idle.pop()


class Helper:
    """One process. Ctrl-C does not reach it: it is in a session of its own."""

    def __init__(self):
        command = [sys.executable, "-c", _START]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
        pickle.dump(sys.path, self.process.stdin)

    def ask(self, order: bytes) -> BaseException | None:
        """Hand over a run and wait for its end; what it raised, or None."""
        pickle.dump(order, self.process.stdin)
        self.process.stdin.flush()
        return pickle.load(self.process.stdout)


def serve(orders: BinaryIO) -> None:
    """What a helper does: runs, as they are ordered, until the pipe closes."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)  # what is printed is no answer
    waiting: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_read, args=(orders, waiting), daemon=True).start()
    with threadpool_limits(1, user_api="blas"):  # as in `pulsenet.study.parallel`
        while True:
            pickle.dump(_answer(waiting.get()), answers)
            answers.flush()


def _read(orders: BinaryIO, waiting: SimpleQueue[bytes]) -> None:
    """Read orders beside the runs, since the pipe closes in the middle of one where the other process has ended."""
    try:
        while True:
            waiting.put(pickle.load(orders))
    finally:
        os._exit(0)


def _answer(order: bytes) -> Any:
    """Do a run; None, or what it raised, with the place in this process as a note."""
    try:
        execute(*pickle.loads(order))
    except Exception as error:
        error.add_note(traceback.format_exc())
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:
            return EngineError(f"a run failed: {type(error).__name__}: {error}")
        return error
    return None
