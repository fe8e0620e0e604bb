"""Ctrl-C at the right moment: never in the middle of making something safe."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def deferred_interrupt() -> Iterator[None]:
    """Hold Ctrl-C back until the block is done, then raise `KeyboardInterrupt`.

    HDF5 calls back into Python while it works, and an interrupt that arrives there would be swallowed.

    Examples
    --------
    >>> with deferred_interrupt():
    ...     saved = True
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread gets Ctrl-C
        return
    pressed = []
    previous = signal.signal(signal.SIGINT, lambda *_: pressed.append(True))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
    if pressed:
        raise KeyboardInterrupt
