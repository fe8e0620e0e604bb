"""How the rows of a column are stored: as they are, or packed in chunks.

A *chunk* is `CHUNK_ROWS` rows, counted from the start of the run; in the finished trace it is a chunk of HDF5. A
segment packs its rows in pieces that are cut where chunks end. So a chunk of which one segment holds all rows is there
as the finished trace will have it, and is copied as it is.
"""

from __future__ import annotations

from collections.abc import Iterator

import h5py
import numpy as np

from pulsenet.trace.archive import Packed
from pulsenet.trace.deflate import pack
from pulsenet.trace.schema import CHUNK_ROWS, PACK_FROM_ROWS, Field


def chunks_of(start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Cut the rows ``start`` to ``stop`` where chunks end.

    Examples
    --------
    >>> list(chunks_of(32760, 65540))
    [(32760, 32768), (32768, 65536), (65536, 65540)]
    """
    while start < stop:
        end = min(stop, start - start % CHUNK_ROWS + CHUNK_ROWS)
        yield start, end
        start = end


def part_of(field: Field, values: np.ndarray, before: int) -> np.ndarray | Packed:
    """What a segment stores of a column, of which ``before`` rows are in earlier segments."""
    values = np.ascontiguousarray(values, field.stored_dtype)
    if not _is_packed(field, len(values)):
        return values
    cuts = chunks_of(before, before + len(values))
    return Packed(values.dtype, [(b - a, pack(values[a - before : b - before], b - a)) for a, b in cuts])


def create_column(group: h5py.Group, path: str, field: Field, shape: tuple[int, ...]) -> h5py.Dataset:
    """Create the dataset of a field of a finished trace; its storage depends on its number of rows alone."""
    if not shape or not _is_packed(field, shape[0]):
        return group.create_dataset(path, shape, field.stored_dtype)
    chunks = (min(shape[0], CHUNK_ROWS),)
    return group.create_dataset(
        path, shape, field.stored_dtype, chunks=chunks, compression="gzip", compression_opts=1, shuffle=True
    )


class Target:
    """A column of a finished trace, open for writing.

    Attributes
    ----------
    chunk_rows : int
        Rows of a chunk; 0 if it is not packed.
    """

    def __init__(self, dataset: h5py.Dataset) -> None:
        self._dataset = dataset
        self.chunk_rows: int = dataset.chunks[0] if dataset.chunks else 0

    def write(self, start: int, values: np.ndarray | bytes) -> None:
        """Write the rows from ``start`` on, all of one chunk; if they are packed already, as they are."""
        if not self.chunk_rows:
            self._dataset[start : start + len(values)] = values
            return
        if not isinstance(values, bytes):
            values = pack(np.ascontiguousarray(values, self._dataset.dtype), self.chunk_rows)
        self._dataset.id.write_direct_chunk((start,), values)


def _is_packed(field: Field, rows: int) -> bool:
    return field.storage == "packed" and rows >= PACK_FROM_ROWS
