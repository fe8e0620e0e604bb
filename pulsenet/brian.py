"""Brian2, imported in one place: importing it replaces Python's handling of uncaught exceptions, which is put back here."""

import sys

_excepthook = sys.excepthook

import brian2 as b2  # noqa: E402
from brian2.devices.device import reset_device  # noqa: E402

sys.excepthook = _excepthook

__all__ = ["b2", "reset_device"]
