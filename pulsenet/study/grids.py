"""What a study file says: read, checked, and laid over its base run. The format is told in `pulsenet.study`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, field_validator, model_validator

from pulsenet.describe.merge import merge, nested
from pulsenet.describe.run import Run, read_toml
from pulsenet.describe.sections import Section
from pulsenet.errors import ConfigError
from pulsenet.study.wrong_names import unknown
from pulsenet.trace.schema import table_fields

#: Sections of a run file. Its seed is not one: a study has ``seeds``. Nor is what is told of a device file.
RUN_SECTIONS = tuple(name for name in Run.model_fields if name not in ("seed", "device_file"))
#: Ways of training that a grid can be compared with, and the sections and keys of a run that each depends on.
_SOFTWARE = ("data", "network", "training.epochs", "training.decay")
_TRANSFER = (*_SOFTWARE, "time.n_slots", "device", "reading", "variation")
BASELINES = {
    "software": _SOFTWARE,
    "quantised": (*_SOFTWARE, "time.n_slots"),
    "write-once": _TRANSFER,
    "write-verify": _TRANSFER,
}
ON_CHIP = "on-chip"
#: Columns that every table has; an axis cannot have such a name.
RESERVED = ("grid", "training", "case", "seed", "epochs", "accuracy", "training_accuracy", "warnings")


#: Columns of results that claims can be about: accuracies, and what a trace counts per frame.
COLUMNS = (
    "accuracy",
    "training_accuracy",
    *(name for name in table_fields("frames") if name.endswith(("_pulses", "_energy", "_time"))),
)


class Axis(Section):
    """One axis of a grid.

    Parameters
    ----------
    keys : list of str
        Dotted keys of a run file, all of which get the value.
    values : list
        As in a run file.
    labels : list of number or str, optional
        What tables, figures and claims call the values; left out, the values themselves.
    """

    keys: list[str] = Field(min_length=1)
    values: list[Any] = Field(min_length=1)
    labels: list[float | int | str] | None = None

    @model_validator(mode="after")
    def _check_labels(self):
        if self.labels is not None and len(self.labels) != len(self.values):
            raise ValueError(f"{len(self.labels)} labels for {len(self.values)} values")
        names = self.names
        if any(names.index(name) != place for place, name in enumerate(names)):
            raise ValueError(f"values {names} must differ")
        for key in self.keys:
            if key.partition(".")[0] not in RUN_SECTIONS or "." not in key:
                raise ValueError(f"{key!r} is no dotted key of a run file, such as 'device.beta_SET'")
        return self

    @property
    def names(self) -> list:
        """What the values are called."""
        plain = [value if isinstance(value, (int, float, str)) else str(value) for value in self.values]
        return self.labels or plain


class Claim(Section):
    """A statement about the rows of a table that the study decides.

    Parameters
    ----------
    sentence : str
        What is claimed, in words.
    of, against : dict
        Which rows: values by column. ``training`` is "on-chip" unless it is given. What is claimed is about the
        difference of the two, or about ``of`` alone if ``against`` is left out.
    column : str
        Which column of the table.
    at_least, at_most, within : float
        Exactly one: the difference is at least, or at most, so much, or its size is at most so much.
    """

    sentence: str
    of: dict[str, Any]
    against: dict[str, Any] | None = None
    column: str = "accuracy"
    at_least: float | None = None
    at_most: float | None = None
    within: float | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _check_threshold(self):
        if self.column not in COLUMNS:
            raise ValueError(unknown("column", self.column, COLUMNS))
        if sum(value is not None for value in (self.at_least, self.at_most, self.within)) != 1:
            raise ValueError("needs exactly one of at_least, at_most and within")
        return self


class Grid(Section):
    """Runs that differ in cases, axes and seeds, and what is claimed of them."""

    seeds: list[int] = Field(default=[1, 2, 3], min_length=1)
    axes: dict[str, Axis] = {}
    cases: dict[str, dict[str, Any]] = {}
    baselines: list[str] = []
    claims: dict[str, Claim] = {}
    changes: dict[str, Any] = {}

    @field_validator("axes", mode="before")
    @classmethod
    def _complete_axes(cls, axes):
        return _axes(axes) if isinstance(axes, dict) else axes

    @model_validator(mode="after")
    def _check(self):
        if len(set(self.seeds)) != len(self.seeds) or min(self.seeds) < 0:
            raise ValueError(f"seeds {self.seeds} must differ, and be 0 or more")
        for name in self.axes:
            if name in RESERVED or name.endswith(("_pulses", "_energy", "_time")):
                raise ValueError(f"axes.{name}: the table has a column of this name; choose another")
        for name in self.baselines:
            if name not in BASELINES:
                raise ValueError(unknown("baselines", name, BASELINES))
        for name, changes in self.cases.items():
            for section in changes:
                if section not in RUN_SECTIONS:
                    raise ValueError(unknown(f"cases.{name}", section, RUN_SECTIONS))
                if not isinstance(changes[section], dict):
                    raise ValueError(f"cases.{name}.{section} = {changes[section]!r}: must be a section")
        return self


@dataclass(frozen=True)
class Study:
    """A study, as its file describes it.

    Attributes
    ----------
    path : Path
        Of the file, for messages.
    title : str
    base : dict
        Content of the run file that all runs begin with.
    grids : dict of Grid
    overrides : dict
        Values of run keys that were given on top, by section.
    content : dict
        All that was read and decides what the study is, for its record.
    """

    path: Path
    title: str
    base: dict[str, Any]
    grids: dict[str, Grid]
    overrides: dict[str, Any]
    content: dict[str, Any]


#: Keys of a study file besides the sections of a run, and those that a grid may have, too.
_GRID_KEYS = ("seeds", "axes", "cases", "baselines", "claims")
_TELLING = ("base", "grids", *_GRID_KEYS)  # a file without any of them describes one run
_KEYS = ("title", "quick", "if_quick", *_TELLING)


def load(path: str | Path, overrides: dict[str, Any] | None = None) -> Study:
    """Read a study file.

    Parameters
    ----------
    path : path of a TOML file
    overrides : dict, optional
        Values by dotted key. A key of a run file (``training.epochs``) is set in all runs; any other (``quick``,
        ``seeds``) in the study file.

    Returns
    -------
    Study

    Raises
    ------
    ConfigError
        If a file is missing or is no TOML, or a key or value of the study is wrong: one line.

    Examples
    --------
    >>> study = load("runs/nonlinearity.toml", {"seeds": [1]})             # doctest: +SKIP
    >>> list(study.grids)                                                   # doctest: +SKIP
    ['nonlinearity']
    """
    path, content, given = Path(path), read_toml(path), {}
    for key, value in (overrides or {}).items():
        if key.partition(".")[0] in RUN_SECTIONS:
            given = merge(given, nested(key, value))
        else:
            content = merge(content, nested(key, value))
    content = _choose_quick(path, content)
    if not set(content) & set(_TELLING):
        raise ConfigError(
            f"{path}: has no key of a study ({', '.join(_TELLING)}); use pulsenet run {path}, or add seeds = [1, 2, 3]"
        )
    for key in content:
        if key not in (*_KEYS, *RUN_SECTIONS):
            raise ConfigError(f"{path}: {unknown('', key, (*_KEYS, *RUN_SECTIONS))}")
    base = _base(path, content)
    grids = {name: _grid(path, name, content) for name in content.get("grids", {path.stem: None})}
    kept = {"base": base, "file": content, "overrides": given}
    return Study(path, str(content.get("title", path.stem)), base, grids, given, kept)


def _choose_quick(path: Path, content: dict) -> dict:
    """The content with what ``if_quick`` replaces, if ``quick`` is true."""
    content = dict(content)
    quick, replaced = content.pop("quick", False), content.pop("if_quick", None)
    if not isinstance(quick, bool):
        raise ConfigError(f"{path}: quick = {quick!r}: must be true or false")
    if quick and not isinstance(replaced, dict):
        raise ConfigError(f"{path}: quick = true, but the file has no section if_quick that says what it replaces")
    return merge(content, replaced) if quick else content


def _base(path: Path, content: dict) -> dict:
    """Content of the run file that is named; only metrics are kept unless the study says so."""
    base = content.get("base")
    if base is not None and not isinstance(base, str):
        raise ConfigError(f"{path}: base = {base!r}: must be the path of a run file, in quotes")
    run = read_toml(path.parent / base) if base else {}
    run.pop("seed", None)
    run["record"] = {"pulses": "none", "snapshots": 1}
    return run


def _grid(path: Path, name: str, content: dict) -> Grid:
    """A grid with what the file says for all of them."""
    shared = {key: content[key] for key in _GRID_KEYS if key in content}
    shared["changes"] = {key: value for key, value in content.items() if key in RUN_SECTIONS}
    if "grids" in content:
        own = content["grids"][name]
        if not isinstance(own, dict):
            raise ConfigError(f"{path}: grids.{name} = {own!r}: must be a section")
        for key in ("axes", "cases", "claims"):
            if key in shared:
                raise ConfigError(f"{path}: {key}: the file has grids, so write grids.{name}.{key} instead")
        for key in own:
            if key not in (*_GRID_KEYS, *RUN_SECTIONS):
                raise ConfigError(f"{path}: {unknown(f'grids.{name}', key, (*_GRID_KEYS, *RUN_SECTIONS))}")
        shared |= {key: own[key] for key in _GRID_KEYS if key in own}
        shared["changes"] = merge(shared["changes"], {key: value for key, value in own.items() if key in RUN_SECTIONS})
    try:
        return Grid.model_validate(shared)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, (*(("grids", name) if "grids" in content else ()), *first["loc"])))
        message = first["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
        if first["type"] == "extra_forbidden":
            message = "is not a key"
        raise ConfigError(": ".join(part for part in (str(path), key, message) if part)) from None


def _axes(axes: dict, prefix: str = "") -> dict[str, Any]:
    """Axes by name: a list stands for values of the key that is its name."""
    complete = {}
    for name, axis in axes.items():
        full = prefix + name
        if isinstance(axis, dict) and "values" not in axis and axis and not prefix.count(".") > 3:
            complete |= _axes(axis, f"{full}.")
        elif isinstance(axis, dict):
            complete[full] = {"keys": [full]} | axis
        else:
            complete[full] = {"keys": [full], "values": axis}
    return complete
