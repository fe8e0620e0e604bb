"""Pulses as a program writes them: columns with room for more."""

from __future__ import annotations

import numpy as np

from pulsenet.records import Pulses

#: Pulses of a kind that have room at first.
_ROOM = 1 << 14


class Recorded:
    """Pulses of one kind of a population.

    Parameters
    ----------
    population, kind : str
    columns : dict of str to NumPy type
        Besides slot and line.
    most : int
        Pulses for which there must be room before a frame begins.
    lines : int
        Of the population.
    """

    def __init__(self, population: str, kind: str, columns: dict[str, str], most: int, lines: int):
        self.population, self.kind, self._most, self._lines = population, kind, most, lines
        self.begin(0)
        types = {"slot": "int64", "line": "int32", **columns}
        self._columns = {name: np.empty(max(_ROOM, most), dtype) for name, dtype in types.items()}

    def begin(self, frames: int) -> None:
        """Nothing is recorded yet of so many frames."""
        self.n = 0
        self.counts, self.unrecorded = np.zeros(frames, np.int64), np.zeros(self._lines, np.int64)

    @property
    def room(self) -> int:
        """Pulses that have room in all."""
        return len(self._columns["slot"])

    @property
    def row(self) -> list[int]:
        """As the program takes it: number of pulses, room, and where counts and columns are."""
        counts = [self.counts.ctypes.data, self.unrecorded.ctypes.data]
        return [self.n, self.room, *counts, *(column.ctypes.data for column in self._columns.values())]

    def make_room(self) -> None:
        """Twice the room, if the next frame might need it."""
        if self.room - self.n < self._most:
            room = 2 * self.room
            for name, column in self._columns.items():
                self._columns[name] = np.empty(room, column.dtype)  # memory that is not touched costs nothing
                self._columns[name][: self.n] = column[: self.n]

    def taken(self) -> Pulses:
        """The pulses, in arrays of their own."""
        return {name: column[: self.n].copy() for name, column in self._columns.items()}
