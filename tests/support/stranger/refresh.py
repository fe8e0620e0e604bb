"""A refresh of a pair: erase both devices, and write their difference again."""

from __future__ import annotations

from stranger.devices import SLOTS, Device

MOST_PULSES = 1_000_000


class Train:
    """Pulses at one device in a refresh: they and their readings have numbers, by which they are drawn."""

    def __init__(self, device: Device, slot: int, writes: str):
        self.device, self.slot, self.number = device, slot, 0
        self.writes, self.erases = writes, "RESET" if writes == "SET" else "SET"
        self.sent = {"SET": 0, "RESET": 0}
        self.trains: list[tuple[str, int]] = []  # kind and number of pulses of each
        self.conductance = {"SET": 0.0, "RESET": 0.0, "reading": 0.0}

    @property
    def pulse(self) -> int:
        """What stands for the slot of the run where something is drawn."""
        return self.slot + SLOTS * self.number

    def read(self) -> float:
        """A reading with the number of the last pulse."""
        return self.device.read(self.pulse)

    def send(self, kind: str, reads: bool) -> None:
        """The next pulse, and whether the reading after it is counted."""
        device = self.device
        before = device.G
        self.number += 1
        device.pulse(kind, self.pulse)
        self.sent[kind] += 1
        self.conductance[kind] += (before + device.G) / 2
        if reads:
            self.conductance["reading"] += device.G

    def goes_on(self, kind: str, before: float) -> tuple[bool, float, float]:
        """Whether the last pulse found the device inside its range; what a reading sees, and the mean step there."""
        device = self.device
        seen = min(max(self.read(), device.G_min), device.G_max)
        step = device.branches[kind].step(device.way(kind, seen))
        inside = before < device.G_max if kind == "SET" else before > device.G_min
        return inside and step > 0, seen, step

    def erase(self) -> None:
        """Pulses until a reading finds the device at its bound."""
        device, before, n = self.device, self.device.G, 0
        while device.responds and n < MOST_PULSES:
            inside, seen, step = self.goes_on(self.erases, before)
            if not inside or not device.way(self.writes, seen) > 1e-6 * step:
                break
            before, n = device.G, n + 1
            self.send(self.erases, reads=False)
        if device.responds and device.exact:
            device.G = device.start(self.writes)
        self.trains.append((self.erases, n))
        self.number += 1

    def verify(self, target: float) -> int:
        """Pulses until a reading says that one more would not bring the device nearer to the target; their number."""
        device, before, n = self.device, self.device.G, 0
        u = min(device.way(self.writes, target), device.S)
        while device.responds and n < MOST_PULSES:
            inside, seen, step = self.goes_on(self.writes, before)
            at = device.way(self.writes, seen)
            if not inside or not u - at > min(at + step, device.S) - u:
                break
            before, n = device.G, n + 1
            self.send(self.writes, reads=True)
        self.trains.append((self.writes, n))
        return n


def refresh(pair: dict[str, Device], nominal: Device, method: dict, slot: int) -> dict[str, Train] | None:
    """Refresh a pair, if it is due; the trains of its two devices.

    Parameters
    ----------
    pair : dict of Device
        "plus" and "minus".
    nominal : Device
        All that a controller knows that reads once.
    method : dict
        The configuration of the update method.
    slot : int
        Of the run.
    """
    writes, back = method.get("programs", "SET"), method["write_back"]
    trains = {side: Train(device, slot, writes) for side, device in pair.items()}
    read = {side: train.read() for side, train in trains.items()}
    if not due(pair, read, method, writes):
        return None
    other = {"plus": "minus", "minus": "plus"}
    if back == "truncate":
        chosen = {side: train for side, train in trains.items() if read[side] <= 2 * (1 + 1e-9) * read[other[side]]}
        for train in chosen.values():
            train.erase()
        return chosen
    for train in trains.values():
        train.erase()
    sign, counts, wanted = 1 if writes == "SET" else -1, {}, {}
    for side, train in trains.items():
        if back == "recount":
            counts[side] = train.verify(read[side])
            train.number += 1
            train.erase()
        if back == "counts":
            counts[side] = nominal.nearest(writes, read[side])
    left = {side: train.read() for side, train in trains.items()}
    for side in trains:
        difference = sign * (read[side] - read[other[side]])
        if back in ("counts", "recount"):
            wanted[side] = max(counts[side] - counts[other[side]], 0)
        elif back == "verify":
            further = difference > sign * (left[side] - left[other[side]])
            wanted[side] = left[other[side]] + sign * difference if further else None
        else:
            start = nominal.start(writes)
            wanted[side] = nominal.nearest(writes, start + sign * difference) if difference > 0 else 0
    for side, train in trains.items():
        if back == "verify":
            if wanted[side] is not None:
                train.verify(wanted[side])
            continue
        for _ in range(wanted[side]):
            train.send(writes, reads=back == "recount")
        train.trains.append((writes, wanted[side]))
    return trains


def due(pair: dict[str, Device], read: dict[str, float], method: dict, writes: str) -> bool:
    """Whether enough of the devices' ranges is used."""

    def used(side: str, fraction: float) -> bool:
        device = pair[side]
        return not fraction or device.way(writes, read[side]) >= (fraction - 1e-9) * device.S

    above, margin = method["refresh_above"], method.get("refresh_margin", 0)
    full = used("plus", above) or used("minus", above)
    return full and used("plus", margin) and used("minus", margin)
