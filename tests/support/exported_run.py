"""A small run made up from random numbers, and apart from its trace, in which slots each wire is high."""

from collections import defaultdict

import numpy as np
from configurations import configuration_of

from pulsenet import Linear, Network, Read, Run, Time
from pulsenet.trace import Commit, Description, TraceWriter

SLOT, N_SLOTS = 25e-9, 8


def run_of(code: str, **sections) -> Run:
    """The run that the trace is said to be of: unidirectional updating by adaptive back-propagation."""
    content = {
        "network": Network(layers=[4, 3, 3], code=code),
        "device": Linear(G_min="0.1 uS", G_max="5 uS", pulses_SET=64, pulses_RESET=64),
        "time": Time(n_slots=N_SLOTS, guard_slots=1, slot=f"{SLOT} s"),
        "read": Read(V_read="0.2 V"),
    }
    return Run(**content | sections)


SCHEDULE = run_of("width").schedule()
POPULATIONS = {"input": 5, "hidden1": 4, "output": 3}
LAYERS = {"layer1": (5, 3), "layer2": (4, 3)}
LEARN = np.array([1, 1, 0, 1, 1], bool)
RECORDED = np.array([1, 1, 1, 1, 0], bool)
#: How long each frame took, in seconds.
TIMES = {"read": 2e-6, "error": 1e-6, "programming": 2e-6, "refresh": 0.0}
REFRESHED = 1  # the frame that ends with a refresh
SNAPSHOTS = (-1, 2)  # so frame 1 has none, and frames 2 and 3 share one, since frame 2 does not learn
ERROR, BACKWARD, REFRESH = (
    "pulsenet.{}.error.line{}_{}",
    "pulsenet.output.backward.line{}_{}",
    "pulsenet.hidden1.refresh.line1",
)


def train_of(code, value):
    """Slots of a phase in which a line with this value is high, and the events that a trace records: (slot, width)."""
    if code == "width":
        return set(range(value)), [(value, value)] if value else []
    slots = {slot for slot in range(N_SLOTS) if (slot * value) % N_SLOTS + value >= N_SLOTS} if value else set()
    return slots, [(slot, 1) for slot in sorted(slots)]


class MadeUp:
    """A run from random numbers: what goes to the trace, and apart from it, in which slots each wire is high."""

    def __init__(self, code):
        self.code, self.rng = code, np.random.default_rng(5)
        self.rows, self.high = defaultdict(list), defaultdict(set)
        self.values = {name: self.rng.integers(0, N_SLOTS + 1, (5, lines)) for name, lines in POPULATIONS.items()}
        for frame in np.flatnonzero(RECORDED):
            start = frame * SCHEDULE.frame_slots
            for phase, population in enumerate(("input", "hidden1")):
                for line, value in enumerate(self.values[population][frame]):
                    self._send(population, "forward", start + 9 * phase, line, value, None)
                    if LEARN[frame] and value:
                        self.high[f"pulsenet.{population}.gate.line{line}"] |= set(
                            range(start + 27, start + 27 + value)
                        )
            if LEARN[frame]:
                self._err(start)
        frame_end = REFRESHED * 36 + 35
        self.rows["hidden1", "refresh"] = [(frame_end, 0, 0, 0), (frame_end, 1, 3, 9), (frame_end, 2, 0, 0)]
        self.high[REFRESH] = {frame_end}

    def _send(self, population, kind, start, line, value, sign):
        slots, events = train_of(self.code, int(value))
        suffix = {None: "", 1: "_positive", -1: "_negative"}[sign]
        self.high[f"pulsenet.{population}.{kind}.line{line}{suffix}"] |= {start + slot for slot in slots}
        for slot, width in events:
            row = (start + slot, line) + ((width,) if self.code == "width" else ()) + ((sign,) if sign else ())
            self.rows[population, kind].append(row)

    def _err(self, start):
        for neuron in range(3):
            sign = int(self.rng.choice([-1, 1]))
            self._send("output", "backward", start + 18, neuron, self.rng.integers(0, N_SLOTS + 1), sign)
            for population in ("hidden1", "output"):
                for slot in np.flatnonzero(self.rng.random(N_SLOTS) < 0.5) + start + 27:
                    self.rows[population, "error"].append((slot, neuron, sign))
                    self.high[ERROR.format(population, neuron, "positive" if sign > 0 else "negative")].add(slot)

    def columns(self, population, kind):
        names = ["slot", "line"] + ["width"] * (self.code == "width" and kind in ("forward", "backward"))
        names += {"forward": [], "refresh": ["SET", "RESET"]}.get(kind, ["polarity"])
        values = np.array(sorted(self.rows[population, kind])).T
        return dict(zip(names, values, strict=True))

    def write(self, folder, recorded=RECORDED, configuration=None, times=TIMES):
        configuration = configuration_of(run_of(self.code)) if configuration is None else configuration
        self.G = {
            frame: {layer: tuple(self.rng.uniform(1e-7, 5e-6, (2, *shape))) for layer, shape in LAYERS.items()}
            for frame in SNAPSHOTS
        }
        self.G[-1]["layer1"][0][0, 0] = 0.0  # a device that does not conduct at all
        frames = {
            "sample": np.arange(5), "label": np.array([0, 1, 2, 0, 1]), "prediction": np.array([2, 1, 0, 0, 1]),
            "learn": LEARN, "epoch": np.ones(5, int), "recorded": recorded, "read_energy": self.rng.random(5),
        } | {f"{part}_time": np.full(5, seconds) for part, seconds in times.items()}  # fmt: skip
        pulses = defaultdict(dict)
        for population, kind in self.rows if recorded.any() else ():
            pulses[population][kind] = self.columns(population, kind)
        run = Description(configuration, {}, SLOT, SCHEDULE, POPULATIONS, LAYERS, n_classes=3, n_frames=5)
        with TraceWriter.create(folder, run) as writer:
            writer.commit(Commit(frames=frames, pulses=dict(pulses), snapshots=list(self.G.items())))
            writer.finish()
        return folder
