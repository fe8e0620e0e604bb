"""Measured curves: conductance against pulse number, from the text files that people have.

Whatever the layout, the result is one `Curves` in SI units that says what was assumed, or a `DataError` of one line.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pulsenet.errors import DataError
from pulsenet.quantities import to_si

SET_WORDS = {"ltp", "set", "potentiation", "pot", "p", "up", "+", "+1", "1"}
RESET_WORDS = {"ltd", "reset", "depression", "dep", "d", "down", "-", "-1"}
#: Words in a column's name that tell its role; the first role that fits is taken. ``other`` is not read.
ROLES = {
    "V_read": {"vread"},
    "kind": {"kind", "type", "direction", "branch", "polarity", "operation", "mode"},
    "other": {"time", "t", "width", "amplitude", "voltage", "v", "vg", "vd", "temperature", "date", "error", "std", "sd"},
    "pulse": {"pulse", "pulses", "n", "no", "nr", "number", "index", "step", "spike", "spikes", "#"},
    "device": {"device", "dev", "cell", "dut", "sample", "chip"},
    "cycle": {"cycle", "cycles", "run", "sweep", "repeat", "trial"},
    "value": {"g", "conductance", "i", "id", "ids", "current", "ltp", "ltd", "set", "reset", "potentiation", "depression"},
}
MISSING = {"", "nan", "na", "n/a", "-", "--", "null", "none"}
_COMMENT = re.compile(r"#|%|//")
_UNIT = re.compile(r"[afpnuµμmk]?(S|A|mho)|(?i:(femto|pico|nano|micro|milli)?(siemens|amperes?))")
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")
_EXAMPLE = "pulse,LTP (uS),LTD (uS)"


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
        return Curves(*(a[mask] for a in (self.device, self.cycle, self.RESET, self.n, self.G)), self.sources, self.notes)

    @classmethod
    def from_arrays(cls, n_SET: Any = (), G_SET: Any = (), n_RESET: Any = (), G_RESET: Any = ()) -> Curves:
        """One cycle of one device from arrays: pulses, and conductances in siemens.

        Examples
        --------
        >>> len(Curves.from_arrays([0, 1, 2], [1e-6, 2e-6, 3e-6]))
        3
        """
        pieces = [(0, 0, False, n_SET, G_SET), (0, 0, True, n_RESET, G_RESET)]
        return _join(pieces, (), ())


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
        Currents are divided by it to conductances. A column named V_read does, too.
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
    """
    from pulsenet.curves_table import Table  # reads text; told apart here because it knows nothing of curves

    raise NotImplementedError(Table)
