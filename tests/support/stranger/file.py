"""What is in the file, by its names in FORMAT.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np


class File:
    """A trace, read into memory."""

    def __init__(self, path: Path):
        with h5py.File(path) as file:

            def text(name):
                return file[name].asstr()[()]

            self.configuration = plain(json.loads(text("provenance/configuration")))
            self.variants = json.loads(text("provenance/variants"))
            self.populations = dict(zip(text("network/population"), file["network/lines"][:].tolist(), strict=True))
            shapes = zip(file["network/n_in"][:].tolist(), file["network/n_out"][:].tolist(), strict=True)
            self.layers = dict(zip(text("network/layer"), shapes, strict=True))
            self.n_classes, self.n_frames = (int(file[f"network/{name}"][()]) for name in ("n_classes", "n_frames"))
            self.slot = float(file["clock/slot"][()])
            self.n_slots, self.guard_slots = (int(file[f"clock/{name}"][()]) for name in ("n_slots", "guard_slots"))
            self.frame_slots = int(file["clock/frame_slots"][()])
            self.parameters = {name: {} for name in (*self.populations, *self.layers)}
            rows = zip(text("parameters/object"), text("parameters/name"), file["parameters/value"][:], strict=True)
            for owner, name, value in rows:
                self.parameters[owner][name] = float(value)
            self.devices = {
                layer: {key: values[:] for key, values in group.items() if key not in ("input", "output")}
                for layer, group in file.get("devices", {}).items()
            }
            self.frames = {name: values[:] for name, values in file["frames"].items() if not values.is_scale}
            self.pulses = {
                (population, kind): {name: v[:] for name, v in table.items() if not v.is_scale}
                for population in self.populations
                for kind, table in file[f"pulses/{population}"].items()
            }
            self.evaluation = {name: file[f"evaluation/{name}"][:] for name in ("epoch", "accuracy")}
            self.snapshots = file["conductance/frame"][:].tolist()
            self.conductance = {
                layer: {side: file[f"conductance/{layer}/G_{side}"][:] for side in ("plus", "minus")}
                for layer in self.layers
            }

    def sent(self, population: str, kind: str, frame: int) -> list[dict[str, int]]:
        """The recorded pulses of a kind in one frame."""
        table = self.pulses.get((population, kind))
        if table is None:
            return []
        columns = {name: values for name, values in table.items() if name != "first"}
        rows = range(table["first"][frame], table["first"][frame + 1])
        return [{name: int(values[row]) for name, values in columns.items()} for row in rows]

    def inputs(self, frame: int) -> list[int]:
        """Values of the input lines in a recorded frame, from their pulses."""
        values = [0] * self.populations["input"]
        for pulse in self.sent("input", "forward", frame):
            values[pulse["line"]] += pulse.get("width", 1)
        return values


def plain(value: Any) -> Any:
    """A part of the configuration with its quantities, texts of a number and an SI unit, as numbers."""
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, str) and value.split()[-1:] and value.split()[-1] in ("S", "V", "s", "F", "J"):
        return float(value.split()[0])
    return value


def encoded(x: np.ndarray, n_slots: int) -> list[int]:
    """Values of the input lines for a sample in [0, 1]; the last is that of the bias line."""
    return [int(np.floor(n_slots * value + 0.5)) for value in x] + [n_slots]
