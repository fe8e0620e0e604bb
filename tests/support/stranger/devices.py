"""One device: what a programming pulse does to it, and what a reading finds."""

from __future__ import annotations

from math import floor

from stranger.chance import normal
from stranger.file import File
from stranger.laws import LAWS

#: What the number of a pulse within a refresh is multiplied by, before the slot is added.
SLOTS = 2**32


class Device:
    """A device of a pair.

    Attributes
    ----------
    G : float, siemens
    last : float, seconds
        When it was programmed last.
    responds : bool
        Whether it answers pulses.
    """

    def __init__(self, file: File, values: dict[str, float], G: float = 0.0, line: int = 0):
        self.values, self.G, self.last, self.line = values, G, 0.0, line
        self.responds = values.get("responds", 1.0) == 1.0
        self.G_min, self.G_max, self.S = values["G_min"], values["G_max"], values["G_max"] - values["G_min"]
        law = LAWS[file.variants["law"]["name"]]
        self.branches = {kind: law(values, kind, file.configuration["device"]) for kind in ("SET", "RESET")}
        self.noise = {name: values.get(name, 0.0) for name in ("ctoc_step", "ctoc_range", "verify_noise")}
        self.exact = not any(self.noise.values()) and "law_key" not in values

    def way(self, kind: str, G: float) -> float:
        """From where pulses of a kind begin."""
        return G - self.G_min if kind == "SET" else self.G_max - G

    def pulse(self, kind: str, number: int) -> None:
        """A programming pulse; ``number`` is the slot of the run, or what stands for it in a refresh."""
        if not self.responds:
            return
        step = self.branches[kind].drawn(self.way(kind, self.G), self.line, number, self.values.get("law_key", 0))
        if self.noise["ctoc_step"]:
            step *= 1 + self.noise["ctoc_step"] * normal(self.values["noise_key"], self.line, number)
        if self.noise["ctoc_range"]:
            step += self.S * self.noise["ctoc_range"] * normal(self.values["range_key"], self.line, number)
        self.G = min(max(self.G + (step if kind == "SET" else -step), self.G_min), self.G_max)

    def read(self, number: int) -> float:
        """What a reading of a refresh finds."""
        if not self.noise["verify_noise"]:
            return self.G
        return self.G * (1 + self.noise["verify_noise"] * normal(self.values["verify_key"], self.line, number))

    def nearest(self, kind: str, G: float) -> int:
        """Number of pulses of a kind, from the start of the branch, that comes nearest to G."""
        branch, u = self.branches[kind], min(max(self.way(kind, G), 0.0), self.S)
        n = floor(branch.number(u))
        return n + (u - branch.way(n) > min(branch.way(n + 1), self.S) - u)

    def start(self, kind: str) -> float:
        """Where pulses of a kind begin."""
        return self.G_min if kind == "SET" else self.G_max


def pair_of(file: File, layer: str, i: int, j: int, sides: tuple[str, ...]) -> dict[str, Device]:
    """The two devices of a pair, with what each has for itself; of a fixed reference, only the conductance matters."""
    pair, own = {}, file.devices.get(layer, {})
    for number, side in enumerate(("plus", "minus")):
        values = dict(file.parameters[layer])
        for name, array in own.items() if side in sides else ():
            if name.endswith(f"_{side}"):
                values[name.removesuffix(f"_{side}")] = float(array[i, j])
        G = float(file.conductance[layer][side][0][i, j])
        pair[side] = Device(file, values, G, 2 * (i * file.layers[layer][1] + j) + number)
    return pair
