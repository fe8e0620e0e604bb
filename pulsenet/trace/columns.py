"""Columns of a trace: they look like arrays, and are read when they are sliced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pulsenet.trace.schema import column_field


class Column:
    """One column of a table: sliced like an array along its first axis, read when sliced.

    Parameters
    ----------
    table, name : str
        As in the schema.
    rows : int
        Number of rows.
    read : function of (start, stop)
        Reads rows.

    Attributes
    ----------
    name, units, long_name : str
    dtype : numpy.dtype

    Examples
    --------
    >>> label = Column("frames", "label", 5, lambda start, stop: np.arange(start, stop, dtype="int32"))
    >>> label[-2:], label[1], label.units
    (array([3, 4], dtype=int32), np.int32(1), '1')
    """

    def __init__(self, table: str, name: str, rows: int, read: Callable[[int, int], np.ndarray]) -> None:
        field = column_field(table, name)
        self.name, self.units, self.long_name, self.dtype = name, field.units, field.long_name, np.dtype(field.dtype)
        self._table, self._rows, self._read = table, rows, read

    def __len__(self) -> int:
        return self._rows

    def __getitem__(self, key: Any) -> Any:
        """One entry for an int, rows for a slice; any other index is applied to the whole column."""
        if isinstance(key, slice):
            rows = range(self._rows)[key]
            bounds = (min(rows[0], rows[-1]), max(rows[0], rows[-1]) + 1) if rows else (0, 0)
            return self._values(*bounds)[:: rows.step]
        if isinstance(key, (int, np.integer)):
            if not -self._rows <= key < self._rows:
                raise IndexError(f"{self._table}/{self.name}: row {key}; there are {self._rows}")
            row = int(key) % self._rows
            return self._values(row, row + 1)[0]
        return self[:][key]

    def _values(self, start: int, stop: int) -> np.ndarray:
        return self._read(start, stop).astype(self.dtype, copy=False)

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        return np.asarray(self[:], dtype=dtype)

    def __repr__(self) -> str:
        rows = f"{self._rows} rows of {self.dtype}, in units of {self.units}"
        return f"<{self._table}/{self.name}: {rows}: {self.long_name}>"
