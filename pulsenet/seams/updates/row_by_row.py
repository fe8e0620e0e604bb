"""How a refresh selects devices: rows one after another, and all columns of a row at the same time.

A gate belongs to an input line, a row of the array. While it is open, every device of the row can be driven by its own
column, G+ and G- alike, and no device of another row can: a refresh of columns at the same time takes the same row.
So a row is opened, erased and written: every device of it gets the next erasing pulse, as long as any needs one; then
every device the next writing pulse, with its reading where each is checked; then comes the next row. A row takes as
long as its longest column. Layers are arrays of their own, and work at the same time.

Two ways to be faster. An array in blocks of rows, each with drivers and a controller of its own (its columns end at the
block), refreshes one row in each block at a time: `refresh_rows`. Or a refresh takes a part of the rows only, and the
next the next part: `refresh_turns`. What is refreshed late is full, and stands still, for longer.

Source: this project; that gates belong to input lines, 10.1007/s00521-018-3659-y (abstract).
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from pulsenet.seams.updates.base import UpdateMethod


class RowByRow(UpdateMethod):
    """An update method whose pairs are refreshed row by row.

    Parameters
    ----------
    refresh_every : int
        Training frames between refreshes.
    refresh_rows : int, optional
        Rows of a block that has drivers and a controller of its own; left out, an array is one block.
    refresh_turns : int
        Refreshes until all rows had their turn: each takes every so-many-th row.
    """

    refresh_every: int = Field(default=100, ge=1)
    refresh_rows: int | None = Field(default=None, ge=1)
    refresh_turns: int = Field(default=1, ge=1)

    def refresh_period(self) -> int:
        return self.refresh_every

    def turn(self, trained: np.ndarray) -> np.ndarray:
        refreshes, rest = np.divmod(trained, self.refresh_every)
        return np.where(rest, 0, 1 + (refreshes - 1) % self.refresh_turns)

    def of_blocks(self, rows: np.ndarray) -> np.ndarray:
        n_rows = rows.shape[-1]
        return np.add.reduceat(rows, np.arange(0, n_rows, self.refresh_rows or n_rows), axis=-1)

    def in_turn(self, when: str) -> str:
        """A condition for a refresh, of one for whichever row."""
        if self.refresh_turns == 1:
            return when
        return f"({when}) and i % {self.refresh_turns} == refresh_in(t) - 1"
