"""An independent model of the pulse-level network in plain NumPy: loops over frames, slots and lines, no Brian2.

Written from the specification (the docstrings of pulsenet), not from its equation text, and as plainly as possible:
what a refresh writes, for example, is found by trying all levels. Charges are added in the order of the events (slot,
then line), so that everything but the exponential can be equal to the last bit.
"""

from __future__ import annotations

from math import ceil, exp, expm1, floor, log

import numpy as np

from pulsenet.records import Chunk, ChunkResult, Conductances


class Linear:
    """Every pulse is one step."""

    def __init__(self, device):
        self.G_min, self.G_max = device.G_min, device.G_max
        self.pulses = {"SET": device.pulses_SET, "RESET": device.pulses_RESET}

    def SET(self, G: float) -> float:
        return min(G + (self.G_max - self.G_min) / self.pulses["SET"], self.G_max)

    def RESET(self, G: float) -> float:
        return max(G - (self.G_max - self.G_min) / self.pulses["RESET"], self.G_min)

    def level(self, n: int) -> float:
        """Conductance after n SET pulses from G_min."""
        return min(self.G_min + n * (self.G_max - self.G_min) / self.pulses["SET"], self.G_max)


class Exponential(Linear):
    """g(n) = log(1 + (exp(beta) - 1) n / pulses) / beta, and one pulse is one more n; a RESET is a SET of 1 - g."""

    def __init__(self, device):
        super().__init__(device)
        self.beta = {"SET": device.beta_SET, "RESET": device.beta_RESET}

    def _step(self, g: float, kind: str) -> float:
        beta, pulses = self.beta[kind], self.pulses[kind]
        return log(exp(beta * g) + expm1(beta) / pulses) / beta if beta else g + 1 / pulses

    def SET(self, G: float) -> float:
        span = self.G_max - self.G_min
        return min(self.G_min + span * self._step((G - self.G_min) / span, "SET"), self.G_max)

    def RESET(self, G: float) -> float:
        span = self.G_max - self.G_min
        return max(self.G_max - span * self._step((self.G_max - G) / span, "RESET"), self.G_min)

    def level(self, n: int) -> float:
        beta, pulses = self.beta["SET"], self.pulses["SET"]
        g = log(1 + expm1(beta) * n / pulses) / beta if beta else n / pulses
        return min(self.G_min + g * (self.G_max - self.G_min), self.G_max)


LAWS = {"linear": Linear, "exponential": Exponential}


def nearest_pulses(law, G: float) -> int:
    """Number of SET pulses from G_min that comes nearest to G; the smaller one of two that come equally near."""
    levels = np.array([law.level(n) for n in range(ceil(law.pulses["SET"]) + 1)])
    return int(np.argmin(np.abs(levels - G)))


def erasing_pulses(law, G: float) -> int:
    """Number of RESET pulses that takes G to G_min, but for a millionth of the last step."""
    n = 0
    while G - law.G_min > 1e-6 * (law.G_max - law.G_min) / law.pulses["RESET"]:
        G, n = law.RESET(G), n + 1
    return n


def sending_slots(code: str, value: int, n_slots: int) -> dict[int, int]:
    """Slots of a phase in which a line sends an event, and how many slots of current each event stands for."""
    if value == 0:
        return {}
    if code == "width":  # one pulse, and its charge has flowed when it ends
        return {value: value}
    return {ceil(pulse * n_slots / value) - 1: 1 for pulse in range(1, value + 1)}


class Golden:
    """One network, run frame by frame.

    Parameters
    ----------
    run : pulsenet.Run
    parameters : dict
        Charges and scales that the calibration found, by population, as `pulsenet.calibrate.parameters` gives them.
    """

    def __init__(self, run, parameters: dict[str, dict[str, float]]):
        self.sizes, self.code, self.hard = run.network.layers, run.network.code, run.network.activation == "hard-sigmoid"
        self.L = len(self.sizes) - 1
        self.N, self.phase_slots = run.time.n_slots, run.time.n_slots + run.time.guard_slots
        self.frame_slots = 2 * self.L * self.phase_slots
        self.V_read, self.slot = run.read.V_read, run.time.slot
        self.law, self.update = LAWS[run.device.law](run.device), run.update
        self.parameters = parameters
        self.names = ["input", *(f"hidden{index}" for index in range(1, self.L)), "output"]

    def run(self, chunk: Chunk, conductance: Conductances) -> ChunkResult:
        self.G = [(G_plus.copy(), G_minus.copy()) for G_plus, G_minus in conductance.values()]
        self.events: dict = {}
        self.programmed = np.zeros(chunk.n_frames, int)
        preactivation = []
        for frame in range(chunk.n_frames):
            self.frame, self.start = frame, (chunk.first_frame + frame) * self.frame_slots
            preactivation.append(self._frame(chunk, frame))
        after = {f"layer{layer}": pair for layer, pair in enumerate(self.G, 1)}
        return ChunkResult(after, np.array(preactivation), self._pulses())

    # -- one frame --------------------------------------------------------------------------------------------------

    def _frame(self, chunk: Chunk, frame: int) -> np.ndarray:
        values, gates, preactivation = self._forward(chunk.forward_slots[frame])
        dither = {name: chunk.dither[name][frame] for name in self.names[1:]}
        errors = self._errors(preactivation, gates, chunk.target[frame], chunk.error_gain[frame], dither)
        self._update(values, errors, chunk.error_gain[frame], dither)
        if chunk.refresh[frame]:
            self._refresh()
        return preactivation

    def _forward(self, forward_slots):
        """Read layer by layer: slots of every population's lines, gates of the hidden ones, and the last preactivation."""
        values, gates = [[int(value) for value in forward_slots]], []
        for layer in range(1, self.L + 1):
            G_plus, G_minus = self.G[layer - 1]
            charge = np.zeros(self.sizes[layer])
            for line, slots in self._send(self.names[layer - 1], "forward", layer - 1, values[-1]):
                charge += self.V_read * self.slot * (slots * (G_plus[line] - G_minus[line]))
            v = charge / self.parameters[self.names[layer]]["charge_unit"]
            if layer < self.L:
                rest = 0.5 if self.hard else 0.0
                values.append([floor(self.N * min(max(x + rest, 0.0), 1.0) + 0.5) for x in v] + [self.N])
                gates.append([int(0 < x + rest < 1) for x in v] + [0])
        return values, gates, v

    def _errors(self, preactivation, gates, target, error_gain, dither):
        """Errors of every population but the input, the output's first; hidden ones are read back."""
        learns = error_gain[self.L - 1] > 0
        output = [floor(self.N * min(max(x + 0.5, 0.0), 1.0) + 0.5) for x in preactivation]
        slots = [(self.N * (j == target) - out) if learns else 0 for j, out in enumerate(output)]
        errors = {self.L: [1.0 * s / self.N for s in slots]}
        for layer in range(self.L, 1, -1):  # population `layer` sends, population `layer - 1` integrates
            G_plus, G_minus = self.G[layer - 1]
            below = self.parameters[self.names[layer - 1]]
            signs = np.sign(errors[layer]).astype(int)
            charge = np.zeros(self.sizes[layer - 1] + 1)
            sent = self._send(self.names[layer], "backward", 2 * self.L - layer, [abs(s) for s in slots], signs)
            for line, width in sent:
                charge += self.V_read * self.slot * (signs[line] * width * (G_plus[:, line] - G_minus[:, line]))
            error = np.array(gates[layer - 2]) * (charge / below["backward_charge_unit"])
            errors[layer - 1] = list(error)
            if layer - 1 >= 2:
                scale, u = self.N * below["backward_scale"], dither[self.names[layer - 1]]
                slots = [min(max(floor(scale * abs(e) + u[i]), 0), self.N) for i, e in enumerate(error)]
        return errors

    def _send(self, population, kind, phase, values, signs=None):
        """All events of a phase as (line, slots of current), in order of slot, then line; recorded on the way."""
        lines = [sending_slots(self.code, value, self.N) for value in values]
        for slot in range(self.phase_slots):
            for line, events in enumerate(lines):
                if slot in events:
                    columns = {"width": values[line]} if self.code == "width" else {}
                    if signs is not None:
                        columns["polarity"] = signs[line]
                    self._record(population, kind, phase * self.phase_slots + slot, line, **columns)
                    yield line, events[slot]

    def _update(self, values, errors, error_gain, dither):
        """Error pulses, and with each a programming pulse at every device pair whose gate is open."""
        for slot in range(self.N):
            for layer in range(1, self.L + 1):
                name = self.names[layer]
                for line, error in enumerate(errors[layer]):
                    pulses = min(max(abs(error) * error_gain[layer - 1], 0.0), self.N)
                    before, now = (floor(pulses * s / self.N + dither[name][line]) for s in (slot, slot + 1))
                    if now > before:
                        polarity = 1 if error > 0 else -1
                        self._record(name, "error", self._update_start + slot, line, polarity=polarity)
                        for pre, value in enumerate(values[layer - 1]):
                            if slot < value:  # the gate is open
                                self._program(layer, pre, line, polarity)

    @property
    def _update_start(self) -> int:
        return (2 * self.L - 1) * self.phase_slots

    def _program(self, layer, pre, post, polarity):
        up, down = self.G[layer - 1] if polarity > 0 else self.G[layer - 1][::-1]
        up[pre, post] = self.law.SET(up[pre, post])
        self.programmed[self.frame] += 1
        if self.update.method == "bidirectional":
            down[pre, post] = self.law.RESET(down[pre, post])
            self.programmed[self.frame] += 1

    def _refresh(self):
        """Erase saturated pairs and write the difference again."""
        law, slot = self.law, self._update_start + self.N
        span = law.G_max - law.G_min
        full, room = (law.G_min + share * span for share in (self.update.refresh_above, self.update.refresh_margin))
        for layer, (G_plus, G_minus) in enumerate(self.G, 1):
            n_lines = self.sizes[layer] + (layer < self.L)  # the bias line takes part, but has no devices
            SET, RESET = np.zeros(n_lines, int), np.zeros(n_lines, int)
            for pair in np.ndindex(G_plus.shape):
                plus, minus = G_plus[pair], G_minus[pair]
                if max(plus, minus) >= full and min(plus, minus) >= room:
                    RESET[pair[1]] += erasing_pulses(law, plus) + erasing_pulses(law, minus)
                    n_plus = nearest_pulses(law, law.G_min + plus - minus) if plus > minus else 0
                    n_minus = nearest_pulses(law, law.G_min + minus - plus) if minus > plus else 0
                    SET[pair[1]] += n_plus + n_minus
                    G_plus[pair], G_minus[pair] = law.level(n_plus), law.level(n_minus)
            for line in range(n_lines):
                self._record(self.names[layer], "refresh", slot, line, SET=SET[line], RESET=RESET[line])

    # -- records -----------------------------------------------------------------------------------------------------

    def _record(self, population, kind, slot, line, **columns):
        rows = self.events.setdefault(population, {}).setdefault(kind, [])
        rows.append({"slot": self.start + slot, "line": line, **columns})

    def _pulses(self):
        """Events as columns, sorted by slot, then line."""
        pulses: dict = {}
        for population, kinds in self.events.items():
            for kind, rows in kinds.items():
                rows.sort(key=lambda row: (row["slot"], row["line"]))
                columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
                pulses.setdefault(population, {})[kind] = columns
        return pulses
