"""A trace as labelled arrays (xarray) and as tables (pandas), which are imported when they are asked for."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pulsenet.circuit.schedule import Schedule
from pulsenet.errors import TraceError
from pulsenet.records import Parameters
from pulsenet.trace.columns import Column
from pulsenet.trace.description import in_order, to_json
from pulsenet.trace.schema import KINDS, column_field, fields

if TYPE_CHECKING:
    import pandas
    import xarray


class Labelled:
    """What a `pulsenet.Trace` offers as labelled arrays and tables, of what it holds."""

    path: Path
    complete: bool
    configuration: dict[str, Any]
    provenance: dict[str, str]
    slot: float
    schedule: Schedule
    populations: dict[str, int]
    layers: dict[str, tuple[int, int]]
    parameters: Parameters
    frames: Mapping[str, Column]
    evaluation: Mapping[str, Column]
    snapshots: Column

    def to_xarray(self) -> xarray.DataTree:
        """The trace as labelled arrays in memory: ``tree["conductance/layer1/G_plus"].sel(frame=-1)``.

        Groups, names, axes, ``units`` and ``long_name`` are those of the file (FORMAT.md); pulses have their ``frame``
        besides; configuration, provenance and the duration of a slot are attributes of the root. A finished trace that
        does not fit into memory is read piece by piece by ``xarray.open_datatree(path, engine="h5netcdf")``.

        Raises
        ------
        TraceError
            If xarray is not installed.
        """
        return _to_xarray(self)

    def to_pandas(self, table: str) -> pandas.DataFrame:
        """A table with one row per frame, evaluation or pulse; its units are in ``attrs["units"]``.

        Parameters
        ----------
        table : str
            ``"frames"``, ``"evaluation"`` (without the confusion matrices), or pulses: ``"pulses/hidden1/error"``.

        Raises
        ------
        TraceError
            If there is no such table, or pandas is not installed.
        """
        return _to_pandas(self, table)


def _to_xarray(trace: Labelled) -> xarray.DataTree:
    """What `pulsenet.Trace.to_xarray` returns: the groups of the trace file as data sets with named axes."""
    xarray = _need("xarray")
    groups = {
        "clock/phases": _phases(trace),
        "frames": _variables(trace.frames, "frames"),
        "conductance": {"frame": _variable(trace.snapshots, "conductance")},
        "evaluation": _variables(trace.evaluation, "evaluation"),
    }
    for layer in trace.layers:
        G_plus, G_minus = trace.conductance(layer, slice(None))
        groups[f"conductance/{layer}"] = {
            name: _labelled("conductance", f"{layer}/{name}", values)
            for name, values in (("G_plus", G_plus), ("G_minus", G_minus))
        }
    for table in _pulse_tables(trace):
        pulses = _pulses(trace, table)
        groups[table] = {name: _labelled(table, name, values) for name, values in pulses.items()}
        groups[table]["frame"] = ("pulse", _frame_of(trace, pulses), {"units": "1", "long_name": "frame of the pulse"})
    groups |= _parameters(trace.parameters)
    datasets = {f"/{path}": xarray.Dataset(variables) for path, variables in groups.items()}
    datasets["/"] = xarray.Dataset(attrs=_attributes(trace))
    return xarray.DataTree.from_dict(datasets)


def _to_pandas(trace: Labelled, table: str) -> pandas.DataFrame:
    """What `pulsenet.Trace.to_pandas` returns: a table with one row per frame, evaluation or pulse."""
    pandas = _need("pandas")
    if table == "evaluation":
        columns = {name: values for name, values in trace.evaluation.items() if name != "confusion"}
        units = {name: column.units for name, column in columns.items() if name != "epoch"}
        frame = pandas.DataFrame({name: column[:] for name, column in columns.items()}).set_index("epoch")
    elif table == "frames":
        units = {name: column.units for name, column in trace.frames.items()}
        frame = pandas.DataFrame({name: column[:] for name, column in trace.frames.items()})
        frame.index.name = "frame"
    elif table in _pulse_tables(trace):
        pulses = _pulses(trace, table)
        units = {name: column_field(table, name).units for name in pulses}
        frame = pandas.DataFrame({"frame": _frame_of(trace, pulses), **pulses})
        frame.index.name = "pulse"
    else:
        known = ", ".join(["frames", "evaluation", *_pulse_tables(trace)])
        raise TraceError(f"{trace.path}: no table {table!r}; tables are {known}")
    frame.attrs["units"] = units
    return frame


def _need(library: str) -> Any:
    try:
        return importlib.import_module(library)
    except ImportError:
        raise TraceError(f"{library} is not installed; pip install 'pulsenet[analysis]' installs it") from None


def _pulse_tables(trace: Labelled) -> list[str]:
    """Tables of pulses that the trace holds."""
    tables = [f"pulses/{population}/{kind}" for population in trace.populations for kind in KINDS]
    return [table for table in tables if trace.holds(table)]


def _pulses(trace: Labelled, table: str) -> dict[str, np.ndarray]:
    _, population, kind = table.split("/")
    return trace.pulses(population, kind)


def _frame_of(trace: Labelled, pulses: dict[str, np.ndarray]) -> np.ndarray:
    return pulses["slot"] // trace.schedule.frame_slots


def _variables(columns: dict[str, Column], table: str) -> dict[str, tuple]:
    return {name: _variable(column, table) for name, column in columns.items()}


def _variable(column: Column, table: str) -> tuple:
    return _labelled(table, column.name, column[:])


def _labelled(table: str, name: str, values: np.ndarray) -> tuple[tuple[str, ...], np.ndarray, dict[str, str]]:
    """A variable as xarray takes it: names of the axes, values, attributes."""
    field = column_field(table, name)
    return field.axes, values, {"units": field.units, "long_name": field.long_name}


def _parameters(parameters: Parameters) -> dict[str, dict[str, tuple]]:
    """A table of the shared ones, and the arrays of each layer."""
    groups: dict[str, dict[str, tuple]] = {}
    rows = []
    for owner, name, parameter in in_order(parameters):
        if not np.ndim(parameter.value):
            rows.append((owner, name, parameter.value, parameter.unit))
            continue
        field = fields("devices/<layer>")["<key>"]
        about = {"units": parameter.unit, "long_name": field.long_name.replace("<key>", name)}
        groups.setdefault(f"devices/{owner}", {})[name] = field.axes, parameter.value, about
    if rows:
        columns = zip(("object", "name", "value", "unit"), map(np.array, zip(*rows, strict=True)), strict=True)
        groups["parameters"] = {name: _labelled("parameters", name, values) for name, values in columns}
    return groups


def _phases(trace: Labelled) -> dict[str, tuple]:
    phases = trace.schedule.phases
    return {
        name: _labelled("clock/phases", name, np.array([getattr(phase, name) for phase in phases]))
        for name in ("name", "kind", "layer", "start", "stop")
    }


def _attributes(trace: Labelled) -> dict[str, Any]:
    """What belongs to the run as a whole, in types that netCDF can hold."""
    return {
        "configuration": to_json(trace.configuration, "configuration"),
        "complete": int(trace.complete),
        "slot": trace.slot,
        "frame_slots": trace.schedule.frame_slots,
        **trace.provenance,
    }
