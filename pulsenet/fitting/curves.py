"""Measured curves: conductance against pulse number, from the text files that people have.

Whatever the layout, the result is one `Curves` in SI units that says what was assumed, or a `DataError` of one line.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pulsenet.errors import DataError
from pulsenet.fitting.branches import Branches
from pulsenet.text.quantities import to_si


@dataclass(frozen=True)
class Curves:
    """Points of potentiation (SET) and depression (RESET) curves; one element per point.

    Attributes
    ----------
    device, cycle : int arrays
        From 0.
    RESET : bool array
        Whether the point belongs to a RESET curve (LTD).
    n : float array
        Pulses of this curve given before the conductance was read.
    G : float array, siemens
    sources : tuple of (file name, SHA256)
    notes : tuple of str
        What was assumed or left out.
    """

    device: np.ndarray
    cycle: np.ndarray
    RESET: np.ndarray
    n: np.ndarray
    G: np.ndarray
    sources: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.n)

    def select(self, mask: np.ndarray) -> Curves:
        """The points for which ``mask`` holds."""
        points = (column[mask] for column in (self.device, self.cycle, self.RESET, self.n, self.G))
        return Curves(*points, self.sources, self.notes)


def read_curves(
    *paths: str | Path, unit: str | None = None, V_read: Any = None, columns: dict[str, str | int] | None = None
) -> Curves:
    """Read one or more files of measured curves.

    Parameters
    ----------
    *paths : path
        Text files. Two files of which one rises and one falls are LTP and LTD; otherwise each file is a device.
    unit : str, optional
        Unit of the values (``"uS"``, ``"nA"``), if the header does not tell it.
    V_read : volt, optional
        Currents are divided by it. A column named V_read does, too.
    columns : dict, optional
        Header or number (from 1) of the column for the roles ``pulse``, ``value``, ``kind`` (LTP or LTD), ``cycle``,
        ``device``, ``V_read``, where the names in the file do not tell.

    Returns
    -------
    Curves

    Raises
    ------
    DataError
        If a file cannot be read as curves, in one line that says where and what to do.

    Examples
    --------
    >>> read_curves("device.csv", unit="nA", V_read="0.1 V")                # doctest: +SKIP
    """
    if not paths:
        raise DataError("no curve file given")
    volts = None if V_read is None else _volts(V_read)
    files = [Branches(Path(path), unit, volts, columns or {}) for path in paths]
    branches = [file.branches() for file in files]
    notes = [
        f"{file.path.name}: {note}" if len(files) > 1 else note for file in files for note in dict.fromkeys(file.notes)
    ]
    kinds = [{RESET for _, _, RESET, _, _ in own} for own in branches]
    if len(files) == 2 and sorted(kinds, key=str) == [{False}, {True}]:
        notes.append(
            f"{paths[kinds.index({False})]} taken as LTP, {paths[kinds.index({True})]} as LTD of the same device"
        )
    elif len(files) > 1:
        notes.append("each file taken as another device")
        branches = [[((i, device), *rest) for device, *rest in own] for i, own in enumerate(branches)]
    curves = _join(sum(branches, []), tuple((file.path.name, file.sha256) for file in files), tuple(notes))
    if len(curves) < 5:
        raise DataError(f"{paths[0]}: only {len(curves)} points; a fit needs at least 5")
    return curves


def _volts(V_read: Any) -> float:
    try:
        volts = to_si(V_read, "volt")
    except ValueError as error:
        raise DataError(f"V_read: {error}") from None
    if not 0 < abs(volts) < 1e3:
        raise DataError(f"V_read = {volts:g} V: a current can be divided by voltages other than 0 and below 1 kV")
    return volts


def _join(branches: list[tuple], sources: tuple, notes: tuple) -> Curves:
    """Curves from (device, cycle, RESET, n, G) of each branch; devices and cycles are numbered as they appear."""
    devices, cycles, columns = {}, {}, []
    for device, cycle, RESET, n, G in branches:
        own = cycles.setdefault(device, {})
        labels = devices.setdefault(device, len(devices)), own.setdefault(cycle, len(own)), RESET
        columns.append([*(np.full(len(n), label) for label in labels), n, G])
    return Curves(*map(np.concatenate, zip(*columns, strict=True)), sources, notes)
