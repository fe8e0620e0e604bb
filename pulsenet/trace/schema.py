"""Every dataset of a trace, in one table that the writer, the reader, FORMAT.md and the tests share.

A trace is made of *tables*: groups whose datasets share their first axis and grow by rows as the run goes on
(``frames``, ``pulses/<population>/<kind>``, ``conductance``, ``evaluation``), and of datasets that are known before the
first frame (``provenance``, ``network``, ``clock``, ``parameters``, ``devices``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

FORMAT = "pulsenet-trace"
VERSION = (1, 2)

#: Kinds of pulses that a population can send or cause, and the columns without which they mean nothing.
KINDS = {
    "forward": ("slot", "line"),
    "backward": ("slot", "line"),
    "error": ("slot", "line", "polarity"),
    "refresh": ("slot", "line"),
}

#: Rows of a chunk of a packed dataset.
CHUNK_ROWS = 32768
#: A packed dataset with fewer rows than this is stored raw: a chunk index would be larger than the data.
PACK_FROM_ROWS = 4096


@dataclass(frozen=True)
class Field:
    """One dataset of a trace.

    Attributes
    ----------
    path : str
        Where it is; ``<population>``, ``<kind>``, ``<layer>`` and ``<key>`` stand for names of the run.
    dtype : str
        NumPy type of the values; ``"bool"`` is stored as int8 with the attribute ``dtype="bool"``; ``"text"`` is UTF-8.
    units : str
        Unit of the values; ``"1"`` for pure numbers; ``<unit>`` where each key has its own, ``by row`` where each row.
    axes : tuple of str
        Names of the axes, which are the names of their dimension scales; empty for a scalar.
    storage : str
        ``"packed"``: chunks of `CHUNK_ROWS` rows, shuffle, gzip (raw below `PACK_FROM_ROWS` rows); ``"raw"``:
        contiguous; ``"none"``: no data, an axis that has a length but no coordinate (its indices count from 0).
    long_name : str
        What it is, in words.
    required : bool
        Whether every table of its kind holds it.
    """

    path: str
    dtype: str
    units: str
    axes: tuple[str, ...]
    storage: str
    long_name: str
    required: bool = True

    @property
    def name(self) -> str:
        """Last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def group(self) -> str:
        """All but the last part of the path."""
        return self.path.rpartition("/")[0]

    @property
    def is_scale(self) -> bool:
        """Whether this is the dimension scale of its own axis."""
        return self.axes == (self.name,)

    @property
    def stored_dtype(self) -> np.dtype:
        """Type of the elements in the file, little endian (numbers only)."""
        return np.dtype("int8" if self.dtype == "bool" else self.dtype).newbyteorder("<")


def _f(path, dtype, units, axes, storage, long_name, required=True):
    return Field(path, dtype, units, tuple(axes.split()), storage, long_name, required)


_PULSES = "pulses/<population>/<kind>"

FIELDS = (
    _f("provenance/configuration", "text", "1", "", "raw", "resolved run configuration as JSON"),
    _f("provenance/<key>", "text", "1", "", "raw", "<key>", required=False),
    _f("network/population", "text", "1", "population", "raw", "names of the populations, input first"),
    _f("network/lines", "int32", "1", "population", "raw", "lines of each population, bias line included"),
    _f("network/layer", "text", "1", "layer", "raw", "names of the weight layers; layer n joins populations n-1 and n"),
    _f("network/n_in", "int32", "1", "layer", "raw", "input lines of each weight layer, bias line included"),
    _f("network/n_out", "int32", "1", "layer", "raw", "output neurons of each weight layer"),
    _f("network/n_classes", "int32", "1", "", "raw", "number of classes"),
    _f("network/n_frames", "int64", "1", "", "raw", "number of frames of the run"),
    _f("clock/slot", "float64", "second", "", "raw", "duration of one slot"),
    _f("clock/n_slots", "int64", "slot", "", "raw", "slots of a phase in which pulses may be high"),
    _f("clock/guard_slots", "int64", "slot", "", "raw", "slots after them, in which trailing edges arrive"),
    _f("clock/frame_slots", "int64", "slot", "", "raw", "slots of a frame"),
    _f("clock/phases/phase", "int8", "1", "phase", "none", "axis of the phases of a frame"),
    _f("clock/phases/name", "text", "1", "phase", "raw", "name of the phase"),
    _f("clock/phases/kind", "text", "1", "phase", "raw", "forward, backward or update"),
    _f("clock/phases/layer", "int32", "1", "phase", "raw", "weight layer that is read, from 1; 0 in the update phase"),
    _f("clock/phases/start", "int64", "slot", "phase", "raw", "first slot of the phase, from the start of its frame"),
    _f("clock/phases/stop", "int64", "slot", "phase", "raw", "slot after the last slot of the phase, guard included"),
    _f("parameters/parameter", "int8", "1", "parameter", "none", "axis of the parameters of the equations", False),
    _f("parameters/object", "text", "1", "parameter", "raw", "population or layer that has it", False),
    _f("parameters/name", "text", "1", "parameter", "raw", "its name in the equations", False),
    _f("parameters/value", "float64", "by row", "parameter", "raw", "its value", False),
    _f("parameters/unit", "text", "1", "parameter", "raw", "unit of the value", False),
    _f("devices/<layer>/input", "int8", "1", "input", "none", "axis of the input lines", False),
    _f("devices/<layer>/output", "int8", "1", "output", "none", "axis of the output neurons", False),
    _f("devices/<layer>/<key>", "float64", "<unit>", "input output", "raw", "<key> of each device or pair", False),
    _f("frames/frame", "int8", "1", "frame", "none", "axis of the frames, from the start of the run"),
    _f("frames/sample", "int64", "1", "frame", "packed", "index of the sample in its data set"),
    _f("frames/label", "int32", "1", "frame", "packed", "class that the sample belongs to"),
    _f("frames/prediction", "int32", "1", "frame", "packed", "class that the network answered"),
    _f("frames/learn", "bool", "1", "frame", "packed", "whether the update gate was open"),
    _f("frames/epoch", "int32", "1", "frame", "packed", "epoch that the frame belongs to"),
    _f("frames/recorded", "bool", "1", "frame", "packed", "whether the pulses of the frame were recorded", False),
    _f("frames/forward_pulses", "int64", "1", "frame", "packed", "number of forward pulses", False),
    _f("frames/backward_pulses", "int64", "1", "frame", "packed", "number of backward pulses", False),
    _f("frames/error_pulses", "int64", "1", "frame", "packed", "number of error pulses", False),
    _f("frames/programming_pulses", "int64", "1", "frame", "packed", "number of programming pulses", False),
    _f("frames/refresh_pulses", "int64", "1", "frame", "packed", "number of pulses spent on refresh", False),
    _f(
        "frames/read_energy",
        "float64",
        "joule",
        "frame",
        "packed",
        "energy dissipated in the devices by forward reading",
        False,
    ),
    _f(
        "frames/error_energy",
        "float64",
        "joule",
        "frame",
        "packed",
        "energy dissipated in the devices by backward reading",
        False,
    ),
    _f(
        "frames/programming_energy",
        "float64",
        "joule",
        "frame",
        "packed",
        "energy dissipated in the devices by programming pulses",
        False,
    ),
    _f(
        "frames/refresh_energy",
        "float64",
        "joule",
        "frame",
        "packed",
        "energy dissipated in the devices by refresh pulses",
        False,
    ),
    _f("frames/read_time", "float64", "second", "frame", "packed", "time taken by forward reading", False),
    _f("frames/error_time", "float64", "second", "frame", "packed", "time taken by backward reading", False),
    _f("frames/programming_time", "float64", "second", "frame", "packed", "time taken by programming pulses", False),
    _f("frames/refresh_time", "float64", "second", "frame", "packed", "time taken by refresh pulses", False),
    _f(f"{_PULSES}/pulse", "int8", "1", "pulse", "none", "axis of the pulses, sorted by slot, then line"),
    _f(f"{_PULSES}/boundary", "int8", "1", "boundary", "none", "axis of the frame boundaries"),
    _f(f"{_PULSES}/slot", "int64", "slot", "pulse", "packed", "slot of the pulse, from the start of the run"),
    _f(f"{_PULSES}/line", "int32", "1", "pulse", "packed", "line of the population"),
    _f(f"{_PULSES}/width", "uint16", "slot", "pulse", "packed", "slots for which the pulse is high", False),
    _f(f"{_PULSES}/polarity", "int8", "1", "pulse", "packed", "sign of the pulse, -1 or 1", False),
    _f(f"{_PULSES}/SET", "int32", "1", "pulse", "packed", "number of SET pulses", False),
    _f(f"{_PULSES}/RESET", "int32", "1", "pulse", "packed", "number of RESET pulses", False),
    _f(
        f"{_PULSES}/first", "int64", "1", "boundary", "packed", "row at which the pulses of each frame begin; last: all"
    ),
    _f(
        "conductance/frame",
        "int64",
        "1",
        "frame",
        "raw",
        "number of the frame before the snapshot; -1 before the first",
    ),
    _f("conductance/<layer>/input", "int8", "1", "input", "none", "axis of the input lines"),
    _f("conductance/<layer>/output", "int8", "1", "output", "none", "axis of the output neurons"),
    _f(
        "conductance/<layer>/G_plus",
        "float64",
        "siemens",
        "frame input output",
        "raw",
        "conductance of the positive device",
    ),
    _f(
        "conductance/<layer>/G_minus",
        "float64",
        "siemens",
        "frame input output",
        "raw",
        "conductance of the negative device",
    ),
    _f("evaluation/epoch", "int32", "1", "epoch", "raw", "epoch after which the network was evaluated"),
    _f("evaluation/label", "int8", "1", "label", "none", "axis of the classes that the samples belong to"),
    _f("evaluation/prediction", "int8", "1", "prediction", "none", "axis of the classes that the network answered"),
    _f("evaluation/accuracy", "float64", "1", "epoch", "raw", "share of samples that were classified correctly"),
    _f("evaluation/confusion", "int64", "1", "epoch label prediction", "raw", "number of samples by class and answer"),
)

#: Axes that grow as the run goes on. ``boundary`` does too, but is one longer than the number of frames.
ROW_AXES = ("frame", "pulse", "epoch")


@cache
def fields(group: str) -> dict[str, Field]:
    """Fields of a group, by name.

    Parameters
    ----------
    group : str
        As in `FIELDS`: ``"frames"``, ``"pulses/<population>/<kind>"``, ``"conductance/<layer>"`` ...

    Examples
    --------
    >>> sorted(fields("evaluation"))
    ['accuracy', 'confusion', 'epoch', 'label', 'prediction']
    """
    return {field.name: field for field in FIELDS if field.group == group}


def table_fields(table: str) -> dict[str, Field]:
    """Fields of a table that hold one entry per row, by their path below the table (``"slot"``, ``"<layer>/G_plus"``).

    Parameters
    ----------
    table : str
        ``"frames"``, ``"pulses/hidden1/error"``, ``"conductance"`` or ``"evaluation"``.

    Examples
    --------
    >>> list(table_fields("conductance"))
    ['frame', '<layer>/G_plus', '<layer>/G_minus']
    """
    template = _PULSES if table.startswith("pulses/") else table
    found = {
        field.path.removeprefix(template + "/"): field for field in FIELDS if field.path.startswith(template + "/")
    }
    return {
        key: field
        for key, field in found.items()
        if field.axes[:1] and field.axes[0] in ROW_AXES and field.storage != "none"
    }


def column_field(table: str, column: str) -> Field:
    """The field of one dataset of a table; ``column`` may begin with a layer's name (``"layer1/G_plus"``).

    Examples
    --------
    >>> column_field("conductance", "layer1/G_plus").units
    'siemens'
    """
    group = _PULSES if table.startswith("pulses/") else table
    layer, _, name = column.rpartition("/")
    return fields(f"{group}/<layer>" if layer else group)[name]
