"""From a commit to checked tables of columns, as they go into a segment."""

from __future__ import annotations

from typing import Any

import numpy as np

from pulsenet.errors import TraceError
from pulsenet.records import Pulses
from pulsenet.trace.description import Commit, Description
from pulsenet.trace.schema import KINDS, Field, fields, table_fields

#: ``tables[table][column]``: arrays with one entry per row, of the types in the schema.
Tables = dict[str, dict[str, np.ndarray]]


def tables_of(commit: Commit, run: Description, first_frame: int) -> tuple[int, Tables]:
    """Check a commit against its run and turn it into tables.

    Parameters
    ----------
    commit : Commit
    run : Description
    first_frame : int
        Number of frames committed before.

    Returns
    -------
    n_frames : int
        Frames of this commit.
    tables : dict of dict of arrays
        Only tables that have rows.

    Raises
    ------
    TraceError
        If a column is missing, unknown, of another length or type, or holds what cannot be: a pulse outside the
        commit's frames, a line that does not exist, pulses out of order, a conductance of the wrong shape.
    """
    frames = {name: column("frames", field, commit.frames[name]) for name, field in _present("frames", commit.frames)}
    n_frames = _common_length("frames", frames)
    stop = first_frame + n_frames
    if stop > run.n_frames:
        raise TraceError(f"commit of frames {first_frame} to {stop - 1}: the run has {run.n_frames} frames")
    tables = {"frames": frames} if n_frames else {}
    boundaries = np.arange(first_frame, stop + 1, dtype=np.int64) * run.schedule.frame_slots
    for population, kinds in commit.pulses.items():
        for kind, pulses in kinds.items():
            table = f"pulses/{population}/{kind}"
            if population not in run.populations or kind not in KINDS:
                raise TraceError(f"{table}: populations are {', '.join(run.populations)}; kinds are {', '.join(KINDS)}")
            if any(len(values) for values in pulses.values()):
                tables[table] = _pulses(table, pulses, boundaries, _n_lines(run, population, kind))
    if commit.snapshots:
        tables["conductance"] = _snapshots(commit, run, first_frame, stop)
    if commit.evaluation:
        tables["evaluation"] = _evaluation(commit, run)
    return n_frames, tables


def column(table: str, field: Field, values: Any, shape: tuple[int, ...] = ()) -> np.ndarray:
    """``values`` as an array with one entry of ``shape`` per row, in the type of ``field``, with no value changed."""
    given = np.asarray(values)
    if given.shape[1:] != shape or given.ndim != 1 + len(shape):
        raise TraceError(
            f"{table}/{field.name}: shape {given.shape}; need (rows{''.join(f', {size}' for size in shape)})"
        )
    if given.dtype.kind not in "biuf":
        raise TraceError(f"{table}/{field.name}: type {given.dtype}; need {field.dtype}")
    with np.errstate(invalid="ignore"):
        cast = given.astype(field.dtype, copy=False)
    if given.dtype != cast.dtype and not np.array_equal(cast, given):
        raise TraceError(f"{table}/{field.name}: values that {field.dtype} cannot hold, of type {given.dtype}")
    if cast.dtype.kind == "f" and not np.isfinite(cast).all():
        raise TraceError(
            f"{table}/{field.name}: a value is not finite; look for the frame in which the simulation diverged"
        )
    return cast


def _present(table: str, given: dict[str, Any]) -> list[tuple[str, Field]]:
    """The fields of ``table`` that ``given`` has, in the schema's order; unknown and missing ones are refused."""
    known = table_fields(table)
    needed = KINDS.get(table.rpartition("/")[2]) or [name for name, field in known.items() if field.required]
    unknown = [name for name in given if name not in known]
    missing = [name for name in needed if name not in given]
    if given and (unknown or missing):
        wrong = f"{table}/{(unknown or missing)[0]}: {'unknown' if unknown else 'missing'}"
        raise TraceError(f"{wrong}; columns are {', '.join(known)}")
    return [(name, field) for name, field in known.items() if name in given]


def _common_length(table: str, columns: dict[str, np.ndarray]) -> int:
    """Number of rows of a table, the same in every column."""
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        raise TraceError(f"{table}: columns of different lengths: {lengths}")
    return next(iter(lengths.values()), 0)


def _n_lines(run: Description, population: str, kind: str) -> int:
    """Lines on which pulses can come: bias lines and the input have no error."""
    outputs = [0, *(n_out for _, n_out in run.layers.values())]
    return outputs[list(run.populations).index(population)] if kind == "error" else run.populations[population]


def _pulses(table: str, pulses: Pulses, boundaries: np.ndarray, n_lines: int) -> dict[str, np.ndarray]:
    """Pulses of one kind of one population, and ``first``: the row at which each frame of the commit begins."""
    columns = {name: column(table, field, pulses[name]) for name, field in _present(table, pulses)}
    _common_length(table, columns)
    slot, line = columns["slot"], columns["line"]
    earlier, same = slot[1:] < slot[:-1], slot[1:] == slot[:-1]
    if earlier.any() or (same & (line[1:] < line[:-1])).any():
        raise TraceError(f"{table}: pulses are not sorted by slot, then line; use numpy.lexsort((line, slot))")
    if slot[0] < boundaries[0] or slot[-1] >= boundaries[-1]:
        raise TraceError(
            f"{table}/slot: {slot[0]} to {slot[-1]}; the frames of the commit span {boundaries[0]} to "
            f"{boundaries[-1] - 1}"
        )
    if line.min() < 0 or line.max() >= n_lines:
        raise TraceError(f"{table}/line: {line.min()} to {line.max()}; need 0 to {n_lines - 1}")
    if "polarity" in columns and not (abs(columns["polarity"]) == 1).all():
        raise TraceError(f"{table}/polarity: values other than -1 and 1")
    return columns | {"first": np.searchsorted(slot, boundaries).astype(np.int64)}


def _snapshots(commit: Commit, run: Description, first_frame: int, stop: int) -> dict[str, np.ndarray]:
    """Conductances of all layers; one row per snapshot."""
    numbers = [number for number, _ in commit.snapshots]
    if numbers != sorted(set(numbers)) or numbers[0] < first_frame - 1 or numbers[-1] >= stop:
        raise TraceError(f"snapshots after frames {numbers}: need growing numbers from {first_frame - 1} to {stop - 1}")
    known = fields("conductance/<layer>")
    columns = {"frame": column("conductance", fields("conductance")["frame"], numbers)}
    for layer, shape in run.layers.items():
        table = f"conductance/{layer}"
        missing = [number for number, taken in commit.snapshots if layer not in taken]
        if missing:
            raise TraceError(
                f"{table}: missing in the snapshot after frame {missing[0]}; need all of {', '.join(run.layers)}"
            )
        for sign, name in enumerate(("G_plus", "G_minus")):
            values = [np.asarray(taken[layer][sign]) for _, taken in commit.snapshots]
            wrong = [value.shape for value in values if value.shape != shape]
            if wrong:
                raise TraceError(f"{table}/{name}: shape {wrong[0]}; need {shape}")
            columns[f"{layer}/{name}"] = column(table, known[name], values, shape)
    return columns


def _evaluation(commit: Commit, run: Description) -> dict[str, np.ndarray]:
    """Accuracy and confusion; one row per evaluation."""
    known = fields("evaluation")
    epochs, accuracies, confusions = zip(*commit.evaluation, strict=True)
    if not all(0 <= accuracy <= 1 for accuracy in accuracies):
        raise TraceError(f"evaluation/accuracy: {accuracies}; need numbers from 0 to 1")
    return {
        "epoch": column("evaluation", known["epoch"], epochs),
        "accuracy": column("evaluation", known["accuracy"], accuracies),
        "confusion": column("evaluation", known["confusion"], confusions, (run.n_classes, run.n_classes)),
    }
