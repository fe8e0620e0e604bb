"""What a trace is made from: the description of a run, and its commits."""

from __future__ import annotations

import hashlib
import json
import reprlib
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

import numpy as np

from pulsenet.circuit.schedule import Schedule
from pulsenet.errors import TraceError
from pulsenet.records import Conductances, Parameter, Parameters, Pulses


@dataclass(frozen=True)
class Description:
    """Everything about a run that is known before its first frame.

    Attributes
    ----------
    configuration : dict
        Resolved run configuration; anything that JSON can hold.
    provenance : dict of str
        Versions, equations, device files with their hashes, engine ... one text each.
    slot : float, seconds
        Duration of a slot.
    schedule : Schedule
        The phase table.
    populations : dict of int
        Lines of each population, bias line included; input first.
    layers : dict of (int, int)
        (n_in, n_out) of each weight layer; n_in counts the bias line. Layer n joins populations n-1 and n.
    n_classes : int
        Number of classes.
    n_frames : int
        Number of frames of the whole run.
    parameters : Parameters
        Values of the equations, by population and layer; arrays of shape (n_in, n_out) where each device or pair of a
        layer has its own.

    Raises
    ------
    TraceError
        If the parts contradict each other, a name cannot name a group, or the configuration is no JSON.

    Examples
    --------
    >>> run = Description({"seed": 1}, {"pulsenet": "0.1"}, 1e-7, Schedule(1, 16), {"input": 5, "output": 2},
    ...                   {"layer1": (5, 2)}, n_classes=2, n_frames=100)
    >>> run == Description.from_json(run.to_json())
    True
    """

    configuration: dict[str, Any]
    provenance: dict[str, str]
    slot: float
    schedule: Schedule
    populations: dict[str, int]
    layers: dict[str, tuple[int, int]]
    n_classes: int
    n_frames: int
    parameters: Parameters = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        lines = list(self.populations.values())
        if not len(lines) - 1 == len(self.layers) == self.schedule.n_layers:
            raise TraceError(
                f"Description: {len(lines)} populations, {len(self.layers)} layers and a schedule of "
                f"{self.schedule.n_layers} layers; a network of L layers has L + 1 populations"
            )
        for number, (name, (n_in, n_out)) in enumerate(self.layers.items()):
            if n_in != lines[number] or not 0 < n_out <= lines[number + 1]:
                raise TraceError(
                    f"Description.layers[{name!r}]: shape {(n_in, n_out)} does not fit between populations of "
                    f"{lines[number]} and {lines[number + 1]} lines"
                )
        for name in (*self.populations, *self.layers, *self.provenance):
            if not name or "/" in name or name in (".", "configuration", "frame"):
                raise TraceError(f"Description: {name!r} cannot name a part of a trace; use a name without '/'")
        if not self.slot > 0 or self.n_frames < 0:
            raise TraceError(
                f"Description: slot {self.slot} s and n_frames {self.n_frames}; need slot > 0, n_frames >= 0"
            )
        for owner, values in self.parameters.items():
            for name, parameter in values.items():
                self._check_parameter(owner, name, np.shape(parameter.value))
        self.to_json()

    def _check_parameter(self, owner: str, name: str, shape: tuple[int, ...]) -> None:
        if owner not in self.populations and owner not in self.layers:
            raise TraceError(f"Description.parameters: {owner!r} is no population and no layer")
        if not name or "/" in name or name in (".", "input", "output"):
            raise TraceError(f"Description.parameters[{owner!r}]: {name!r} cannot name a part of a trace")
        if shape and shape != self.layers.get(owner):
            need = self.layers.get(owner, "a single value")
            raise TraceError(f"Description.parameters[{owner!r}][{name!r}]: shape {shape}; need {need}")

    def to_json(self) -> str:
        """The description as JSON text: the same text for the same description, whatever the order of its keys.

        Of the parameters it holds the SHA-256.
        """
        parts = {part.name: getattr(self, part.name) for part in fields(self)}
        parts["parameters"] = self._digest_of_parameters
        parts["schedule"] = {part.name: getattr(self.schedule, part.name) for part in fields(self.schedule)}
        for ordered in ("populations", "layers"):
            parts[ordered] = list(parts[ordered].items())
        return to_json(parts, "Description")

    @classmethod
    def from_json(cls, text: str, parameters: Parameters | None = None) -> Description:
        """Read what `to_json` wrote; of the parameters, that was not the values."""
        parts = json.loads(text) | {"parameters": parameters or {}}
        parts["schedule"] = Schedule(**parts["schedule"])
        parts["populations"] = dict(parts["populations"])
        parts["layers"] = {name: tuple(shape) for name, shape in parts["layers"]}
        return cls(**parts)

    @property
    def ends(self) -> dict[str, tuple[str, str]]:
        """The populations before and after each layer, by the layer's name.

        Examples
        --------
        >>> Description({}, {}, 1e-7, Schedule(1, 16), {"input": 5, "output": 2}, {"layer1": (5, 2)}, 2, 100).ends
        {'layer1': ('input', 'output')}
        """
        names = list(self.populations)
        return dict(zip(self.layers, zip(names, names[1:], strict=False), strict=True))

    @cached_property
    def _digest_of_parameters(self) -> str:
        digest = hashlib.sha256()
        for owner, name, parameter in in_order(self.parameters):
            values = np.asarray(parameter.value, "<f8")
            digest.update(f"{owner} {name} {parameter.unit} {values.shape} ".encode())
            digest.update(values.tobytes())
        return digest.hexdigest()

    @property
    def digest(self) -> str:
        """SHA-256 of the description, in hexadecimal."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def difference(self, other: Description) -> str | None:
        """First difference from ``other``, as a sentence, or None.

        Examples
        --------
        >>> from dataclasses import replace
        >>> populations, layers = {"input": 5, "output": 2}, {"layer1": (5, 2)}
        >>> run = Description({"seed": 1}, {}, 1e-7, Schedule(1, 16), populations, layers, 2, 100)
        >>> run.difference(replace(run, configuration={"seed": 2}))
        'configuration.seed is 1, was 2'
        """
        return _difference("", json.loads(self.to_json()), json.loads(other.to_json()))


def in_order(parameters: Parameters) -> Iterator[tuple[str, str, Parameter]]:
    """Owner, name and value of all parameters, in one order."""
    for owner in sorted(parameters):
        for name in sorted(parameters[owner]):
            yield owner, name, parameters[owner][name]


_ABSENT = object()


def _difference(key: str, now: Any, was: Any) -> str | None:
    """Depth first, in order of keys: the first leaf at which two JSON values differ.

    What a run has calibrated comes last: it differs because something that was described does.
    """
    if isinstance(now, dict) and isinstance(was, dict):
        for part in sorted(now.keys() | was.keys(), key=lambda part: (part == "calibrated", part)):
            found = _difference(f"{key}.{part}" if key else part, now.get(part, _ABSENT), was.get(part, _ABSENT))
            if found:
                return found
        return None
    if type(now) is type(was) and now == was:
        return None
    now, was = ("absent" if value is _ABSENT else reprlib.repr(value) for value in (now, was))
    return f"{key} is {now}, was {was}"


def to_json(value: Any, what: str) -> str:
    """JSON text with sorted keys.

    Raises
    ------
    TraceError
        If JSON cannot hold ``value``; ``what`` names it.
    """
    try:
        return json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise TraceError(
            f"{what}: {error}; a trace holds texts, finite numbers, booleans, lists and tables of these"
        ) from error


@dataclass(frozen=True)
class Commit:
    """A chunk of a run: what happened, and what a resume needs.

    Attributes
    ----------
    frames : dict of 1-D arrays
        One entry per frame: ``sample``, ``label``, ``prediction``, ``learn``, ``epoch``, and any of the other columns
        of /frames in the schema; the same columns in every commit. Empty if the commit adds no frame.
    pulses : dict
        ``pulses[population][kind]`` is a `pulsenet.records.Pulses`, sorted by slot, then line.
    snapshots : list of (int, Conductances)
        Conductances in siemens, each with the number of the frame after which they were taken (-1: before the first).
    evaluation : list of (int, float, int array of shape (n_classes, n_classes))
        Epoch, accuracy, and numbers of samples by class (rows) and answer (columns).
    checkpoint : dict of arrays
        What a resume needs; comes back from `TraceWriter.resume` as it was given.
    """

    frames: dict[str, np.ndarray] = field(default_factory=dict)
    pulses: dict[str, dict[str, Pulses]] = field(default_factory=dict)
    snapshots: list[tuple[int, Conductances]] = field(default_factory=list)
    evaluation: list[tuple[int, float, np.ndarray]] = field(default_factory=list)
    checkpoint: dict[str, np.ndarray] = field(default_factory=dict)
