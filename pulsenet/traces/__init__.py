"""The trace of a run: durable while it is written, one self-describing HDF5 file in the end. FORMAT.md specifies it."""

from pulsenet.traces.description import Commit, Description
from pulsenet.traces.reader import Trace
from pulsenet.traces.writer import TraceWriter

__all__ = ["Commit", "Description", "Trace", "TraceWriter"]
