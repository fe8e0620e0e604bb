"""Brian2, imported in one place: importing it replaces Python's handling of uncaught exceptions and of Ctrl-C.

Both are put back here. Brian2's Ctrl-C would end a simulation in the middle of a chunk as if it were done, and fails
where interrupts are ignored, as for a command that a script starts in the background.

Nor is matplotlib's pylab brought along, which takes as long as the rest of Brian2, and which it can do without.
"""

import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_excepthook, _interrupt = sys.excepthook, signal.getsignal(signal.SIGINT)

_pylab = sys.modules.get("pylab")
sys.modules["pylab"] = _pylab  # None where it is not imported yet: then Brian2's import of it fails, as it may
try:
    import brian2 as b2
finally:
    if _pylab is None:
        del sys.modules["pylab"]
from brian2.devices.device import reset_device  # noqa: E402

sys.excepthook = _excepthook
if signal.getsignal(signal.SIGINT) is not _interrupt:
    signal.signal(signal.SIGINT, _interrupt)

__all__ = ["b2", "quiet_about_order", "reset_device"]

#: Loggers that warn of text whose result might depend on the order of pairs, and of loops in Python.
_OF_ORDER = ("brian2.codegen.generators.base", "brian2.codegen.generators.numpy_generator")


@contextmanager
def quiet_about_order() -> Iterator[None]:
    """Without warnings of code that depends on the order of pairs: the largest of a row is the same in any order."""
    loggers = [logging.getLogger(name) for name in _OF_ORDER]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
