"""Processor time of the standalone engine over an MNIST epoch, for every response law and every kind of variation.

All run the network of runs/mnist.toml at 16 slots, with devices of 256 pulses and unidirectional updating. Times are of
the C++ programs alone, user and system; what counts is the ratio to the linear law, which runs in turn with every
other, chunk by chunk, so that other work on the machine disturbs it little. Building the programs is not included.
Without MNIST, random inputs of the same density stand in.

Run: python benchmarks/laws.py [frames]     (all 60,000 frames of an epoch: a quarter of an hour)
"""

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

import resource
import sys
from pathlib import Path

import numpy as np
from bench import load

from pulsenet import Run
from pulsenet.engines.choose import make_engine
from pulsenet.training.prepare import prepare

RUN_FILE = Path(__file__).parents[1] / "runs" / "mnist.toml"
PULSES = {"pulses_SET": 256, "pulses_RESET": 256}
#: The step at conductances from the lowest to the highest, with its deviation from pulse to pulse, in ranges.
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
VARIATIONS = {
    "device-to-device spread": {"dtod_step": 0.1, "dtod_G_max": 0.1},
    "noise of the step": {"ctoc_step": 0.3},
    "noise of the range": {"ctoc_range": 0.01},
    "noise of reading": {"read_noise": 0.05},
    "stuck devices": {"stuck_G_min": 0.01, "stuck_G_max": 0.01},
    "drift": {"drift_exponent": 0.01, "drift_onset": "1 ms"},
}


def cases():
    """Name, device and variation of what is timed; the linear law first."""
    for law, own in LAWS.items():
        yield law, {"law": law, "G_min": "0.1 uS", "G_max": "5 uS"} | ({} if law == "jump-table" else PULSES) | own, {}
    for name, variation in VARIATIONS.items():
        yield f"linear, {name}", {"law": "linear", "G_min": "0.1 uS", "G_max": "5 uS", **PULSES}, variation


def processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Epoch:
    """One pass over the training frames, chunk by chunk."""

    def __init__(self, data, device: dict, variation: dict):
        overrides = {
            "time.n_slots": 16,
            "record.pulses": "none",
            "training.epochs": 1,
            "device": device,
            "variation": variation,
        }
        run = Run.load(RUN_FILE, overrides)
        self.prepared = prepare(run, data)
        self.engine = make_engine("standalone", self.prepared.composition, self.prepared.values)
        self.state = (self.prepared.start, {})

    def seconds(self, first: int, last: int) -> float:
        """Processor time of the program for some frames; they continue from those before."""
        start = processor_seconds()
        result = self.engine.run(self.prepared.plan.chunk(first, last), *self.state)
        self.state = (result.conductance, result.memory)
        return processor_seconds() - start


def main(frames: int) -> None:
    data, linear = load(), next(cases())[1]
    for name, device, variation in cases():
        pair = Epoch(data, linear, {}), Epoch(data, device, variation)
        size, spent = pair[0].prepared.circuit.chunk_frames, np.zeros(2)
        for first in range(0, frames, size):
            spent += [epoch.seconds(first, min(first + size, frames)) for epoch in pair]
        print(f"{name:<32} {spent[1] / frames * 1e6:5.0f} us a frame, {spent[1] / spent[0]:4.2f} x linear", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60_000)
