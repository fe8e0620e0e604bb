"""Time, memory and bytes of trace as networks, phases and depth grow: the engine alone, with all pulses recorded.

Each row is a run of its own on MNIST, in two fresh processes: one builds the program and takes times, and writes the
trace; the other, with the program in the cache, takes the memory.

- *ns per device*: time per device that a pulse reaches. Forward and backward pulses reach a row or column of device
  pairs, programming pulses one device each. Were it the same in all rows, a frame would cost what its pulses cost.
- *MB*: the most resident memory while the engine is made and runs two chunks, beyond what was there when the run was
  prepared, without the pulses and tallies that it gives back; *bytes per pair*: how much of it came while it ran, per
  device pair. The conductances at the start (16 bytes per pair) were there before. Linux only.
- *MB to build*: the same of the process that built the program, with Brian2.
- *tallies*: what the sums of each neuron and frame take in a chunk of 2000 frames, divided by the device pairs.
- *bytes of trace*: of the tables of frames and pulses as stored, a frame.

Run: python benchmarks/scale.py [part of a name ...]
"""

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np
from common import RUN_FILE, EngineAlone, load, machine, stored_bytes, timed

from pulsenet import Dataset, Run
from pulsenet.circuit.circuit import Circuit
from pulsenet.engines.choose import make_engine
from pulsenet.records import ChunkResult
from pulsenet.trace import TraceWriter
from pulsenet.training.prepare import CHUNK_FRAMES, Prepared, describe_run, prepare
from pulsenet.training.session import Session

#: Layers, slots, frames (of each of `REPEATS` chunks), variation.
EFFECTS = {"dtod_step": 0.1, "dtod_G_max": 0.1, "stuck_G_min": 0.01, "drift_exponent": 0.01, "drift_onset": "1 ms"}
ROWS = {
    "784-50-10": ([784, 50, 10], 16, 1000, {}),
    "784-200-10": ([784, 200, 10], 16, 1000, {}),
    "784-1000-10": ([784, 1000, 10], 16, 400, {}),
    "784-4000-10": ([784, 4000, 10], 16, 200, {}),
    "784-500-300-10": ([784, 500, 300, 10], 16, 400, {}),
    "784-200-10, 64 slots": ([784, 200, 10], 64, 600, {}),
    "784-200-10, 256 slots": ([784, 200, 10], 256, 300, {}),
    "784-100x4-10": ([784, 100, 100, 100, 100, 10], 16, 600, {}),
    "784-100x8-10": ([784, *[100] * 8, 10], 16, 600, {}),
    "784-1000-10, spread, stuck, drift": ([784, 1000, 10], 16, 200, EFFECTS),
}
REPEATS, MOST = 3, 3000
HEADS = (
    "network, 16 slots", "1000 pairs", "us a frame", "pulses a frame", "1000 devices reached", "ns per device",
    "build, s", "MB to build", "bytes of trace", "MB", "bytes per pair", "tallies, bytes per pair",
)  # fmt: skip


def prepared_row(name: str, samples: Path) -> Prepared:
    layers, slots, frames, variation = ROWS[name]
    overrides = {"network.layers": layers, "time.n_slots": slots, "record.pulses": "all", "training.epochs": 1}
    with np.load(samples) as file:
        data = Dataset.from_arrays(file["x"][: REPEATS * frames], file["y"][: REPEATS * frames])
    prepared = prepare(Run.load(RUN_FILE, overrides | {"variation": variation}), data)
    prepared.plan.chunk(0, 1)
    return prepared


def devices_reached(circuit: Circuit, result: ChunkResult) -> float:
    """Devices that all pulses of a chunk reach."""
    names, sizes = circuit.population_names, list(circuit.populations.values())
    total = 0.0
    for number, name in enumerate(names):
        kinds = result.pulses.get(name, {})
        if number + 1 < len(names):
            total += len(kinds["forward"]["slot"]) * 2 * circuit.sizes[number + 1]
        if "backward" in kinds:
            total += len(kinds["backward"]["slot"]) * 2 * sizes[number - 1]
    return total + sum(float(sums["programming_pulses"].sum()) for sums in result.tally.values())


def bytes_of(result: ChunkResult) -> tuple[int, int]:
    """Bytes of all columns of recorded pulses, and of all tallies."""
    columns = [column for kinds in result.pulses.values() for pulses in kinds.values() for column in pulses.values()]
    tallies = [values for sums in result.tally.values() for values in sums.values()]
    return sum(column.nbytes for column in columns), sum(values.nbytes for values in tallies)


def times(name: str, samples: Path) -> dict[str, float]:
    """What is on the clock, and bytes of trace. The cache must be empty."""
    prepared, frames = prepared_row(name, samples), ROWS[name][2]
    before = begin_anew()
    import pulsenet.engines.program.source  # noqa: F401, and with it Brian2

    start = time.perf_counter()
    engine = make_engine("standalone", prepared.composition, prepared.values)
    built, to_build = time.perf_counter() - start, resident("VmHWM") - before
    alone, spent = EngineAlone(prepared, engine), []
    reached = pulses = 0.0
    for first in range(0, REPEATS * frames, frames):
        chunk = prepared.plan.chunk(first, first + frames)
        start = time.thread_time()
        result = alone.run(chunk)
        seconds = time.thread_time() - start
        pulses += sum(len(kind["slot"]) for kinds in result.pulses.values() for kind in kinds.values())
        here = devices_reached(prepared.circuit, result)
        reached += here
        spent.append((seconds / frames, seconds / here))
    return {
        "microseconds": min(each for each, _ in spent) * 1e6,
        "nanoseconds": min(each for _, each in spent) * 1e9,
        "pulses": pulses / REPEATS / frames,
        "reached": reached / REPEATS / frames,
        "build": built,
        "to_build": to_build,
        "trace": trace_bytes(prepared, engine),
    }


def trace_bytes(prepared: Prepared, engine) -> float:
    """Bytes a frame."""
    with tempfile.TemporaryDirectory() as folder:
        with TraceWriter.create(Path(folder), describe_run(prepared, "standalone")) as writer:
            with Session(prepared, writer, None) as session:
                while session.frame < prepared.plan.n_frames:
                    session.step(engine)
            trace = writer.finish()
        with h5py.File(trace) as file:
            return stored_bytes(file) / prepared.plan.n_frames


def resident(line: str) -> int:
    """Bytes that are resident now (VmRSS), or were at most (VmHWM)."""
    for text in Path("/proc/self/status").read_text().splitlines():
        if text.startswith(line):
            return int(text.split()[1]) * 1024
    raise OSError(f"no {line}")


def begin_anew() -> int:
    """Forget how much was resident at most; bytes that are resident now."""
    Path("/proc/self/clear_refs").write_text("5")
    return resident("VmRSS")


def memory(name: str, samples: Path) -> dict[str, float]:
    """Bytes. The program must be in the cache."""
    prepared, frames = prepared_row(name, samples), ROWS[name][2]
    chunks = [prepared.plan.chunk(first, first + frames) for first in range(0, 2 * frames, frames)]
    before = begin_anew()
    alone = EngineAlone(prepared, make_engine("standalone", prepared.composition, prepared.values))
    made = resident("VmHWM") - before
    for chunk in chunks:
        recorded, tallies = bytes_of(alone.run(chunk))
    peak = resident("VmHWM") - before - recorded - tallies
    return {"made": made, "peak": peak, "recorded": recorded, "tallies": tallies * CHUNK_FRAMES / frames}


def in_a_process(what: str, name: str, samples: Path, cache: str) -> dict[str, float] | None:
    """What a function of this file says about a row; None if its process fails."""
    # Large arrays go back to the system as soon as nobody needs them.
    settings = {"PULSENET_CACHE": cache} | ({"MALLOC_MMAP_THRESHOLD_": "131072"} if what == "memory" else {})
    command = [sys.executable, __file__, "--only", what, name, str(samples)]
    done = subprocess.run(command, env=os.environ | settings, capture_output=True, text=True)
    if done.returncode:
        print(f"{name}, {what}: fails ({done.returncode}) {done.stderr.strip().splitlines()[-1:]}", flush=True)
        return None
    return json.loads(done.stdout.splitlines()[-1])


def pairs(name: str) -> int:
    layers = ROWS[name][0]
    return sum((n_in + 1) * n_out for n_in, n_out in zip(layers[:-1], layers[1:], strict=True))


def row(name: str, samples: Path) -> str:
    """A line of the table."""
    with tempfile.TemporaryDirectory() as cache:
        time_, memory_ = (in_a_process(what, name, samples, cache) for what in ("times", "memory"))
    cells = [name, f"{pairs(name) / 1e3:.0f}"]
    if time_:
        cells += [f"{time_['microseconds']:.0f}", f"{time_['pulses']:.0f}", f"{time_['reached'] / 1e3:.0f}"]
        cells += [f"{time_['nanoseconds']:.2f}", f"{time_['build']:.1f}"]
        cells += [f"{time_['to_build'] / 1e6:.0f}", f"{time_['trace']:.0f}"]
    else:
        cells += ["-"] * 7
    if memory_:
        cells += [f"{memory_['peak'] / 1e6:.1f}", f"{(memory_['peak'] - memory_['made']) / pairs(name):.0f}"]
        cells += [f"{memory_['tallies'] / pairs(name):.0f}"]
    else:
        cells += ["-"] * 3
    return f"| {' | '.join(cells)} |"


def main(wanted: list[str]) -> None:
    data = load(MOST, 0)
    with tempfile.TemporaryDirectory() as folder:
        samples = Path(folder) / "samples.npz"
        np.savez(samples, x=data.x_train, y=data.y_train)
        print(f"| {' | '.join(HEADS)} |\n{'|---' * len(HEADS)}|", flush=True)
        took = 0.0
        for name in ROWS:
            if not wanted or any(part in name for part in wanted):
                took += timed(lambda name=name: print(row(name, samples), flush=True))
    print(f"\n{machine()}; {took:.0f} s")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--only"]:
        print(json.dumps({"times": times, "memory": memory}[sys.argv[2]](sys.argv[3], Path(sys.argv[4]))))
    else:
        main(sys.argv[1:])
