"""An independent model of the pulse-level network in plain NumPy: loops over frames, slots and lines, no Brian2.

Written from the specification (the docstrings of pulsenet), not from its equation text, and as plainly as possible:
what a refresh writes, for example, is found by trying all levels. Charges are added in the order of the events (slot,
then line), so that everything but the exponential can be equal to the last bit.
"""

from __future__ import annotations

from math import ceil, exp, expm1, floor, log

import numpy as np

from pulsenet.records import Chunk, ChunkResult, Conductances
from pulsenet.seams.effects import drawn
from pulsenet.text.chance import normal, uniform
from pulsenet.training.values import setting_of


class Linear:
    """Every pulse is one step."""

    def __init__(self, device):
        self.G_min, self.G_max = device.G_min, device.G_max
        self.pulses = {"SET": device.pulses_SET, "RESET": device.pulses_RESET}

    def moved(self, G: float, kind: str) -> float:
        """After one pulse, were there no bounds."""
        return G + (self.G_max - self.G_min) / self.pulses[kind] * {"SET": 1, "RESET": -1}[kind]

    def SET(self, G: float) -> float:
        return min(self.moved(G, "SET"), self.G_max)

    def RESET(self, G: float) -> float:
        return max(self.moved(G, "RESET"), self.G_min)

    def level(self, n: int, kind: str = "SET") -> float:
        """Conductance after n SET pulses from G_min, or n RESET pulses from G_max."""
        moved = n * (self.G_max - self.G_min) / self.pulses[kind]
        return min(self.G_min + moved, self.G_max) if kind == "SET" else max(self.G_max - moved, self.G_min)

    def used(self, G: float, kind: str) -> float:
        """How far G is from where pulses of a kind begin, as a fraction of the range."""
        return (G - self.G_min if kind == "SET" else self.G_max - G) / (self.G_max - self.G_min)

    def pulses_to(self, G: float, kind: str) -> float:
        """Number of pulses, not rounded, that lead to G."""
        return self.used(G, kind) * self.pulses[kind]


class Exponential(Linear):
    """g(n) = log(1 + (exp(beta) - 1) n / pulses) / beta, and one pulse is one more n; a RESET is a SET of 1 - g."""

    def __init__(self, device):
        super().__init__(device)
        self.beta = {"SET": device.beta_SET, "RESET": device.beta_RESET}

    def _step(self, g: float, kind: str) -> float:
        beta, pulses = self.beta[kind], self.pulses[kind]
        return log(exp(beta * g) + expm1(beta) / pulses) / beta if beta else g + 1 / pulses

    def moved(self, G: float, kind: str) -> float:
        span = self.G_max - self.G_min
        if kind == "SET":
            return self.G_min + span * self._step((G - self.G_min) / span, kind)
        return self.G_max - span * self._step((self.G_max - G) / span, kind)

    def level(self, n: int, kind: str = "SET") -> float:
        beta, pulses, span = self.beta[kind], self.pulses[kind], self.G_max - self.G_min
        g = log(max(1 + expm1(beta) * n / pulses, 1e-300)) / beta if beta else n / pulses
        return min(self.G_min + g * span, self.G_max) if kind == "SET" else max(self.G_max - g * span, self.G_min)

    def pulses_to(self, G: float, kind: str) -> float:
        beta = self.beta[kind]
        return (
            expm1(beta * self.used(G, kind)) / expm1(beta) * self.pulses[kind] if beta else super().pulses_to(G, kind)
        )


LAWS = {"linear": Linear, "exponential": Exponential}


class Pairs:
    """The single devices of a layer: each with its own law, and perhaps stuck."""

    def __init__(self, run, drawn):
        self.stuck = [side.stuck for side in drawn]
        self.laws = [{} for _ in drawn]
        for laws, side in zip(self.laws, drawn, strict=True):
            for pair in np.ndindex(side.stuck.shape):
                own = {name: value[pair] if np.ndim(value) else value for name, value in dict(side.law).items()}
                laws[pair] = LAWS[run.device.law](type(run.device).model_construct(**own))


def nearest_pulses(law, G: float, kind: str) -> int:
    """Number of pulses from the start that comes nearest to G; the smaller one of two that come equally near."""
    levels = np.array([law.level(n, kind) for n in range(ceil(law.pulses[kind]) + 1)])
    return int(np.argmin(np.abs(levels - G)))


class Refreshed:
    """One device during a refresh: it gets pulses one by one, and is read, with numbers that tell the draws apart."""

    def __init__(self, network, layer: int, side: int, pair: tuple[int, int]):
        self.network, self.layer, self.side, self.pair = network, layer, side, pair
        self.law = network.pairs[layer - 1].laws[side][pair]
        self.stuck = network.pairs[layer - 1].stuck[side][pair]
        self.writes, self.erases = (network.writes, "RESET" if network.writes == "SET" else "SET")
        self.sent = {"SET": 0, "RESET": 0}
        self.trains = {"SET": [], "RESET": []}  # pulses of each train
        self.first = 0  # number of the next train's first reading

    @property
    def G(self) -> float:
        return self.network.G[self.layer - 1][self.side][self.pair]

    def read(self, number: int) -> float:
        return self.network._read_one(self.G, self.layer, self.side, self.pair, number)

    def erase(self):
        """Until a reading finds it at its bound, but for a millionth of a step."""
        end = self.law.G_min if self.erases == "RESET" else self.law.G_max
        self._train(self.erases, lambda seen, after: abs(seen - end) > 1e-6 * abs(after - seen))

    def approach(self, target: float) -> int:
        """While the next pulse, of the mean step, would bring it nearer to the target; the number of pulses."""

        def nearer(seen, after):
            after = min(max(after, self.law.G_min), self.law.G_max)
            return abs(after - target) < abs(seen - target) * (1 - 1e-9)

        return self._train(self.writes, nearer)

    def write(self, n: int):
        for number in range(self.first + 1, self.first + n + 1):
            self._pulse(self.writes, number)
        self.first += n + 1
        self.trains[self.writes].append(n)

    def _train(self, kind: str, wanted) -> int:
        """Pulses one by one while a reading wants more, unless the last found the device at the end of its range."""
        n, before, end = 0, self.G, self.law.G_max if kind == "SET" else self.law.G_min
        while not self.stuck and before != end:
            seen = min(max(self.read(self.first + n), self.law.G_min), self.law.G_max)
            if not wanted(seen, self.law.moved(seen, kind)):
                break
            n, before = n + 1, self.G
            self._pulse(kind, self.first + n)
        self.first += n + 1
        self.trains[kind].append(n)
        return n

    def stages(self) -> dict[str, int]:
        """Pulses in each stage of the refresh."""
        names = self.network._stages()
        of = {self.erases: [name for name in names if name.startswith("erasing")]}
        of[self.writes] = [name for name in names if name not in of[self.erases]]
        return {name: n for kind, sent in self.trains.items() for name, n in zip(of[kind], sent, strict=False)}

    def _pulse(self, kind: str, number: int):
        network, line = self.network, self.pair[1]
        before = self.G
        if not self.stuck:
            network._move(self.layer, self.side, self.pair, kind, network._refresh_pulse(number))
        name = network.names[self.layer]
        network._count(name, f"refresh_{kind}_conductance", line, (before + self.G) / 2)
        if kind == self.writes and network.update.write_back in ("verify", "recount"):  # a reading follows
            network._count(name, "refresh_reading_conductance", line, self.G)
        self.sent[kind] += 1


def sending_slots(code: str, value: int, n_slots: int) -> dict[int, int]:
    """Slots of a phase in which a line sends an event, and how many slots of current each event stands for."""
    if value == 0:
        return {}
    if code == "width":  # one pulse, and its charge has flowed when it ends
        return {value: value}
    if code == "latency":  # it rises so late that it ends with the phase
        return {n_slots: value}
    return {ceil(pulse * n_slots / value) - 1: 1 for pulse in range(1, value + 1)}


class Rules:
    """When a neuron fires an error pulse, and whether a gate is open: every learning rule, as plainly as possible."""

    def __init__(self, network):
        self.network, self.rule, self.N = network, network.rule, network.N
        self.votes, self.steps, self.signs = {}, {}, {}

    @property
    def counts_only(self) -> bool:
        return self.rule.rule == "manhattan"

    @property
    def now(self) -> int:
        return self.network.start + self.network._update_start

    def fires(self, name, line, error, gain, phase, slot) -> bool:
        pulses, own = min(max(abs(error) * gain, 0.0), self.N), self.network.parameters[name]
        match self.rule.rule:
            case "single-step":
                return gain > 0 and abs(error) > own["error_threshold"] and slot == int(own["input_threshold"])
            case "step-descent":
                return gain > 0 and abs(error) > own["dead_zone"] and slot == (0 if error > 0 else 1)
            case "stochastic":
                return pulses > 0 and uniform(own["error_key"], line, self.now + slot)[0] * self.N < pulses
            case "adaptive-step":
                return gain > 0 and abs(error) > own["error_threshold"]
        return floor(pulses * (slot + 1) / self.N + phase) > floor(pulses * slot / self.N + phase)

    def is_open(self, pair, value, slot, phase) -> bool:
        own = self.network.parameters[f"layer{pair[0]}"]
        match self.rule.rule:
            case "step-descent":
                return value > 0
            case "stochastic":
                return uniform(own["gate_key"], pair[1], self.now + slot)[0] * self.N < value
            case "adaptive-step":
                return value > own["input_threshold"] and slot + phase < self.steps.get(pair, self.rule.first)
        return slot < value

    def after_pulse(self, pair, value, slot, polarity):
        """With the last slot, a step grows where the sign repeats, and shrinks where it flips."""
        own = self.network.parameters[f"layer{pair[0]}"]
        if self.rule.rule != "adaptive-step" or slot != self.N - 1 or value <= own["input_threshold"]:
            return
        before, step = self.signs.get(pair, 0), self.steps.get(pair, self.rule.first)
        factor = {1: self.rule.grow, -1: self.rule.shrink, 0: 1.0}[before * polarity]
        self.steps[pair] = min(max(step * factor, own["least"]), self.rule.largest)
        self.signs[pair] = polarity


class Golden:
    """One network, run frame by frame.

    Parameters
    ----------
    run : pulsenet.Run
    parameters : dict
        What the calibration found, by population, as `pulsenet.training.values.parameters` gives it.
    """

    def __init__(self, run, parameters: dict[str, dict[str, float]]):
        self.sizes, self.hard = run.network.layers, run.network.activation == "hard-sigmoid"
        self.codes, self.fire = run.network.codes(), [name == "integrate-and-fire" for name in run.network.neurons()]
        self.L = len(self.sizes) - 1
        self.N, self.phase_slots = run.time.n_slots, run.time.n_slots + run.time.guard_slots
        self.frame_slots = 2 * self.L * self.phase_slots
        self.V_read, self.slot = run.read.V_read, run.time.slot
        self.law, self.update, self.variation = LAWS[run.device.law](run.device), run.update, run.variation
        self.rule, self.seed = run.rule, run.seed
        circuit = run.circuit()
        pairs = drawn(circuit.device, circuit.effects, setting_of(run, circuit))
        self.pairs = [Pairs(run, sides) for sides in pairs.values()]
        self.parameters = parameters
        self.writes = getattr(run.update, "programs", "SET")
        self.names = ["input", *(f"hidden{index}" for index in range(1, self.L)), "output"]

    def run(self, chunk: Chunk, conductance: Conductances) -> ChunkResult:
        self.G = [(G_plus.copy(), G_minus.copy()) for G_plus, G_minus in conductance.values()]
        self.events: dict = {}
        self.programmed = np.zeros(chunk.n_frames, int)
        self.chunk, self.tally, self.rows = chunk, {}, {}
        self.rules = Rules(self)
        self.last_drift = 0.0
        self.last_pulse = [np.zeros((2, *G_plus.shape)) for G_plus, _ in self.G]
        preactivation = []
        for frame in range(chunk.n_frames):
            self.frame, self.start = frame, (chunk.first_frame + frame) * self.frame_slots
            preactivation.append(self._frame(chunk, frame))
        self.tally = {p: {n: v for n, v in sums.items() if v.any() or "charge" in n} for p, sums in self.tally.items()}
        after = {f"layer{layer}": pair for layer, pair in enumerate(self.G, 1)}
        rows = {name: {s: np.array(n) for s, n in stages.items()} for name, stages in self.rows.items()}
        return ChunkResult(after, np.array(preactivation), self._pulses(), tally=self.tally, rows=rows)

    # -- one frame --------------------------------------------------------------------------------------------------

    def _frame(self, chunk: Chunk, frame: int) -> np.ndarray:
        values, gates, preactivation = self._forward(chunk.forward_slots[frame])
        dither = {name: chunk.dither[name][frame] for name in self.names[1:]}
        errors = self._errors(preactivation, gates, chunk.target[frame], chunk.error_gain[frame], dither)
        self._update(values, errors, chunk.error_gain[frame], dither)
        if self.rule.batch_frames() and chunk.batch[frame]:
            self._end_batch()
        if chunk.refresh[frame]:
            self._refresh()
        if chunk.effects.get("drift_in", np.zeros(chunk.n_frames))[frame]:
            self._drift(self._now)
        return preactivation

    def _forward(self, forward_slots):
        """Read layer by layer: slots of all populations' lines, gates of hidden ones, and the last preactivation."""
        values, gates = [[int(value) for value in forward_slots]], []
        sent = self._send("input", "forward", 0, values[0])
        for layer in range(1, self.L + 1):
            G_plus, G_minus = self.G[layer - 1]
            charge, variance = np.zeros(self.sizes[layer]), np.zeros(self.sizes[layer])
            aims = []  # slots of output by the charge so far, after each pulse
            for slot, line, slots in sent:
                charge += self.V_read * self.slot * (slots * (G_plus[line] - G_minus[line]))
                variance += (self.V_read * self.slot * slots) ** 2 * (G_plus[line] ** 2 + G_minus[line] ** 2)
                through = self.V_read * self.slot * slots * (G_plus[line] + G_minus[line])
                self._count(self.names[layer], "charge_through", slice(0, self.sizes[layer]), through)
                if layer < self.L and self.fire[layer - 1]:
                    aims.append((slot, self._outputs(self._preactivation(layer, charge, variance))))
            v = self._preactivation(layer, charge, variance)
            if layer < self.L:
                rest = 0.5 if self.hard else 0.0
                values.append([*self._outputs(v), self.N])
                gates.append([int(0 < x + rest < 1) for x in v] + [0])
                if self.fire[layer - 1]:
                    sent, values[-1] = self._fire(layer, aims)
                else:
                    sent = self._send(self.names[layer], "forward", layer, values[-1])
        return values, gates, v

    def _preactivation(self, layer, charge, variance):
        name = self.names[layer]
        return self._noisy(charge, variance, f"read_noise_{name}") / self.parameters[name]["charge_unit"]

    def _outputs(self, v):
        rest = 0.5 if self.hard else 0.0
        return [floor(self.N * min(max(x + rest, 0.0), 1.0) + 0.5) for x in v]

    def _fire(self, layer, aims):
        """Pulses of integrate-and-fire neurons, as `_send` gives them, and their numbers: one in each slot in which
        there were fewer than the charge of the slots before asks for. The bias line asks for all from the start."""
        fired, sent, aim = [0] * (self.sizes[layer] + 1), [], [0] * self.sizes[layer]
        for slot in range((layer + 1) * self.phase_slots):
            aim = [aim for arrived, aim in aims if arrived < slot][-1] if any(s < slot for s, _ in aims) else aim
            for line, wanted in enumerate([*aim, self.N]):
                if fired[line] < wanted:
                    fired[line] += 1
                    self._record(self.names[layer], "forward", slot, line)
                    sent.append((slot, line, 1))
        return sent, fired

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
            charge, variance = np.zeros(self.sizes[layer - 1] + 1), np.zeros(self.sizes[layer - 1] + 1)
            sent = self._send(self.names[layer], "backward", 2 * self.L - layer, [abs(s) for s in slots], signs)
            read = self._read_backward(layer)
            for _, line, width in sent:
                charge += self.V_read * self.slot * (signs[line] * width * read[:, line])
                fixed = self.rule.rule == "random-feedback"  # one resistor in the place of two devices
                squares = read[:, line] ** 2 if fixed else G_plus[:, line] ** 2 + G_minus[:, line] ** 2
                variance += (self.V_read * self.slot * width) ** 2 * squares
                total = abs(read[:, line]) if fixed else G_plus[:, line] + G_minus[:, line]
                through = self.V_read * self.slot * width * total
                self._count(self.names[layer - 1], "backward_charge_through", slice(None), through)
            charge = self._noisy(charge, variance, f"backward_noise_{self.names[layer - 1]}")
            error = np.array(gates[layer - 2]) * (charge / below["backward_charge_unit"])
            errors[layer - 1] = list(error)
            if layer - 1 >= 2:
                scale, u = self.N * below["backward_scale"], dither[self.names[layer - 1]]
                slots = [min(max(floor(scale * abs(e) + u[i]), 0), self.N) for i, e in enumerate(error)]
        return errors

    def _read_backward(self, layer):
        """What backward pulses read: the devices, or a fixed random array in their place."""
        if self.rule.rule == "random-feedback":
            return self.parameters[f"layer{layer}"]["feedback"]
        G_plus, G_minus = self.G[layer - 1]
        return G_plus - G_minus

    def _send(self, population, kind, phase, values, signs=None):
        """All events of a phase as (slot, line, slots of current), in order of slot, then line; recorded on the way."""
        code = self.codes[self.names.index(population)]
        lines = [sending_slots(code, value, self.N) for value in values]
        for slot in range(self.phase_slots):
            for line, events in enumerate(lines):
                if slot in events:
                    columns = {"width": values[line]} if code != "count" else {}
                    if signs is not None:
                        columns["polarity"] = signs[line]
                    self._record(population, kind, phase * self.phase_slots + slot, line, **columns)
                    yield phase * self.phase_slots + slot, line, events[slot]

    def _update(self, values, errors, error_gain, dither):
        """Error pulses, and with each a programming pulse at every device pair whose gate is open."""
        for slot in range(self.N):
            for layer in range(1, self.L + 1):
                name = self.names[layer]
                for line, error in enumerate(errors[layer]):
                    if not self.rules.fires(name, line, error, error_gain[layer - 1], dither[name][line], slot):
                        continue
                    polarity = 1 if error > 0 else -1
                    self._record(name, "error", self._update_start + slot, line, polarity=polarity)
                    for pre, value in enumerate(values[layer - 1][: self.sizes[layer - 1] + 1]):
                        if line >= self.sizes[layer]:
                            continue  # a bias line has no device pairs
                        pair = (layer, pre, line)
                        is_open = self.rules.is_open(pair, value, slot, dither[name][line])
                        if is_open and self.rules.counts_only:
                            self.rules.votes[pair] = self.rules.votes.get(pair, 0) + polarity
                        elif is_open:
                            self._program(layer, pre, line, polarity, slot)
                        self.rules.after_pulse(pair, value, slot, polarity)

    def _end_batch(self):
        for (layer, pre, line), votes in self.rules.votes.items():
            if votes:
                self._program(
                    layer, pre, line, 1 if votes > 0 else -1, self.N - 1
                )  # the last slot but that of a refresh
        self.rules.votes = {}

    @property
    def _update_start(self) -> int:
        return (2 * self.L - 1) * self.phase_slots

    def _program(self, layer, pre, post, polarity, slot):
        up = 0 if polarity > 0 else 1
        if self.update.method == "single":
            self._pulse(layer, 0, (pre, post), "RESET" if up else "SET", slot)
        elif self.writes == "RESET":
            self._pulse(layer, 1 - up, (pre, post), "RESET", slot)
        else:
            self._pulse(layer, up, (pre, post), "SET", slot)
            if self.update.method == "bidirectional":
                self._pulse(layer, 1 - up, (pre, post), "RESET", slot)

    def _pulse(self, layer, side, pair, kind, slot):
        """One programming pulse at one device."""
        G = self.G[layer - 1][side]
        before = G[pair]
        if not self.pairs[layer - 1].stuck[side][pair]:
            self._move(layer, side, pair, kind, self.start + self._update_start + slot)
        self.programmed[self.frame] += 1
        self._count(self.names[layer], "programming_pulses", pair[1], 1)
        self.last_pulse[layer - 1][(side, *pair)] = self._now
        self._count(self.names[layer], f"{kind}_conductance", pair[1], (before + G[pair]) / 2)

    def _move(self, layer, side, pair, kind, pulse):
        """What a pulse of a number does to a device; positive noise moves it further in the pulse's direction."""
        G, law = self.G[layer - 1][side], self.pairs[layer - 1].laws[side][pair]
        own, device = self.parameters[f"layer{layer}"], self._device(layer, side, pair)
        before, after = G[pair], law.moved(G[pair], kind)
        if self.variation.ctoc_step:
            after += (after - before) * self.variation.ctoc_step * normal(own["noise_key"], device, pulse)[0]
        if self.variation.ctoc_range:
            direction = 1 if kind == "SET" else -1
            drawn = normal(own["range_key"], device, pulse)[0]
            after += direction * (law.G_max - law.G_min) * self.variation.ctoc_range * drawn
        G[pair] = min(max(after, law.G_min), law.G_max)

    def _read_one(self, G, layer, side, pair, number):
        """What a reading of one device finds during a refresh."""
        if not self.variation.read_noise:
            return G
        own, device = self.parameters[f"layer{layer}"], self._device(layer, side, pair)
        drawn = normal(own["verify_key"], device, self._refresh_pulse(number))[0]
        return G * (1 + self.variation.read_noise * drawn)

    def _device(self, layer, side, pair) -> int:
        return 2 * (pair[0] * self.sizes[layer] + pair[1]) + side

    def _refresh_pulse(self, number) -> int:
        """What pulse or reading this is, of all in the run: those of a refresh share a slot."""
        return self.start + self._update_start + self.N + 2**32 * number

    def _refresh(self):
        """Erase used-up pairs and write the difference again."""
        slot = self._update_start + self.N
        for layer, (G_plus, _) in enumerate(self.G, 1):
            n_lines = self.sizes[layer] + (layer < self.L)  # the bias line takes part, but has no devices
            spent = {"SET": np.zeros(n_lines, int), "RESET": np.zeros(n_lines, int)}
            self.stages = {stage: [0] * len(G_plus) for stage in self._stages()}
            for pair in np.ndindex(G_plus.shape):
                if (int(self.chunk.refresh[self.frame]) - 1 - pair[0]) % getattr(self.update, "refresh_turns", 1):
                    continue  # not this row's turn
                devices = [Refreshed(self, layer, side, pair) for side in (0, 1)]
                read = [device.read(0) for device in devices]
                if not self._is_full(devices, read):
                    continue
                erased = [devices[side] for side in (0, 1) if not self._stays(read[side], read[1 - side])]
                for device in erased:
                    device.erase()
                    self.last_pulse[layer - 1][(device.side, *pair)] = self._now
                if self.update.write_back != "truncate":
                    self._write_again(devices, read)
                for device in devices:
                    for kind, number in device.sent.items():
                        spent[kind][pair[1]] += number
                    for stage, number in device.stages().items():
                        self.stages[stage][pair[0]] = max(self.stages[stage][pair[0]], number)
            for line in range(n_lines):
                self._record(self.names[layer], "refresh", slot, line, **{kind: spent[kind][line] for kind in spent})
            for stage, numbers in self.stages.items():
                self.rows.setdefault(self.names[layer - 1], {}).setdefault(stage, []).append(numbers)

    def _stages(self) -> tuple[str, ...]:
        """What a row goes through in a refresh; in each, it lasts as long as its longest train."""
        if self.update.write_back == "recount":
            return ("erasing", "counting", "erasing_again", "writing")
        return ("erasing",) if self.update.write_back == "truncate" else ("erasing", "writing")

    def _is_full(self, devices, read) -> bool:
        """Whether one device has used up its range, and (unless that is all that counts) both enough of it."""
        used = [device.law.used(G, self.writes) + 1e-9 for device, G in zip(devices, read, strict=True)]
        above, margin = self.update.refresh_above, getattr(self.update, "refresh_margin", 0)
        return (max(used) >= above or not above) and (min(used) >= margin or not margin)

    def _stays(self, own, partner) -> bool:
        return self.update.write_back == "truncate" and own > 2 * (1 + 1e-9) * partner

    def _write_again(self, devices, read):
        """Program one device until the pair has its old difference, as its controller knows how."""
        nominal, up = self.law, 1 if self.writes == "SET" else -1
        start = {"SET": nominal.G_min, "RESET": nominal.G_max}[self.writes]
        write_back = self.update.write_back
        if write_back == "counts":  # of a nominal device, whose pulses would have led to these conductances
            counts = [nearest_pulses(nominal, min(max(G, nominal.G_min), nominal.G_max), self.writes) for G in read]
        if write_back == "recount":
            counts = []
            for device, G in zip(devices, read, strict=True):
                counts.append(device.approach(G))
                device.erase()
        if write_back == "verify":
            left = [device.read(device.first) for device in devices]
        for side, device in enumerate(devices):
            difference = read[side] - read[1 - side]
            if write_back == "nearest" and up * difference > 0:
                target = min(max(start + difference, nominal.G_min), nominal.G_max)
                device.write(nearest_pulses(nominal, target, self.writes))
            elif write_back == "verify" and up * (difference - left[side] + left[1 - side]) > 0:
                device.approach(left[1 - side] + difference)
            elif write_back in ("counts", "recount"):
                device.write(max(counts[side] - counts[1 - side], 0))

    def _drift(self, now):
        """Conductances fall as (1 + t/onset)^-exponent, t since their last pulse, in steps from drift to drift."""
        exponent, onset = self.variation.drift_exponent, self.variation.drift_onset
        for layer, sides in enumerate(self.G):
            for side, G in enumerate(sides[: 1 if self.update.method == "single" else 2]):  # a reference does not drift
                for pair in np.ndindex(G.shape):
                    age = now - self.last_pulse[layer][(side, *pair)]
                    before = max(self.last_drift - self.last_pulse[layer][(side, *pair)], 0.0)
                    fall = ((1 + age / onset) / (1 + before / onset)) ** -exponent
                    G[pair] = max(G[pair] * fall, min(self.pairs[layer].laws[side][pair].G_min, G[pair]))
        self.last_drift = now

    @property
    def _now(self):
        return self.chunk.effects["time_in"][self.frame] if "time_in" in self.chunk.effects else 0.0

    def _noisy(self, charge, variance, name):
        if not self.variation.read_noise:
            return charge
        return (
            charge + self.variation.read_noise * np.sqrt(variance) * self.chunk.effects[name][self.frame][: len(charge)]
        )

    def _count(self, population, name, line, amount):
        """Add to a sum over the frame."""
        lines = self.sizes[self.names.index(population)] + (population != "output")
        sums = self.tally.setdefault(population, {})
        sums.setdefault(name, np.zeros((self.chunk.n_frames, lines)))[self.frame, line] += amount

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
