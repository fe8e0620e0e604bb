"""Tables of measured curves to LTP and LTD branches: pulses of the branch against conductance."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pulsenet.fitting.delimited import Table
from pulsenet.fitting.roles import (
    RESET_WORDS,
    ROLES,
    SET_WORDS,
    Column,
    read_name,
    unit_factor,
)

#: What the cells of a column of kinds may say, in small letters: 0 for SET, 1 for RESET.
KINDS = dict.fromkeys(SET_WORDS | {"p", "up", "+", "+1", "1"}, 0)
KINDS |= dict.fromkeys(RESET_WORDS | {"d", "down", "-", "-1"}, 1)


class Branches(Table):
    """A table whose columns have been understood, and cut into LTP and LTD branches."""

    def __init__(self, path: Path, unit: str | None, V_read: float | None, chosen: dict[str, str | int]):
        super().__init__(path)
        self.unit, self.V_read = unit, V_read
        self.heads = self._columns(chosen)

    def _columns(self, chosen: dict[str, str | int]) -> list[Column]:
        width = len(self.columns)
        names = self.names or ["pulse", "value"][: 2 * (width == 2)] or [str(i + 1) for i in range(width)]
        heads = [read_name(name) for name in names] if self.names else [Column(name) for name in names]
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
        unnamed = [i for i in values if self.heads[i] == Column("value", self.heads[i].unit)]
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
            kind = (
                self._kinds(roles.index("kind"))
                if "kind" in roles
                else np.full(len(G), -1 if RESET is None else int(RESET))
            )
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
            given = unit_factor(self.unit)
            if given is None or unit not in (None, given):
                allowed = "allowed are siemens and ampere with a prefix, like 'uS' or 'nA'"
                self.fail(f"unit = {self.unit!r}, but {f'the header says {name!r}' if given else allowed}")
            unit = given
        if unit is None:
            self.fail(
                f"column {name!r}: no unit of conductance or current; write it like 'G (uS)', or give the option unit"
            )
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
            ends = sorted(
                end for sign in (1, -1) for end in find_peaks(sign * smooth, prominence=prominence)[0].tolist()
            )
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
            self.fail(
                f"named {'LTD' if label else 'LTP'}, but the conductance {'rises' if label else 'falls'}", rows[0]
            )
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


def _groups(
    rows: np.ndarray, devices: tuple[str, ...] | None, cycles: tuple[str, ...] | None
) -> dict[tuple, np.ndarray]:
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
