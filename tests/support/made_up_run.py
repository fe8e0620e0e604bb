"""A small run made up for the tests of figures: every pulse of frame 1 is known, the other numbers are arbitrary."""

from typing import Any

import numpy as np
from configurations import configuration_of

from pulsenet import Data, Linear, Network, Run, Time
from pulsenet.trace import Commit, Description, TraceWriter

G_MIN, G_MAX = 1e-7, 5e-6
DEVICE = Linear(G_min=G_MIN, G_max=G_MAX, pulses_SET=64, pulses_RESET=64)


def run_of(code: str = "width", **sections) -> Run:
    """The run that the trace is said to be of: unidirectional updating by adaptive back-propagation."""
    content = {
        "network": Network(layers=[25, 4, 3], code=code),
        "device": DEVICE,
        "data": Data(source="made up"),
        "time": Time(n_slots=8, guard_slots=1),
        "seed": 7,
    }
    return Run(**content | sections)


SCHEDULE = run_of().schedule()
POPULATIONS = {"input": 26, "hidden1": 5, "output": 3}
LAYERS = {"layer1": (26, 4), "layer2": (5, 3)}
#: Frames: two epochs of three training and one evaluation frame. Frame 1 is the first that programs a device; the
#: pulses of frames 2, 4 and 6 were not recorded.
LEARN = np.array([1, 1, 1, 0, 1, 1, 1, 0], bool)
RECORDED = np.array([1, 1, 0, 1, 0, 1, 0, 1], bool)
#: Frame 1: slots for which lines are high, by line; error pulses (slot of the update phase, neuron, polarity).
VALUES = {"input": dict.fromkeys(range(3, 25), 4) | {3: 1, 10: 6, 25: 8}, "hidden1": {0: 2, 3: 5, 4: 8}}
BACKWARD = {0: (3, -1), 2: (7, 1)}
ERRORS = {"hidden1": [(0, 1, 1), (4, 1, 1), (4, 2, -1)], "output": [(1, 0, -1), (6, 2, 1), (7, 2, 1)]}
#: What of energy (in pJ times the number of the frame) and of time (in us) of a frame goes to what.
COSTS = {"read": 1, "error": 2, "programming": 3, "refresh": 4}


def made_up_pulses(code):
    """All pulses of the run: those of frame 1 as above, and one bias pulse in the other recorded frames."""
    rows = {("input", "forward"): [], ("hidden1", "forward"): [], ("output", "backward"): []}

    def send(population, kind, phase, frame, line, value, *polarity):
        start = frame * SCHEDULE.frame_slots + phase * SCHEDULE.phase_slots
        if code == "width":
            rows[population, kind].append((start + value, line, value, *polarity))
        else:
            train = [slot for slot in range(8) if (slot * value) % 8 + value >= 8]
            rows[population, kind].extend((start + slot, line, *polarity) for slot in train)

    for phase, (population, values) in enumerate(VALUES.items()):
        for line, value in values.items():
            send(population, "forward", phase, 1, line, value)
    for line, (value, polarity) in BACKWARD.items():
        send("output", "backward", 2, 1, line, value, polarity)
    for frame in np.flatnonzero(RECORDED):
        if frame != 1:
            send("input", "forward", 0, frame, 25, 8)
    update_start = SCHEDULE.frame_slots + SCHEDULE.update_start
    for population, errors in ERRORS.items():
        rows[population, "error"] = [(update_start + slot, neuron, sign) for slot, neuron, sign in errors]
    found = {}
    for (population, kind), events in rows.items():
        signed = kind in ("backward", "error")
        names = ["slot", "line"] + ["width"] * (code == "width" and kind != "error") + ["polarity"] * signed
        columns = np.array(sorted(events)).T
        found.setdefault(population, {})[kind] = dict(zip(names, columns, strict=True))
    refresh = {"slot": [5 * 36 + 35] * 2, "line": [1, 2], "SET": [0, 4], "RESET": [0, 9]}
    found["hidden1"]["refresh"] = {name: np.array(values) for name, values in refresh.items()}
    return found


def write(
    folder,
    code="width",
    configuration: dict[str, Any] | None = None,
    n_snapshots=3,
    recorded=RECORDED,
    evaluate=True,
    costs=True,
):
    """The folder of a run that is not finished, as a reader sees it while it goes on.

    Its configuration is that of `run_of`, unless another one is given.
    """
    configuration = configuration_of(run_of(code)) if configuration is None else configuration
    rng = np.random.default_rng(3)
    snapshots = [
        (frame, {name: tuple(rng.uniform(1e-7, 5e-6, (2, *shape))) for name, shape in LAYERS.items()})
        for frame in (-1, 3, 7)[:n_snapshots]
    ]
    frames = {
        "sample": np.arange(8),
        "label": np.array([0, 1, 2, 0, 1, 2, 0, 1]),
        "prediction": np.array([1, 1, 2, 0, 2, 2, 0, 1]),
        "learn": LEARN,
        "epoch": np.repeat([1, 2], 4),
        "recorded": recorded,
        "programming_pulses": np.array([0, 40, 9, 0, 1, 1, 1, 0]),
        "error_pulses": np.array([5, 5, 2, 0, 0, 0, 3, 0]),
    }
    if costs:
        frames |= {f"{part}_energy": np.arange(8) * 1e-12 * factor for part, factor in COSTS.items()}
        frames |= {f"{part}_time": np.full(8, 1e-6) * factor for part, factor in COSTS.items()}
    evaluation = [(1, 0.5, np.diag([5, 4, 3]) + 1), (2, 0.75, np.array([[9, 0, 1], [0, 7, 0], [2, 0, 8]]))]
    run = Description(configuration, {}, 1e-7, SCHEDULE, POPULATIONS, LAYERS, n_classes=3, n_frames=9)
    with TraceWriter.create(folder, run) as writer:
        writer.commit(
            Commit(
                frames=frames,
                pulses=made_up_pulses(code) if recorded.any() else {},
                snapshots=snapshots,
                evaluation=evaluation if evaluate else [],
            )
        )
    return folder
