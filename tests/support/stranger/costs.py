"""Energy and time of a frame."""

from __future__ import annotations

from stranger.file import File


class Costs:
    """What a frame costs, from sums over its pulses.

    Attributes
    ----------
    through, back : float, coulomb
        Charge that forward and backward pulses drove through devices.
    conductance : dict of float, siemens
        Sum over programming pulses of the mean conductance during each, by kind.
    pulses : dict of int
        Programming pulses by kind.
    refresh : dict of float, siemens
        As ``conductance``, of a refresh; and of its readings that count.
    refresh_pulses : dict of dict of int
        By (population, line), then kind.
    rows : list of list of dict
        By layer and row of a refresh: how many pulses the longest train of each stage has, by kind and number.
    """

    def __init__(self, file: File, kinds: tuple[str, ...], refreshes: bool, reads: bool):
        self.file, self.kinds, self.refreshes, self.reads = file, kinds, refreshes, reads
        self.through = self.back = 0.0
        self.conductance, self.pulses = {"SET": 0.0, "RESET": 0.0}, {"SET": 0, "RESET": 0}
        self.refresh = {"SET": 0.0, "RESET": 0.0, "reading": 0.0}
        self.refresh_pulses: dict[tuple[str, int], dict[str, int]] = {}
        self.rows: list[list[dict[tuple[str, int], int]]] = []

    def longest(self, row: dict[tuple[str, int], int], trains: list[tuple[str, int]]) -> None:
        """A row waits for the longest train of its devices, of the same kind and as many before it."""
        for place, (kind, n) in enumerate(trains):
            stage = kind, sum(before == kind for before, _ in trains[:place])
            row[stage] = max(row.get(stage, 0), n)

    def energies(self) -> dict[str, float]:
        """In joule, of what is known."""
        V_read = self.file.configuration["read"]["V_read"]
        found = {"read_energy": V_read * self.through, "error_energy": V_read * self.back}
        known = self._known(self.kinds, self.conductance, self.pulses)
        if known is not None:
            found["programming_energy"] = known
        spent = {kind: sum(sent[kind] for sent in self.refresh_pulses.values()) for kind in ("SET", "RESET")}
        known = self._known(("SET", "RESET") if self.refreshes else (), self.refresh, spent)
        if known is not None:
            reading = self.file.slot * V_read**2 * self.refresh["reading"] if self.reads else 0.0
            found["refresh_energy"] = known + reading
        return found

    def _known(self, kinds, conductance, pulses) -> float | None:
        """Energy of some pulses; None if that of one kind is not known."""
        total = 0.0
        for kind in kinds:
            energy = self._per_pulse(kind)
            if energy is not None:
                total += energy * pulses[kind]
            elif (heat := self._per_siemens(kind)) is not None:
                total += heat * conductance[kind]
            else:
                return None
        return total

    def _per_pulse(self, kind: str) -> float | None:
        """Energy of a pulse where no current flows through the channel, or as it is stated."""
        given = self.file.configuration["programming"]
        stated, V, C = given.get(f"energy_{kind}"), given[f"V_{kind}"], given.get("C_gate")
        return stated if stated is not None or C is None or V is None else C * V**2

    def _per_siemens(self, kind: str) -> float | None:
        given = self.file.configuration["programming"]
        V = given[f"V_{kind}"]
        return None if V is None or given.get("terminals", 2) == 3 else V**2 * self.width(kind)

    def width(self, kind: str) -> float:
        """Duration of a programming pulse."""
        given = self.file.configuration["programming"][f"t_{kind}"]
        return self.file.slot if given is None else given

    def times(self, learn: bool, writes: str) -> dict[str, float]:
        """In seconds."""
        file, layers = self.file, len(self.file.layers)
        phase = (file.n_slots + file.guard_slots) * file.slot
        widest = max(file.slot, *(self.width(kind) for kind in self.kinds))
        lasts = {kind: self.width(kind) for kind in ("SET", "RESET")}
        lasts[writes] += file.slot if self.reads else 0.0
        blocks = []
        for rows in self.rows:
            seconds = [sum(n * lasts[kind] for (kind, _), n in row.items()) for row in rows]
            size = file.configuration["update"].get("refresh_rows") or len(rows)
            blocks += [sum(seconds[first : first + size]) for first in range(0, len(rows), size)]
        return {
            "read_time": layers * phase,
            "error_time": (layers - 1) * phase if learn else 0.0,
            "programming_time": file.n_slots * widest + file.guard_slots * file.slot if learn else 0.0,
            "refresh_time": max(blocks, default=0.0),
        }
