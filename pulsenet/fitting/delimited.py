"""Text files to columns of text and of numbers."""

from __future__ import annotations

import codecs
import csv
import hashlib
import re
from pathlib import Path
from typing import NoReturn

import numpy as np

from pulsenet.errors import DataError

MISSING = {"", "nan", "na", "n/a", "-", "--", "null", "none"}
_COMMENT = re.compile(r"\s*(#|%|//).*")
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")


class Table:
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
        comments = [
            line.strip().lstrip("#%/").strip() for i, line in numbered[: len(numbered) - len(rows)] if i < rows[0][0]
        ]
        if re.search("#|%|//", text):
            rows = rows[:1] + [(i, _COMMENT.sub("", line)) for i, line in rows[1:]]
        cut = _splitter(rows[-1][1])
        width = len(cut(rows[-1][1]))
        first = next((i for i, (_, line) in enumerate(rows) if any(map(_is_number, cut(line)))), len(rows))
        head = [line for _, line in rows[:first]] or comments[-1:]
        ways = [[cells for cells in _heads(line, cut) if len(cells) == width] for line in head]
        named = [fitting[0] for fitting in ways if fitting]
        if first and not named and first < len(rows):
            self.fail(
                f"{len(cut(head[-1]))} columns in the header {head[-1].strip()!r}, but {width} in line {rows[-1][0]}; "
                "decimal commas, and blanks in names, need semicolons or tabs between columns"
            )
        self.names = [" ".join(filter(None, cells)) for cells in zip(*named, strict=True)] if named else None
        self.notes += [
            f"not read: line {row[0]}" for row, fitting in zip(rows[:first], ways, strict=False) if not fitting
        ]
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
                self.fail(
                    f"{cells[comma]!r} with a comma{also}; write all decimals alike, and no marks of thousands", comma
                )
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
