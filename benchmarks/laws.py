"""Processor time of the engine alone, relative to linear devices: every response law, effect, rule and update method.

All run the network of runs/mnist.toml at 16 slots, with devices of 256 pulses and unidirectional updating where nothing
else is said. Linear devices without effects run in turn with every other case, chunk by chunk and on the same frames,
so that other work on the machine disturbs the ratio little. Times are those of the thread that runs the engine, user
and system; building programs is not included. Since a network of other devices learns in another way, it also sends
other pulses: the table has the programming pulses a frame, and the time for each case relative to linear once as it
is and once per programming pulse. Without MNIST, random inputs of the same density stand in.

Run: python benchmarks/laws.py [frames] [part of a name ...]
"""

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

import sys
import time
from dataclasses import dataclass

import numpy as np
from common import RUN_FILE, EngineAlone, load, machine

from pulsenet import Run
from pulsenet.engines.choose import make_engine
from pulsenet.seams.rules import RULES
from pulsenet.seams.updates import METHODS
from pulsenet.training.prepare import Prepared, prepare

FRAMES, TURN = 6000, 1000
PULSES = {"pulses_SET": 256, "pulses_RESET": 256}
#: The step at conductances from the lowest to the highest, with its deviation from pulse to pulse, as a fraction of the
#: range.
JUMPS = [
    [step * (1 + 0.3 * deviation) for deviation in np.linspace(-1.5, 1.5, 20)]
    for step in np.geomspace(2, 0.5, 32) / 256
]

LAWS = {
    "linear": {},
    "exponential": {"beta_SET": 3, "beta_RESET": 3},
    "neurosim": {"A_SET": 0.4 * 256, "A_RESET": -0.4 * 256},
    "soft-bounds": {"slope_SET": 0.8, "slope_RESET": 0.8},
    "soft-bounds-power": {"slope_SET": 0.8, "power_SET": 1.5, "slope_RESET": 0.8, "power_RESET": 1.5},
    "exponential-step": {"a_SET": 1.2, "c_SET": 5, "a_RESET": 1.2, "c_RESET": 5},
    "gated-schottky-diode": {"k_SET": 1.2, "k_RESET": 1},
    "sigmoidal": {"steepness_SET": 4, "steepness_RESET": 4},
    "jump-table": {"SET_jumps": JUMPS, "RESET_jumps": JUMPS[::-1]},
}
EFFECTS = {
    "device-to-device spread": {"dtod_step": 0.1, "dtod_G_max": 0.1},
    "noise of the step": {"ctoc_step": 0.3},
    "noise of the range": {"ctoc_range": 0.01},
    "noise of reading": {"read_noise": 0.05},
    "stuck devices": {"stuck_G_min": 0.01, "stuck_G_max": 0.01},
    "drift": {"drift_exponent": 0.01, "drift_onset": "1 ms"},
}
#: Devices of the catalogue with more than one effect.
MODELS = ("gokmen-vlasov", "epiram", "pcm-nandakumar", "reram-es")


def device(law: str) -> dict:
    """A device of a law."""
    pulses = {} if law == "jump-table" else PULSES
    return {"law": law, "G_min": "0.1 uS", "G_max": "5 uS", **pulses, **LAWS[law]}


def cases() -> dict[str, dict]:
    """Overrides of the run file by name; linear devices first."""
    linear = {"device": device("linear")}
    found = {"linear": linear}
    found |= {f"law {law}": {"device": device(law)} for law in LAWS if law != "linear"}
    found |= {f"effect {name}": linear | {"variation": values} for name, values in EFFECTS.items()}
    together = {key: value for values in EFFECTS.values() for key, value in values.items()}
    found["all effects"] = linear | {"variation": together}
    found["all effects, law exponential"] = {"device": device("exponential"), "variation": together}
    found |= {f"device {name}": {"device.model": name} for name in MODELS}
    names = [rule.model_fields["rule"].default for rule in RULES]
    found |= {f"rule {name}": linear | {"rule": {"rule": name}} for name in names[1:]}
    names = [method.model_fields["method"].default for method in METHODS]
    found |= {f"method {name}": linear | {"update": {"method": name}} for name in names[1:]}
    return found


class Case:
    """A run of which only the engine's part is done."""

    def __init__(self, data, overrides: dict):
        common = {"time.n_slots": 16, "record.pulses": "none", "training.epochs": 1}
        self.prepared = prepare(Run.load(RUN_FILE, common | overrides), data)
        self.engine = make_engine("standalone", self.prepared.composition, self.prepared.values)

    def begin(self) -> "Turn":
        return Turn(self.prepared, EngineAlone(self.prepared, self.engine))


@dataclass
class Turn:
    """A case from its first frame on."""

    prepared: Prepared
    alone: EngineAlone
    pulses: float = 0.0

    def seconds(self, first: int, last: int) -> float:
        """Processor time of some frames; they continue from those before."""
        chunk = self.prepared.plan.chunk(first, last)
        start = time.thread_time()
        result = self.alone.run(chunk)
        spent = time.thread_time() - start
        self.pulses += sum(float(sums["programming_pulses"].sum()) for sums in result.tally.values())
        return spent


@dataclass(frozen=True)
class Measured:
    """A row of the table: microseconds and programming pulses a frame, and time relative to linear devices."""

    name: str
    microseconds: float
    ratio: float
    pulses: float
    per_pulse: float


def measure(name: str, case: Case, linear: Case, frames: int) -> Measured:
    """A case in turns with linear devices."""
    pair, spent = (linear.begin(), case.begin()), []
    for turn, first in enumerate(range(0, frames, TURN)):
        last = min(first + TURN, frames)
        order = (0, 1) if turn % 2 else (1, 0)
        took = {which: pair[which].seconds(first, last) for which in order}
        spent.append([took[which] / (last - first) for which in (0, 1)])
    seconds = np.array(spent)
    ratio = float(np.median(seconds[:, 1] / seconds[:, 0]))
    pulses = [run.pulses / frames for run in pair]
    microseconds = float(np.median(seconds[:, 1])) * 1e6
    return Measured(name, microseconds, ratio, pulses[1], ratio * pulses[0] / max(pulses[1], 1e-9))


def main(frames: int, wanted: list[str]) -> None:
    data, found = load(frames, 100), cases()
    linear, rows = Case(data, found["linear"]), []
    linear.begin().seconds(0, TURN)  # encodes all samples, once
    for name, overrides in found.items():
        if wanted and not any(part in name for part in wanted):
            continue
        case = Case(data, overrides)
        case.begin().seconds(0, 1)
        rows.append(measure(name, case, linear, frames))
        print(f"{name}: {rows[-1].ratio:.2f} x linear", flush=True)
    print("\n| slowest first | us a frame | x linear | programming pulses a frame | x linear, per pulse |")
    print("|---|---|---|---|---|")
    for row in sorted(rows, key=lambda row: -row.ratio):
        print(f"| {row.name} | {row.microseconds:.0f} | {row.ratio:.2f} | {row.pulses:.0f} | {row.per_pulse:.2f} |")
    print(f"\n{machine()}; {frames} frames each, in turns of {TURN}")


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:] if text.isdigit()]
    main(numbers[0] if numbers else FRAMES, [text for text in sys.argv[1:] if not text.isdigit()])
