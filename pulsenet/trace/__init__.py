"""The trace of a run: durable while it is written, one self-describing HDF5 file in the end. FORMAT.md specifies it."""

from pulsenet.trace.description import Commit, Description
from pulsenet.trace.reader import Trace
from pulsenet.trace.writer import TraceWriter

__all__ = ["Commit", "Description", "Trace", "TraceWriter"]
