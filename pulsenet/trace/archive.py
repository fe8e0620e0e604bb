"""The file of a segment: one line of JSON, which says what is where, and then arrays.

It is written in one go by a run that has more to do, and only ever read by this package; so it is no HDF5, of which a
file of many small parts takes several times as long. What is packed is as HDF5 will store it in the trace.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pulsenet.trace.deflate import unpack
from pulsenet.trace.files import DamagedError, reporting_all_but_absence
from pulsenet.trace.schema import FORMAT

MAGIC = f"{FORMAT}-segment ".encode()


@dataclass(frozen=True)
class Packed:
    """A column in packed pieces.

    Attributes
    ----------
    dtype : numpy.dtype
    pieces : list of (int, bytes)
        Rows of each piece, and the piece as `pulsenet.trace.deflate.pack` makes it.
    """

    dtype: np.dtype
    pieces: list[tuple[int, bytes]]


def build(about: dict[str, Any], arrays: dict[str, np.ndarray | Packed]) -> bytes:
    """The content of a file.

    Parameters
    ----------
    about : dict
        What JSON can hold.
    arrays : dict
        Of numbers, by name.
    """
    index, blocks, at = {}, [], 0
    for name, values in arrays.items():
        if isinstance(values, Packed):
            sizes = [(rows, len(packed)) for rows, packed in values.pieces]
            index[name] = {"type": values.dtype.str, "at": at, "pieces": sizes}
            blocks += [packed for _, packed in values.pieces]
            at += sum(size for _, size in sizes)
        else:
            index[name] = {"type": values.dtype.str, "at": at, "shape": values.shape}
            blocks.append(np.ascontiguousarray(values).data)
            at += values.nbytes
    return b"".join([MAGIC, json.dumps({"about": about, "arrays": index}).encode(), b"\n", *blocks])


def is_archive(path: Path) -> bool:
    """Whether a file begins as one of ours does."""
    with reporting_all_but_absence(path), open(path, "rb") as file:
        return file.read(len(MAGIC)) == MAGIC


class Archive:
    """A verified file, open for reading; a context manager.

    Parameters
    ----------
    path : Path

    Attributes
    ----------
    about : dict
        As it was given.
    names : list of str
        Of the arrays.

    Raises
    ------
    DamagedError
        If it is none of ours.
    FileNotFoundError
        If there is none.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with reporting_all_but_absence(path):
            self._file = open(path, "rb")  # noqa: SIM115 - closed by close
        if self._file.read(len(MAGIC)) != MAGIC:
            self._file.close()
            raise DamagedError(f"{path}: not a segment of a run; move it out of the folder")
        found = json.loads(self._file.readline())
        self.about: dict[str, Any] = found["about"]
        self._index, self._start = found["arrays"], self._file.tell()
        self.names = list(self._index)

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def array(self, name: str) -> np.ndarray:
        """All of an array that is not packed."""
        entry = self._index[name]
        return self._raw(entry["at"], np.dtype(entry["type"]), tuple(entry["shape"]))

    def rows(self, name: str, start: int, stop: int) -> np.ndarray:
        """Rows ``start`` to ``stop`` of an array."""
        entry = self._index[name]
        dtype = np.dtype(entry["type"])
        if "shape" in entry:
            _, *row = entry["shape"]
            before = start * dtype.itemsize * int(np.prod(row))
            return self._raw(entry["at"] + before, dtype, (stop - start, *row))
        found, first, at = [np.empty(0, dtype)], 0, entry["at"]
        for rows, size in entry["pieces"]:
            if first < stop and first + rows > start:
                inside = max(start - first, 0), min(stop - first, rows)
                found.append(unpack(self._bytes(at, size), dtype, rows, *inside))
            first, at = first + rows, at + size
        return np.concatenate(found)

    def piece(self, name: str, start: int, rows: int) -> bytes | None:
        """The packed piece that holds just the ``rows`` rows from ``start`` on, if there is one."""
        first, at = 0, self._index[name]["at"]
        for length, size in self._index[name].get("pieces", []):
            if first == start:
                return self._bytes(at, size) if length == rows else None
            first, at = first + length, at + size
        return None

    def size(self, name: str) -> int:
        """Bytes that an array takes in the file."""
        entry = self._index[name]
        if "shape" in entry:
            return np.dtype(entry["type"]).itemsize * int(np.prod(entry["shape"]))
        return sum(size for _, size in entry["pieces"])

    def _raw(self, at: int, dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
        size = dtype.itemsize * int(np.prod(shape))
        return np.frombuffer(bytearray(self._bytes(at, size)), dtype).reshape(shape)

    def _bytes(self, at: int, size: int) -> bytes:
        with reporting_all_but_absence(self._path):
            self._file.seek(self._start + at)
            found = self._file.read(size)
        if len(found) != size:
            raise DamagedError(f"{self._path}: cut short while it was read; use a good copy")
        return found
