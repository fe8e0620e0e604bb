"""Time per training frame: the standalone engine, an ideal compiled loop over the same arithmetic, and NumPy BP.

All three train the network of runs/mnist.toml at 16 slots on the same frames, in turns, on one thread each; but of the
standalone engine's share, inputs are made and the trace is written in two more threads, as in any run. The standalone
engine's time includes making its input, reading its result, counting pulses and writing the trace with every pulse;
building the C++ program is not included (it is done once per circuit). Without MNIST, random inputs of the same
density stand in.

Run: make bench   (or: python benchmarks/bench.py [rounds])
"""

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from ideal_loop import train_frames

from pulsenet import DataError, Dataset, Run, load_data
from pulsenet.engines.choose import make_engine
from pulsenet.trace import TraceWriter
from pulsenet.training.prepare import describe_run, prepare
from pulsenet.training.session import Session

FRAMES = 6000  # per round


def load() -> Dataset:
    try:
        return load_data("mnist")
    except DataError:
        print("MNIST not found: random inputs of the same density stand in, which changes the times a little")
        rng = np.random.default_rng(0)
        x = rng.random((60_000, 784)) * (rng.random((60_000, 784)) < 0.19)
        return Dataset.from_arrays(x, rng.integers(0, 10, 60_000), x[:100], np.arange(100) % 10)


class NumpyBackPropagation:
    """Plain per-sample back-propagation of the same network: matrices, floats, no pulses."""

    def __init__(self, sizes):
        rng = np.random.default_rng(0)
        self.W1 = rng.normal(0, 0.05, (sizes[0] + 1, sizes[1]))
        self.W2 = rng.normal(0, 0.05, (sizes[1] + 1, sizes[2]))

    def train(self, x, y, rate=0.02):
        for sample, label in zip(x, y, strict=True):
            inputs = np.append(sample, 1.0)
            v = inputs @ self.W1
            hidden = np.append(np.clip(v, 0, 1), 1.0)
            error = -np.clip(hidden @ self.W2 + 0.5, 0, 1)
            error[label] += 1
            hidden_error = (self.W2[:-1] @ error) * ((v > 0) & (v < 1))
            self.W2 += rate * np.outer(hidden, error)
            self.W1 += rate * np.outer(inputs, hidden_error)


class Ideal:
    """The ideal loop on the frames of a plan."""

    def __init__(self, prepared):
        run, self.plan = prepared.run, prepared.plan
        values = prepared.values
        charge_per_slot = run.read.V_read * run.time.slot
        self.units = np.array([values[name]["charge_unit"] for name in ("hidden1", "output")]) / charge_per_slot
        device = run.device
        self.device = (device.G_min, device.G_max, float(device.evaluate("SET", G=device.G_min)))
        self.thresholds = (values["layer1"]["G_full"], values["layer1"]["G_room"])
        self.G = [G.copy() for pair in prepared.start.values() for G in pair]

    def train(self, chunk):
        slots, dither = chunk.forward_slots.astype(np.int64), chunk.dither
        train_frames(
            slots, chunk.target, dither["hidden1"][:, :-1], dither["output"], chunk.refresh, self.plan.run.time.n_slots,
            *self.G, self.units, chunk.error_gain[0], self.device, self.thresholds,
        )  # fmt: skip


def timed(function, *arguments):
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def main(rounds: int) -> None:
    run_file = Path(__file__).parents[1] / "runs" / "mnist.toml"
    run = Run.load(run_file, {"time.n_slots": 16, "record.pulses": "all", "training.epochs": 1})
    prepared = prepare(run, load())
    ideal, back_propagation = Ideal(prepared), NumpyBackPropagation(run.network.layers)
    print("building the C++ program, unless it is there already ...", flush=True)
    engine = make_engine("standalone", prepared.composition, prepared.values)
    ideal.train(prepared.plan.chunk(0, 2))  # compiles
    ideal = Ideal(prepared)
    seconds = np.zeros((rounds, 3))
    with (
        tempfile.TemporaryDirectory() as folder,
        TraceWriter.create(Path(folder), describe_run(prepared, "standalone")) as writer,
        Session(prepared, writer, None) as session,
    ):
        for row in range(rounds):
            first = session.frame
            while session.frame < first + FRAMES:
                seconds[row, 0] += timed(session.step, engine)
            seconds[row, 0] += timed(session.drain)
            chunk = prepared.plan.chunk(first, session.frame)
            seconds[row, 1] = timed(ideal.train, chunk)
            sample = prepared.plan.columns(first, session.frame)["sample"]
            x, y = prepared.data.x_train[sample], prepared.data.y_train[sample]
            seconds[row, 2] = timed(back_propagation.train, x, y)
            per_frame = seconds[row] / (session.frame - first) * 1e6
            print(
                "frames {:>6}-{:<6} standalone {:6.0f} us, ideal loop {:5.0f} us, NumPy {:5.0f} us".format(
                    first, session.frame, *per_frame
                )
            )
    check(session, ideal)
    per_frame = seconds.sum(axis=0) / session.frame * 1e6
    print("per training frame: standalone {:.0f} us, ideal loop {:.0f} us, NumPy {:.0f} us".format(*per_frame))
    program, loop, numpy = per_frame
    print(f"standalone / NumPy = {program / numpy:.2f}   standalone / ideal loop = {program / loop:.1f}")


def check(session, ideal) -> None:
    """The loop is a yardstick only if it computes the same."""
    pairs = [G for pair in session.conductance.values() for G in pair]
    span = session.prepared.run.device.G_max - session.prepared.run.device.G_min
    differences = np.concatenate([np.abs(a - b).ravel() for a, b in zip(pairs, ideal.G, strict=True)]) / span
    print(f"devices on which loop and simulator agree to 1e-6 of the range: {np.mean(differences < 1e-6):.3%}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4)
