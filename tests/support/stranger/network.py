"""The network, run frame by frame."""

from __future__ import annotations

from math import floor, sqrt

from stranger.chance import deviates, per_frame
from stranger.costs import Costs
from stranger.devices import Device, pair_of
from stranger.file import File
from stranger.lines import on_slope, output, pulses_of, rounded
from stranger.refresh import refresh
from stranger.rules import RULES, Pair

#: Kinds of pulses that a method sends in the update phase.
KINDS = {"unidirectional": None, "two-pcm": ("SET",), "bidirectional": ("SET", "RESET"), "single": ("SET", "RESET")}


class Network:
    """All device pairs and neurons, and what they send.

    Attributes
    ----------
    sent : dict of list of dict
        Pulses of the frame that was run last, by (population, kind), in order of slot, then line.
    costs : Costs
        Of that frame.
    prediction : int
        What the network answered.
    """

    def __init__(self, file: File):
        self.file, self.N, self.about = file, file.n_slots, file.configuration
        self.names, self.layer_names = list(file.populations), list(file.layers)
        self.L, self.phase_slots = len(file.layers), file.n_slots + file.guard_slots
        self.read_pulse = self.about["read"]["V_read"] * file.slot
        self.method, self.rule = self.about["update"], RULES[file.variants["rule"]["name"]](file)
        self.kinds = KINDS[self.method["method"]] or (self.method["programs"],)
        self.sides = ("plus",) if self.method["method"] == "single" else ("plus", "minus")
        self.codes = [code["name"] for code in file.variants["codes"]]
        self.fires = [neuron["name"] == "integrate-and-fire" for neuron in file.variants["neurons"]]
        self.activation = file.variants["activation"]["name"]
        self.pairs = [
            [[Pair(pair_of(file, name, i, j, self.sides)) for j in range(n_out)] for i in range(n_in)]
            for name, (n_in, n_out) in file.layers.items()
        ]
        self.nominal = Device(file, dict(file.parameters["layer1"]))
        seed, self.learning = self.about["seed"], dict(list(file.populations.items())[1:])
        self.dither = per_frame(seed, 2, self.learning, file.n_frames)
        self.variation = self.about["variation"]
        self.deviates = {}
        if self.variation["read_noise"]:
            lines = {f"forward {name}": n for name, n in self.learning.items()}
            lines |= {f"backward {name}": n for name, n in list(self.learning.items())[:-1]}
            self.deviates = deviates(seed, lines, file.n_frames)
        self.trained, self.now, self.last_drift = 0, 0.0, 0.0

    # -- a frame -------------------------------------------------------------------------------------------------------

    def run(self, frame: int, inputs: list[int]) -> None:
        """One frame, of these values of the input lines."""
        file = self.file
        self.frame, self.start, self.sent = frame, frame * file.frame_slots, {}
        label, learn, epoch = (int(file.frames[name][frame]) for name in ("label", "learn", "epoch"))
        self.trained += learn
        period = self.method.get("refresh_every", 0)
        reads = self.method.get("write_back") in ("verify", "recount")
        self.costs = Costs(file, self.kinds, bool(period), reads)
        values, gates, v = self.forward(inputs)
        classes = v[: file.n_classes]
        self.prediction = classes.index(max(classes))
        if learn:
            errors = self.backward(v, gates, label)
            self.update(values, errors, self.gains(epoch))
            if self.rule.counts_only and self.trained % self.about["rule"]["batch"] == 0:
                self.end_batch()
            if period and self.trained % period == 0:
                self.refresh()
        self.times = self.costs.times(bool(learn), self.kinds[0])
        if self.variation["drift_exponent"] and (frame + 1) % self.drift_every() == 0:
            self.drift()
        self.now += sum(self.times.values())

    def gains(self, epoch: int) -> list[float]:
        """Error pulses per unit of error, by layer."""
        training = self.about["training"]
        decay = training["decay"]
        if decay == "auto":
            decay = 0.2 ** (1 / max(1, training["epochs"] - 1))
        return [gain * decay ** (epoch - 1.0) for gain in self.about["calibrated"]["error_gain"]]

    def record(self, population: str, kind: str, slot: int, line: int, **columns: int) -> None:
        """A pulse, in a slot of the frame."""
        pulse = {"slot": self.start + slot, "line": line, **columns}
        self.sent.setdefault((population, kind), []).append(pulse)

    # -- reading -------------------------------------------------------------------------------------------------------

    def forward(self, inputs: list[int]):
        """Values of all lines but the output's, gates of hidden neurons, and the last preactivations."""
        values, gates = [inputs], []
        arrivals = self.send("input", "forward", 0, inputs)
        for layer, name in enumerate(self.names[1:]):
            n = self.file.layers[self.layer_names[layer]][1]
            charge, variance, course = [0.0] * n, [0.0] * n, []
            for slot, line, slots in arrivals:
                for j in range(n):
                    plus, minus = (device.G for device in self.pairs[layer][line][j].values())
                    charge[j] += self.read_pulse * slots * (plus - minus)
                    variance[j] += (self.read_pulse * slots) ** 2 * (plus**2 + minus**2)
                    self.costs.through += self.read_pulse * slots * (plus + minus)
                course.append((slot, self.preactivations(name, charge, variance)))
            v = self.preactivations(name, charge, variance)
            if name == "output":
                return values, gates, v
            gates.append([on_slope(self.activation, x) for x in v] + [False])
            if self.fires[layer]:
                arrivals, sent = self.integrate_and_fire(layer, name, course, n)
                values.append(sent)
            else:
                values.append([rounded(self.N, output(self.activation, x)) for x in v] + [self.N])
                arrivals = self.send(name, "forward", layer + 1, values[-1])

    def preactivations(self, name: str, charge: list[float], variance: list[float]) -> list[float]:
        unit = self.file.parameters[name]["charge_unit"]
        found = self.noisy(f"forward {name}", charge, variance)
        return [q / unit for q in found]

    def noisy(self, reading: str, charge: list[float], variance: list[float]) -> list[float]:
        """Charges as they are found."""
        if reading not in self.deviates:
            return charge
        drawn = self.deviates[reading][self.frame]
        noise = self.variation["read_noise"]
        return [q + noise * sqrt(s) * float(drawn[j]) for j, (q, s) in enumerate(zip(charge, variance, strict=True))]

    def send(self, population: str, kind: str, phase: int, values: list[int], signs: list[int] | None = None):
        """Send the values of all lines in a phase; arrivals as (slot of the frame, line, slots of current)."""
        code, arrivals = self.codes[self.names.index(population)], []
        for line, value in enumerate(values):
            for slot, slots in pulses_of(code, value, self.N).items():
                arrivals.append((phase * self.phase_slots + slot, line, slots))
        arrivals.sort()
        for slot, line, _ in arrivals:
            columns = {} if code == "count" else {"width": values[line]}
            columns |= {} if signs is None else {"polarity": signs[line]}
            self.record(population, kind, slot, line, **columns)
        return arrivals

    def integrate_and_fire(self, layer: int, name: str, course: list, n: int):
        """Arrivals and values of neurons that send a pulse of one slot whenever the charge so far asks for more."""
        fired, arrivals, wanted, at = [0] * n + [0], [], [0] * n, 0
        for slot in range((layer + 2) * self.phase_slots):
            while at < len(course) and course[at][0] < slot:
                wanted = [rounded(self.N, output(self.activation, x)) for x in course[at][1]]
                at += 1
            for line, goal in enumerate([*wanted, self.N]):
                if fired[line] < goal:
                    fired[line] += 1
                    arrivals.append((slot, line, 1))
                    self.record(name, "forward", slot, line)
        return arrivals, fired

    def backward(self, v: list[float], gates: list, label: int) -> dict[int, list[float]]:
        """Errors of all populations but the input, by their number."""
        slots = [self.N * (j == label) - rounded(self.N, min(max(x + 0.5, 0.0), 1.0)) for j, x in enumerate(v)]
        errors = {self.L: [s / self.N for s in slots]}
        for number in range(self.L, 1, -1):
            below, layer = self.names[number - 1], number - 1
            signs = [(e > 0) - (e < 0) for e in errors[number]]
            arrivals = self.send(self.names[number], "backward", 2 * self.L - number, [abs(s) for s in slots], signs)
            n = self.file.populations[below]
            charge, variance = [0.0] * n, [0.0] * n
            for _, line, width in arrivals:
                for i in range(n):
                    conducts, squares, through = self.read_back(layer, i, line)
                    charge[i] += self.read_pulse * (signs[line] * width) * conducts
                    variance[i] += (self.read_pulse * width) ** 2 * squares
                    self.costs.back += self.read_pulse * width * through
            own = self.file.parameters[below]
            found = self.noisy(f"backward {below}", charge, variance)
            pairs = zip(gates[number - 2], found, strict=True)
            errors[number - 1] = [q / own["backward_charge_unit"] if gate else 0.0 for gate, q in pairs]
            if number - 1 >= 2:
                scale, phase = self.N * own["backward_scale"], self.dither[below][self.frame]
                slots = [min(floor(scale * abs(e) + phase[i]), self.N) for i, e in enumerate(errors[number - 1])]
        return errors

    def read_back(self, layer: int, i: int, j: int) -> tuple[float, float, float]:
        """What a backward pulse reads of a pair: difference, sum of squares, and sum of conductances."""
        feedback = self.file.devices.get(self.layer_names[layer], {}).get("feedback")
        if feedback is not None:
            G = float(feedback[i, j])
            return G, G**2, abs(G)
        plus, minus = (device.G for device in self.pairs[layer][i][j].values())
        return plus - minus, plus**2 + minus**2, plus + minus

    # -- programming ---------------------------------------------------------------------------------------------------

    def update(self, values: list, errors: dict[int, list[float]], gains: list[float]) -> None:
        """Error pulses, and what they program."""
        for k in range(self.N):
            slot = (2 * self.L - 1) * self.phase_slots + k
            for number, found in sorted(errors.items()):
                name, layer = self.names[number], self.layer_names[number - 1]
                for neuron, error in enumerate(found):
                    phase = float(self.dither[name][self.frame][neuron])
                    given = name, neuron, error, gains[number - 1], phase, k, self.start + slot
                    if error == 0 or not self.rule.fires(*given):
                        continue
                    polarity = 1 if error > 0 else -1
                    self.record(name, "error", slot, neuron, polarity=polarity)
                    for line, value in enumerate(values[number - 1]):
                        pair = self.pairs[number - 1][line][neuron]
                        if self.rule.is_open(layer, pair, line, value, phase, k, self.start + slot):
                            if self.rule.counts_only:
                                pair.votes += polarity
                            else:
                                self.program(pair, polarity, self.start + slot)
                        self.rule.after(layer, pair, value, polarity, k)

    def end_batch(self) -> None:
        """What the pairs counted programs them, in the last slot of the update phase that is no guard slot."""
        for pair in (pair for layer in self.pairs for row in layer for pair in row):
            if pair.votes:
                polarity = 1 if pair.votes > 0 else -1
                self.program(pair, polarity, self.start + (2 * self.L - 1) * self.phase_slots + self.N - 1)
            pair.votes = 0

    def program(self, pair: Pair, polarity: int, pulse: int) -> None:
        """One programming pulse at a pair: which device gets which kind is the method's business."""
        up, down = ("plus", "minus") if polarity > 0 else ("minus", "plus")
        method = self.method["method"]
        if method == "bidirectional":
            sent = [(up, "SET"), (down, "RESET")]
        elif method == "single":
            sent = [("plus", "SET" if polarity > 0 else "RESET")]
        elif self.kinds == ("RESET",):
            sent = [(down, "RESET")]
        else:
            sent = [(up, "SET")]
        for side, kind in sent:
            device = pair[side]
            before = device.G
            device.pulse(kind, pulse)
            device.last = self.now
            self.costs.conductance[kind] += (before + device.G) / 2
            self.costs.pulses[kind] += 1

    def refresh(self) -> None:
        """Refresh all pairs that are due, in the first guard slot of the update phase."""
        slot = (2 * self.L - 1) * self.phase_slots + self.N
        number, turns = self.trained // self.method["refresh_every"] - 1, self.method.get("refresh_turns", 1)
        for layer, rows in enumerate(self.pairs):
            name = self.names[layer + 1]
            spent = {line: {"SET": 0, "RESET": 0} for line in range(self.file.populations[name])}
            self.costs.rows.append([{} for _ in rows])
            for i, row in enumerate(rows):
                for line, pair in enumerate(row if i % turns == number % turns else ()):
                    trains = refresh(pair, self.nominal, self.method, self.start + slot) or {}
                    for train in trains.values():
                        train.device.last = self.now
                        for kind, number in train.sent.items():
                            spent[line][kind] += number
                        for kind, total in train.conductance.items():
                            self.costs.refresh[kind] += total
                        self.costs.longest(self.costs.rows[-1][i], train.trains)
            for line, sent in spent.items():
                self.record(name, "refresh", slot, line, **sent)
                self.costs.refresh_pulses[name, line] = sent

    # -- between frames ------------------------------------------------------------------------------------------------

    def drift_every(self) -> int:
        """Frames after which drift is brought up to date."""
        every = self.variation["drift_every"]
        if every != "auto":
            return every
        usual = Costs(self.file, self.kinds, False, False).times(True, self.kinds[0])
        lasts = sum(usual.values())
        T = self.variation["drift_onset"] * (0.99 ** (-1 / self.variation["drift_exponent"]) - 1)
        return max(1, min(int(T / lasts), 200))

    def drift(self) -> None:
        """Conductances fall since their last pulse, less what they had fallen at the last drift."""
        onset, exponent = self.variation["drift_onset"], self.variation["drift_exponent"]
        for pair in (pair for layer in self.pairs for row in layer for pair in row):
            for side in self.sides:
                device = pair[side]
                age, before = self.now - device.last, max(self.last_drift - device.last, 0.0)
                fallen = device.G * ((onset + age) / (onset + before)) ** -exponent
                device.G = min(max(fallen, device.G_min), device.G)
        self.last_drift = self.now

    def conductances(self, layer: str, side: str) -> list[list[float]]:
        """Of all devices of a side of a layer."""
        return [[pair[side].G for pair in row] for row in self.pairs[self.layer_names.index(layer)]]
