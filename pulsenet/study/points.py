"""From a study to its runs: every combination of case, axes and seed, each checked before the first one starts."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from itertools import product
from typing import Any

from pulsenet.describe.merge import merge, nested
from pulsenet.describe.run import Run
from pulsenet.errors import ConfigError
from pulsenet.study.grids import BASELINES, ON_CHIP, Grid, Study


@dataclass(frozen=True)
class Point:
    """One run of a study: a row of its table.

    Attributes
    ----------
    grid : str
    training : str
        ``"on-chip"``, or the name of a baseline.
    labels : dict
        Of its case (under ``"case"``, if the grid has cases) and its axes. For a baseline only of those that it depends
        on.
    run : Run
    folder : str
        Name of its folder: readable, and different for whatever gives another result.
    """

    grid: str
    training: str
    labels: dict[str, Any]
    run: Run
    folder: str


def points(study: Study) -> list[Point]:
    """All runs of a study, in the order of its table. Runs that are the same have one folder, whichever rows they fill.

    Raises
    ------
    ConfigError
        If a combination is no valid run: one line that names it.
    """
    found, folders = [], {}
    for name, grid in study.grids.items():
        for training in (ON_CHIP, *grid.baselines):
            for labels, changes in _combinations(grid, study.overrides, training):
                # From the top down: a device's pulses and variation in the run file go, those of the study stay.
                content = merge(study.base, merge(grid.changes, changes))
                for seed in grid.seeds:
                    point = _point(study, name, training, labels, content, seed)
                    same = folders.setdefault(point.folder.rpartition("_")[2], point.folder)
                    found.append(replace(point, folder=same))
    return found


def _combinations(grid: Grid, overrides: dict, training: str) -> Iterator[tuple[dict, dict]]:
    """Labels, and changes to the base run, of each combination of case and axes that this kind of training depends on.

    Of the others it takes the first, since a run may need a value, and leaves the label out.
    """
    shown = {name for name, axis in grid.axes.items() if _matters(training, axis.keys)}
    choices = [list(zip(axis.names, axis.values, strict=True)) for axis in grid.axes.values()]
    choices = [some if name in shown else some[:1] for name, some in zip(grid.axes, choices, strict=True)]
    cases = list(grid.cases.items()) or [(None, {})]
    if not _matters(training, [key for _, case in cases for key in _keys(case)]):
        cases = [(None, cases[0][1])]
    for case, changes in cases:
        for values in product(*choices):
            labels, changed = ({} if case is None else {"case": case}), merge(overrides, changes)
            for (name, axis), (label, value) in zip(grid.axes.items(), values, strict=True):
                labels = labels | ({name: label} if name in shown else {})
                for key in axis.keys:
                    changed = merge(changed, nested(key, value))
            yield labels, changed


def _matters(training: str, keys: list[str]) -> bool:
    """Whether any of these keys of a run changes what this kind of training gives."""
    if training == ON_CHIP:
        return True
    return any(f"{key}.".startswith(f"{part}.") for key in keys for part in BASELINES[training])


def _keys(content: dict, prefix: str = "") -> Iterator[str]:
    """Dotted keys of all values in nested dictionaries."""
    for key, value in content.items():
        if isinstance(value, dict):
            yield from _keys(value, f"{prefix}{key}.")
        else:
            yield prefix + key


def _point(study: Study, grid: str, training: str, labels: dict, content: dict, seed: int) -> Point:
    where = ", ".join([f"grid {grid}", *(f"{name} = {label}" for name, label in labels.items())])
    run = Run.check({**content, "seed": seed}, f"{study.path} ({where})", study.path.parent)
    identity = json.dumps([version("pulsenet"), training, run.model_dump(mode="json")], sort_keys=True)
    words = [training, *(f"{name}-{label}" if name != "case" else str(label) for name, label in labels.items())]
    plain = re.sub(r"[^A-Za-z0-9.+-]+", "-", "_".join([*words, f"seed-{seed}"]).replace("_", " _ ")).replace("-_-", "_")
    return Point(grid, training, labels, run, f"{plain[:80]}_{hashlib.sha256(identity.encode()).hexdigest()[:10]}")


def check_columns(study: Study, found: list[Point]) -> None:
    """See that every claim names rows that there will be; a `ConfigError` of one line if not."""
    for name, grid in study.grids.items():
        rows = [point for point in found if point.grid == name]
        for key, claim in grid.claims.items():
            for side, chosen in (("of", claim.of), ("against", claim.against)):
                if chosen is not None and not any(selects(chosen, point.training, point.labels) for point in rows):
                    columns = ", ".join(["training", *(["case"] if grid.cases else []), *grid.axes])
                    raise ConfigError(
                        f"{study.path}: claim {key!r} of grid {name}: {side} = {chosen} fits no run; columns to choose "
                        f"by: {columns}"
                    )


def selects(chosen: dict[str, Any], training: str, labels: dict[str, Any]) -> bool:
    """Whether a row is one of those that a side of a claim names.

    Examples
    --------
    >>> selects({"case": "a"}, "on-chip", {"case": "a", "beta": 3})
    True
    >>> selects({"training": "software"}, "on-chip", {"beta": 3})
    False
    """
    row = {**labels, "training": training}
    return all(row.get(key) == value for key, value in {"training": ON_CHIP, **chosen}.items())
