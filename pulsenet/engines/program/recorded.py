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
    """

    def __init__(self, population: str, kind: str, columns: dict[str, str], most: int):
        self.population, self.kind, self._most, self.n = population, kind, most, 0
        types = {"slot": "int64", "line": "int32", **columns}
        self._columns = {name: np.empty(max(_ROOM, most), dtype) for name, dtype in types.items()}

    @property
    def room(self) -> int:
        """Pulses that have room in all."""
        return len(self._columns["slot"])

    @property
    def row(self) -> list[int]:
        """As the program takes it: number of pulses, room, and where the columns are."""
        return [self.n, self.room, *(column.ctypes.data for column in self._columns.values())]

    def make_room(self) -> None:
        """Twice the room, if the next frame might need it."""
        if self.room - self.n < self._most:
            self._columns = {
                name: np.concatenate([column[: self.n], np.empty_like(column, shape=2 * self.room - self.n)])
                for name, column in self._columns.items()
            }

    def taken(self) -> Pulses:
        """The pulses, and none are left."""
        pulses = {name: column[: self.n].copy() for name, column in self._columns.items()}
        self.n = 0
        return pulses
