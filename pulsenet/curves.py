"""Measured curves: conductance against pulse number, from the text files that people have.

Whatever the layout, the result is one `Curves` in SI units that says what was assumed, or a `DataError` of one line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

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
_COMMENT = re.compile(r"\s*(#|%|//).*")
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
    if not paths:
        raise DataError("no curve file given")
    volts = None
    if V_read is not None:
        try:
            volts = to_si(V_read, "volt")
        except ValueError as error:
            raise DataError(f"V_read: {error}") from None
        if not 0 < abs(volts) < float("inf"):
            raise DataError(f"V_read = {V_read}: a current can only be divided by a voltage other than 0")
    files = [_File(Path(path), unit, volts, columns or {}) for path in paths]
    pieces = [file.pieces() for file in files]
    notes = [f"{file.path.name}: {note}" if len(files) > 1 else note for file in files for note in file.notes]
    if len(files) == 2 and all(len({piece[2] for piece in own}) == 1 for own in pieces) and pieces[0][0][2] != pieces[1][0][2]:
        notes.append(f"{files[int(not pieces[1][0][2])].path.name} is the LTD of the same device")
    elif len(files) > 1:
        notes.append("each file is taken as another device")
        pieces = [[(f"{i} {device}", *rest) for device, *rest in own] for i, own in enumerate(pieces)]
    curves = _join(sum(pieces, []), tuple((file.path.name, file.sha256) for file in files), tuple(notes))
    if len(curves) < 5:
        raise DataError(f"{paths[0]}: only {len(curves)} points; a curve needs at least 5")
    if np.ptp(curves.G) <= 1e-9 * curves.G.max():
        raise DataError(f"{paths[0]}: the conductance is {curves.G[0]:g} S at every pulse; there is nothing to fit")
    return curves


def _join(pieces, sources, notes) -> Curves:
    """Curves from (device, cycle, RESET, n, G) of each branch; labels become numbers in the order of appearance."""
    devices = list(dict.fromkeys(piece[0] for piece in pieces))
    cycles = {device: list(dict.fromkeys(piece[1] for piece in pieces if piece[0] == device)) for device in devices}
    columns = [[], [], [], [], []]
    for device, cycle, RESET, n, G in pieces:
        values = devices.index(device), cycles[device].index(cycle), RESET
        for column, value in zip(columns, (*(np.full(len(n), v) for v in values), n, G), strict=True):
            column.append(value)
    kinds = (int, int, bool, float, float)
    return Curves(*(np.concatenate(c).astype(kind) for c, kind in zip(columns, kinds, strict=True)), sources, notes)


class _File:
    """One text file on its way from bytes to branches; every step notes what it assumed."""

    def __init__(self, path: Path, unit: str | None, V_read: float | None, columns: dict):
        self.path, self.unit, self.V_read, self.chosen, self.notes = path, unit, V_read, columns, []
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise DataError(f"{path}: cannot be read ({error.strerror}); give the path of a text file with a curve") from None
        self.sha256 = hashlib.sha256(raw).hexdigest()
        self._split(self._decode(raw))

    def fail(self, message: str, row: int | None = None):
        """The error to raise; ``row`` counts the rows of data."""
        raise DataError(f"{self.path}{'' if row is None else f', line {self.lines[row]}'}: {message}")

    def _decode(self, raw: bytes) -> str:
        if raw[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
            self.fail("is a workbook, not text; save the sheet as CSV")
        codec = "utf-8-sig"
        if raw[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            codec = "utf-16"
        elif b"\0" in raw[:2]:
            codec = "utf-16-be" if raw[:1] == b"\0" else "utf-16-le"
        try:
            text = raw.decode(codec)
        except UnicodeDecodeError:
            text = raw.decode("latin-1")
            self.notes.append("is not UTF-8; read as Latin-1")
        if "\0" in text:
            self.fail("is not text; export the curve as CSV")
        return text.replace("\u2212", "-")

    def _split(self, text: str) -> None:
        """Text to ``names`` (None without a header), ``columns`` of texts, and the line number of each row."""
        rows, comments = [], []
        for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1):
            if not line.strip() or re.match(r"sep=.$", line):
                continue
            if _COMMENT.match(line):
                if not rows:
                    comments.append(line.strip().lstrip("#%/").strip())
                continue
            rows.append((number, line))
        if not rows:
            self.fail("holds no data")
        tail = rows[-1][1]
        if ";" in tail or "\t" in tail:
            sign = ";" if ";" in tail else "\t"
        else:  # a comma separates if no blank is left between two numbers
            blank = any(re.search(r"\S\s+\S", cell) for cell in next(csv.reader([_COMMENT.sub("", tail)])))
            sign = "," if "," in tail and not blank else None
        def split(line):
            return line.split() if sign is None else [c.strip() for c in next(csv.reader([line], delimiter=sign, skipinitialspace=True))]
        width = len(split(_COMMENT.sub("", tail)))
        first = next((i for i, (_, line) in enumerate(rows) if _is_number(split(line)[0])), None)
        head = [split(line) if sign else re.split(r"\s{2,}|\t", line.strip()) for _, line in rows[:first]]
        if first is None:
            first = next((i + 1 for i, cells in enumerate(head) if len(cells) == width), len(rows))
            head = head[:first]
        if not head and comments:  # numpy.savetxt writes the header as a comment
            head = [split(comments[-1]) if sign else re.split(r"\s{2,}|\t", comments[-1])]
        if sign is None:  # names of one word each need no wide gaps
            head = [cells if len(cells) == width else " ".join(cells).split() for cells in head]
        named = [cells for cells in head if len(cells) == width]
        if head and not named and first:
            self.fail(f"the header has {len(head[-1])} columns and line {rows[-1][0]} has {width}; separate both alike"
                      " (decimal commas need semicolons, tabs or blanks)")
        self.names = [" ".join(c for c in parts if c) for parts in zip(*named, strict=True)] if named else None
        cells, self.lines = [], []
        for number, line in rows[first:]:
            row = split(line if "#" not in line and "%" not in line and "/" not in line else _COMMENT.sub("", line))
            if named and row == named[0]:
                continue  # the header again, above another section
            if len(row) > width:
                raise DataError(f"{self.path}, line {number}: has {len(row)} columns, the last line has {width}")
            cells.append(row if len(row) == width else row + [""] * (width - len(row)))
            self.lines.append(number)
        if not cells:
            self.fail("has a header but no data")
        self.columns = list(zip(*cells, strict=True))

    def numbers(self, column: int) -> np.ndarray:
        """A column as floats; NaN where a value is missing."""
        cells = self.columns[column]
        comma = next((i for i, cell in enumerate(cells) if "," in cell), None)
        if comma is not None:
            dot = next((i for i, cell in enumerate(cells) if "." in cell), None)
            if dot is not None or not _DECIMAL_COMMA.fullmatch(cells[comma]):
                self.fail(f"{cells[comma]!r} with a comma" + ("" if dot is None else f" and {cells[dot]!r} with a point")
                          + ": which one marks decimals? Write decimals alike, without marks for thousands", comma)
            cells = [cell.replace(",", ".") for cell in cells]
            self.notes.append("commas mark decimals")
        cells = ["nan" if cell.lower() in MISSING else cell for cell in cells]
        try:
            return np.array(cells, dtype=float)
        except ValueError:
            row = next(i for i, cell in enumerate(cells) if not _is_number(cell))
            return self.fail(f"{cells[row]!r} is no number", row)

    def _roles(self) -> list[tuple[str, str | None, float, bool | None, str | None, str | None]]:
        """Per column: role, unit (S or A), factor to it, and RESET, device, cycle as far as its name tells them."""
        if self.names is None and not self.chosen:
            if len(self.columns) != 2:
                self.fail(f"has {len(self.columns)} column{'s' * (len(self.columns) > 1)} and no header; name the columns "
                          f"in a first line, like {_EXAMPLE}")
            self.notes.append("no header: the first column is the pulse number, the second the value")
        names = self.names or (["pulse", "value"] if len(self.columns) == 2 else [str(i + 1) for i in range(len(self.columns))])
        roles = [_role(name) for name in names]
        chosen = {}
        for role, key in self.chosen.items():
            index = names.index(key) if key in names else int(key) - 1 if str(key).isdigit() else -1
            if role not in (*ROLES, "value") or not 0 <= index < len(names):
                self.fail(f"columns: {role} = {key!r}; the columns are {', '.join(map(repr, names))}")
            chosen[index] = role
        replaced = set(chosen.values())
        roles = [
            (chosen.get(i, "other" if role[0] in replaced else role[0]), *role[1:]) for i, role in enumerate(roles)
        ]
        ignored = [repr(name) for name, role in zip(names, roles, strict=True) if role[0] == "other"]
        self.notes += [f"not read: {', '.join(ignored)}"] * bool(ignored)
        if not any(role[0] == "value" for role in roles):
            self.fail(f"no column of conductance or current among {', '.join(map(repr, names))}; name it like 'G (uS)'")
        return roles
