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
from typing import Any, NoReturn

import numpy as np

from pulsenet.errors import DataError
from pulsenet.quantities import to_si

#: Words in a column's name that tell its role; the first role that fits is taken. ``other`` is not read.
ROLES = (
    ("kind", {"kind", "type", "direction", "branch", "polarity", "operation", "mode"}),
    ("other", {"time", "t", "width", "amplitude", "voltage", "v", "vg", "vd", "date", "error", "std", "sd", "sigma"}),
    ("pulse", {"pulse", "pulses", "spike", "spikes"}),
    ("device", {"device", "dev", "cell", "dut", "sample", "chip"}),
    ("cycle", {"cycle", "cycles", "run", "sweep", "repeat", "trial"}),
    ("pulse", {"n", "no", "nr", "number", "index", "step", "x", "#"}),
    ("value", {"g", "conductance", "i", "id", "ids", "current", "ltp", "ltd", "set", "reset", "potentiation", "depression"}),
)
SET_WORDS, RESET_WORDS = {"ltp", "set", "potentiation", "pot"}, {"ltd", "reset", "depression", "dep"}
#: What the cells of a column of kinds may say, in small letters: 0 for SET, 1 for RESET.
KINDS = dict.fromkeys(SET_WORDS | {"p", "up", "+", "+1", "1"}, 0) | dict.fromkeys(RESET_WORDS | {"d", "down", "-", "-1"}, 1)
MISSING = {"", "nan", "na", "n/a", "-", "--", "null", "none"}
_COMMENT = re.compile(r"\s*(#|%|//).*")
_UNIT = re.compile(r"[afpnuµμmk]?(S|A|mho)|(?i:(femto|pico|nano|micro|milli)?(siemens|amperes?))")
_POWER_OF_TEN = re.compile(r"(?:[x×*]\s*)?(?:10\^?|1[eE])([+-]?\d+)\s*(.+)")
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")


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
    files = [_Branches(Path(path), unit, volts, columns or {}) for path in paths]
    branches = [file.branches() for file in files]
    notes = [f"{file.path.name}: {note}" if len(files) > 1 else note for file in files for note in dict.fromkeys(file.notes)]
    kinds = [{RESET for _, _, RESET, _, _ in own} for own in branches]
    if len(files) == 2 and sorted(kinds, key=str) == [{False}, {True}]:
        notes.append(f"{paths[kinds.index({False})]} taken as LTP, {paths[kinds.index({True})]} as LTD of the same device")
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


# --- from bytes to columns of text ---


class _Table:
    """One text file as columns; ``notes`` grows with every assumption."""

    def __init__(self, path: Path):
        self.path, self.notes = path, []
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise DataError(f"{path}: cannot be read ({error.strerror}); give the path of a text file") from None
        self.sha256 = hashlib.sha256(raw).hexdigest()
        self._split(self._decode(raw))

    def fail(self, message: str, row: int | None = None) -> NoReturn:
        """Refuse the file; ``row`` counts its rows of data."""
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
            self.notes.append("not UTF-8: read as Latin-1")
        if "\0" in text:
            self.fail("is not text; export the curve as CSV")
        return text.replace("\N{MINUS SIGN}", "-")

    def _split(self, text: str) -> None:
        """Text to ``names`` (None without a header), ``columns`` of texts, and ``lines``, the line of each row."""
        numbered = [(i, line) for i, line in enumerate(re.split(r"\r\n|\r|\n", text), 1) if line and not line.isspace()]
        rows = [row for row in numbered if not row[1].lstrip().startswith(("#", "%", "//")) and row[1][:4] != "sep="]
        if not rows:
            self.fail("holds no data")
        comments = [line.strip().lstrip("#%/").strip() for i, line in numbered[: len(numbered) - len(rows)] if i < rows[0][0]]
        if re.search("#|%|//", text):
            rows = rows[:1] + [(i, _COMMENT.sub("", line)) for i, line in rows[1:]]
        cut = _splitter(rows[-1][1])
        width = len(cut(rows[-1][1]))
        first = next((i for i, (_, line) in enumerate(rows) if any(map(_is_number, cut(line)))), len(rows))
        head = [line for _, line in rows[:first]] or comments[-1:]
        ways = [[cells for cells in _heads(line, cut) if len(cells) == width] for line in head]
        named = [fitting[0] for fitting in ways if fitting]
        if first and not named and first < len(rows):
            self.fail(f"{len(cut(head[-1]))} columns in the header {head[-1].strip()!r}, but {width} in line {rows[-1][0]}; "
                      "decimal commas, and blanks in names, need semicolons or tabs between columns")  # fmt: skip
        self.names = [" ".join(filter(None, cells)) for cells in zip(*named, strict=True)] if named else None
        self.notes += [f"not read: line {row[0]}" for row, fitting in zip(rows[:first], ways, strict=False) if not fitting]
        again = set(head)  # the header may stand above every section
        self.lines = [i for i, line in rows[first:] if line not in again]
        if not self.lines:
            self.fail("holds no numbers")
        cells = [cut(line) for _, line in rows[first:] if line not in again]
        if {width} != set(map(len, cells)):
            for row, own in enumerate(cells):
                if len(own) > width:
                    self.fail(f"{len(own)} columns, but {width} in the last line", row)
                own += [""] * (width - len(own))
        self.columns = list(zip(*cells, strict=True))

    def numbers(self, column: int) -> np.ndarray:
        """A column as floats; NaN where a value is missing."""
        cells = self.columns[column]
        try:
            return np.array(cells, dtype=float)
        except ValueError:
            pass  # decimal commas, missing values, or no numbers
        comma = next((i for i, cell in enumerate(cells) if "," in cell), None)
        if comma is not None:
            point = next((cell for cell in cells if "." in cell), None)
            if point is not None or not _DECIMAL_COMMA.fullmatch(cells[comma]):
                also = "" if point is None else f" and {point!r} with a point"
                self.fail(f"{cells[comma]!r} with a comma{also}; write all decimals alike, and no marks of thousands", comma)
            cells = [cell.replace(",", ".") for cell in cells]
            self.notes.append("commas taken as decimal points")
        cells = ["nan" if cell.lower() in MISSING else cell for cell in cells]
        try:
            return np.array(cells, dtype=float)
        except ValueError:
            row = next(i for i, cell in enumerate(cells) if not _is_number(cell))
            self.fail(f"{cells[row]!r} is no number", row)


def _splitter(line: str):
    """A function that cuts lines like this one into cells."""
    sign = next((sign for sign in ";\t" if sign in line), None)
    if sign is None and "," in line:  # a comma separates, unless blanks do: "1 2,5"
        sign = None if re.search(r"\d\s+[-+\d.]", line) else ","
    if sign is None:
        return str.split

    def cut(line: str) -> list[str]:
        cells = next(csv.reader([line], delimiter=sign, skipinitialspace=True)) if '"' in line else line.split(sign)
        return [cell.strip() for cell in cells] if " " in line else cells

    return cut


def _heads(line: str, cut) -> list[list[str]]:
    """Ways to cut a line of names: like the data; where blanks cut those, also at wide blanks, or not within units."""
    if cut("a b") == ["a b"]:
        return [cut(line)]
    return [cut(line), re.split(r"\s{2,}|\t", line.strip()), cut(re.sub(r"\s+(?=[(\[{])", "", line))]


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return True


# --- from columns to branches ---


@dataclass
class _Column:
    """What the name of a column tells: its role, its unit (S or A, and the factor to it), its branch."""

    role: str
    unit: tuple[str, float] | None = None
    RESET: bool | None = None
    device: str | None = None
    cycle: str | None = None


def _unit(text: str) -> tuple[str, float] | None:
    """``"S"`` or ``"A"``, and the factor to it; None for other units."""
    power = _POWER_OF_TEN.fullmatch(text.strip())
    factor, symbol = (10.0 ** int(power[1]), power[2]) if power else (1.0, text.strip())
    if not _UNIT.fullmatch(symbol):
        return None
    is_current = re.search(r"A$|ampere", symbol, re.IGNORECASE)
    symbol = symbol if len(symbol) <= 4 else symbol.lower()
    return "A" if is_current else "S", factor * to_si(f"1 {symbol}", "ampere" if is_current else "siemens")


def _column(name: str) -> _Column:
    brackets = re.findall(r"[(\[{]([^)\]}]*)[)\]}]", name)
    unit = next(filter(None, map(_unit, brackets)), None)
    rest = re.sub(r"[(\[{][^)\]}]*[)\]}]", lambda found: "" if _unit(found[0][1:-1]) else f" {found[0]} ", name)
    words = set(re.findall(r"[a-z]+|#", rest.lower()))
    if unit is None and not brackets:
        tokens = [token for token in re.split(r"[\s_/,]+", name) if len(token) > 1 or words & ROLES[-1][1] - {token.lower()}]
        unit = next(filter(None, map(_unit, tokens[::-1])), None)
    index = {key: re.search(rf"\b(?:{'|'.join(names)})[\s_#.]*(\d+)", rest.lower()) for key, names in (ROLES[3], ROLES[4])}
    device, cycle = (index[key] and index[key][1] for key in ("device", "cycle"))
    RESET = True if words & RESET_WORDS else False if words & SET_WORDS else None
    role = next((role for role, known in ROLES if words & known), "other")
    if (unit or device or cycle) and role != "other" or unit and not words & ROLES[1][1]:
        role = "value"
    if "vread" in re.sub("[^a-z]", "", rest.lower()):
        role = "V_read"
    return _Column("pulse" if not name else role, unit, RESET, device, cycle)


class _Branches(_Table):
    """A table whose columns have been understood, and cut into LTP and LTD branches."""

    def __init__(self, path: Path, unit: str | None, V_read: float | None, chosen: dict[str, str | int]):
        super().__init__(path)
        self.unit, self.V_read = unit, V_read
        self.heads = self._columns(chosen)

    def _columns(self, chosen: dict[str, str | int]) -> list[_Column]:
        width = len(self.columns)
        names = self.names or ["pulse", "value"][: 2 * (width == 2)] or [str(i + 1) for i in range(width)]
        heads = [_column(name) for name in names] if self.names else [_Column(name) for name in names]
        for role, key in chosen.items():
            index = names.index(key) if key in names else int(key) - 1 if str(key).isdigit() else -1
            if role not in {*dict(ROLES), "V_read"} - {"other"} or not 0 <= index < width:
                self.fail(f"columns: no {role} = {key!r} among {', '.join(map(repr, names))}")
            for head in heads:
                head.role = "other" if head.role == role else head.role
            heads[index].role = role
        if not any(head.role == "value" for head in heads):
            self.fail(f"{width} column{'s' * (width > 1)}, none of which is known as conductance or current"
                      "; name them in a first line, like 'pulse,LTP (uS),LTD (uS)'")  # fmt: skip
        if self.names is None and not chosen:
            self.notes.append("no header: first column taken as pulse number, second as value")
        others = [repr(name) for name, head in zip(names, heads, strict=True) if head.role == "other"]
        self.notes += [f"not read: column {name}" for name in others]
        self.names = names
        return heads

    def branches(self) -> list[tuple]:
        """(device, cycle, RESET, n, G) of every branch."""
        found, roles = [], [head.role for head in self.heads]
        values = [i for i, role in enumerate(roles) if role == "value"]
        pulses = [i for i, role in enumerate(roles) if role == "pulse"]
        unnamed = [i for i in values if self.heads[i] == _Column("value", self.heads[i].unit)]
        if len(unnamed) > 1:
            self.notes.append(f"{len(unnamed)} columns of values taken as cycles of one device")
        if not pulses:
            self.notes.append("no pulse numbers: rows counted from 1")
        labels = [self.columns[roles.index(role)] if role in roles else None for role in ("device", "cycle")]
        for i in values:
            head = self.heads[i]
            own = max((j for j in pulses if j < i), default=min(pulses, default=None))
            n = np.arange(1.0, len(self.lines) + 1) if own is None else self.numbers(own)
            G = self._siemens(i, roles)
            RESET = self.heads[own].RESET if head.RESET is None and own is not None else head.RESET
            kind = self._kinds(roles.index("kind")) if "kind" in roles else np.full(len(G), -1 if RESET is None else int(RESET))
            kept = np.isfinite(n) & np.isfinite(G)
            if lost := int(np.count_nonzero(~kept[: np.max(np.flatnonzero(kept), initial=-1) + 1])):
                self.notes.append(f"{lost} row{'s' * (lost > 1)} without a finite number left out")
            self._check(n, G, np.flatnonzero(kept))
            for (device, cycle), rows in _groups(np.flatnonzero(kept), *labels).items():
                names = (head.device, device), (head.cycle, cycle, i if i in unnamed else None)
                for count, RESET, of_branch, G_branch in self._cut(n[rows], G[rows], kind[rows], rows):
                    found.append((names[0], (*names[1], count), RESET, of_branch, G_branch))
        if not found:
            self.fail("holds no row with a pulse number and a value")
        return found

    def _siemens(self, i: int, roles: list[str]) -> np.ndarray:
        unit, name = self.heads[i].unit, self.names[i]
        if self.unit is not None:
            given = _unit(self.unit)
            if given is None or unit not in (None, given):
                self.fail(f"unit = {self.unit!r}, but " + (f"the header says {name!r}" if given else "allowed are siemens "
                          "and ampere with a prefix, like 'uS' or 'nA'"))  # fmt: skip
            unit = given
        if unit is None:
            self.fail(f"column {name!r}: no unit of conductance or current; write it like 'G (uS)', or give the option unit")
        values = self.numbers(i) * unit[1]
        if unit[0] == "S":
            return values
        if "V_read" in roles:
            volts = self.numbers(roles.index("V_read")) * (1e-3 if "mV" in self.names[roles.index("V_read")] else 1.0)
        elif self.V_read is not None:
            volts = self.V_read
        else:
            self.fail(f"column {name!r}: a current needs the voltage at which it was read; give V_read, like '0.1 V'")
        if np.all(~(values > 0)) and np.any(values < 0) and np.nanmin(volts) > 0:
            self.notes.append("all currents are negative: taken as read with a negative voltage")
            values = -values
        with np.errstate(divide="ignore", invalid="ignore"):
            return values / volts

    def _kinds(self, column: int) -> np.ndarray:
        """0 for SET, 1 for RESET."""
        cells = [cell.lower() for cell in self.columns[column]]
        unknown = next((i for i, cell in enumerate(cells) if cell not in KINDS), None)
        if unknown is not None:
            self.fail(f"{self.columns[column][unknown]!r} is neither LTP (SET, +1) nor LTD (RESET, -1)", unknown)
        return np.array([KINDS[cell] for cell in cells])

    def _check(self, n: np.ndarray, G: np.ndarray, rows: np.ndarray) -> None:
        for bad, values, message in (
            (G < 0, G, "conductance {:.4g} S is negative; subtract the offset, or leave the row out"),
            (G > 1e3, G, "conductance {:.4g} S is too large; is the unit right?"),
            (n < 0, n, "pulse number {:.4g} is negative"),
            (n != np.floor(n), n, "pulse number {:.4g} is not whole; give pulse numbers, not times"),
        ):
            if bad[rows].any():
                row = rows[np.argmax(bad[rows])]
                self.fail(message.format(values[row]), row)

    def _cut(self, n: np.ndarray, G: np.ndarray, kind: np.ndarray, rows: np.ndarray):
        """Cut one sequence of points into (repeat, RESET, pulses, conductance) of each branch."""
        parts = []
        for label in np.unique(kind):
            own = np.flatnonzero(kind == label)
            falls = np.count_nonzero(np.diff(n[own]) < 0)
            if 0 < falls < len(own) - 1 and len(np.unique(n[own])) == len(own):
                self.notes.append("rows sorted by pulse number")
                order = own[np.argsort(n[own])]
                n[own], G[own], rows[own] = n[order], G[order], rows[order]
            cuts, step = self._restarts(n[own], rows[own]), np.abs(np.diff(n[own]))
            away = np.flatnonzero((np.diff(own) > 3) & (step > 1.5 * np.median(step))) + 1 if len(step) else []
            parts += [(label, part) for part in np.split(own, sorted({*cuts, *away}))]
        parts.sort(key=lambda part: part[1][0])
        branches = []
        for label, part in parts:
            turns = self._turns(n[part], G[part], len(parts) == 1) if label < 0 else []
            branches += [(label, branch) for branch in np.split(part, turns)]
        counts = [0, 0]
        for label, branch in branches:
            RESET = self._falls(label, G[branch], rows[branch])
            pulses = self._pulses(n[branch], n[branch[0] - 1] if branch[0] else None, RESET)
            if len(np.unique(pulses)) < len(pulses):
                self.notes.append("pulse numbers occur more than once: taken as repeated reads")
            yield counts[RESET], RESET, pulses, G[branch]
            counts[RESET] += 1

    def _restarts(self, n: np.ndarray, rows: np.ndarray) -> list[int]:
        """Where the pulse number starts anew, or starts to be counted down."""
        falls, cuts, least = np.flatnonzero(np.diff(n) < 0), [], n.min()
        for run in np.split(falls, np.flatnonzero(np.diff(falls) > 1) + 1):
            if len(run) >= 3:  # counted down
                cuts += [cut for cut in (run[0] + 1, run[-1] + 2) if 1 < cut < len(n)]
            elif len(run) == 1 and n[run[0] + 1] <= least + 1:
                cuts.append(run[0] + 1)
            elif len(run):
                self.fail(f"pulse number {n[run[0] + 1]:g} after {n[run[0]]:g}; sort the rows, or name cycles in a "
                          "column 'cycle'", rows[run[0] + 1])  # fmt: skip
        return cuts

    def _turns(self, n: np.ndarray, G: np.ndarray, alone: bool) -> list[int]:
        """Where LTP turns to LTD and back: the first point of each branch but the first."""
        from scipy.ndimage import median_filter
        from scipy.signal import find_peaks

        part = len(G) // 4
        if len(G) < 6 or n[0] > n[-1] or not alone and abs(G[-part:].mean() - G[:part].mean()) > 0.6 * np.ptp(G):
            return []
        smooth = median_filter(G, 5, mode="nearest")
        for least in (0.25, 0.1)[: 1 + alone]:
            prominence = max(least * np.ptp(smooth), 6 * scatter(G))
            ends = sorted(end for sign in (1, -1) for end in find_peaks(sign * smooth, prominence=prominence)[0].tolist())
            if ends:
                break
        else:
            return []
        before = max(n[0] - 1, 0)
        period = (n[-1] - before) / (len(ends) + 1)
        regular = [int(np.searchsorted(n, before + period * (i + 1), "right")) - 1 for i in range(len(ends))]
        if period % 1 == 0 and np.all(np.abs(smooth[regular] - smooth[ends]) < 0.15 * np.ptp(smooth)):
            self.notes.append(f"no column of LTP and LTD: taken as {period:g} pulses each in turn")
            return [i + 1 for i in regular]
        where = ", ".join(f"{n[end]:g}" for end in ends[:5])
        self.notes.append(f"no column of LTP and LTD: turns taken to lie after the pulse numbers {where}")
        return [i + 1 for i in ends]

    def _falls(self, label: int, G: np.ndarray, rows: np.ndarray) -> bool:
        """Whether a branch is a RESET branch; its label must not contradict its points."""
        if len(G) < 3:
            self.fail(f"a branch of {len(G)} point{'s' * (len(G) > 1)}; 3 are the least", rows[0])
        part = max(1, len(G) // 4)
        rise = G[-part:].mean() - G[:part].mean()
        unsure = max(4 * scatter(G) / part**0.5, 1e-9 * G.max())
        if label < 0 and abs(rise) <= unsure:
            self.fail("the conductance neither rises nor falls beyond its noise", rows[0])
        if label == 0 and rise < -unsure or label == 1 and rise > unsure:
            self.fail(f"named {'LTD' if label else 'LTP'}, but the conductance {'rises' if label else 'falls'}", rows[0])
        return bool(label) if label >= 0 else bool(rise < 0)

    def _pulses(self, n: np.ndarray, before: float | None, RESET: bool) -> np.ndarray:
        """Pulses of the branch given before each point, from its pulse numbers."""
        if n[0] > n[-1]:
            self.notes.append("pulse numbers that count down are counted up")
            return max(n[0], before or 0) - n
        if before is not None and before < n[0]:
            return n - before  # numbered on from the branch before
        if RESET and n[0] > 1:
            self.notes.append(f"LTD starts at pulse number {n[0]:g}: counted from 1")
            return n - n[0] + 1
        return n


def _groups(rows: np.ndarray, devices: tuple[str, ...] | None, cycles: tuple[str, ...] | None) -> dict[tuple, np.ndarray]:
    """Rows by device and cycle, as they appear."""
    if devices is None and cycles is None:
        return {("", ""): rows} if len(rows) else {}
    groups: dict[tuple, list[int]] = {}
    for row in rows.tolist():
        groups.setdefault((devices and devices[row], cycles and cycles[row]), []).append(row)
    return {label: np.array(members) for label, members in groups.items()}


def scatter(G: np.ndarray) -> float:
    """Standard deviation of the scatter of a smooth curve, in its unit."""
    return 0.0 if len(G) < 5 else float(1.4826 * np.median(np.abs(np.diff(G, 2))) / 6**0.5)
