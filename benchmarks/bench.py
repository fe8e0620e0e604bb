"""Time per training frame, in one run: the engine, the whole step with its trace, an ideal compiled loop, and NumPy.

All train the network of runs/mnist.toml at 16 slots on the same frames, in turns within each round, and every pulse and
tally is recorded. The numerics have one thread each. What is timed:

- *engine alone*: `engine.run` of chunks that are ready, and nothing is done with what it gives back; once as built for
  this processor, once as built for any (PULSENET_PROCESSOR=baseline);
- *whole step*: a `Session`, as in any run. It makes inputs, counts pulses, looks for what is wrong and writes the trace
  in two more threads; so there is its time on the clock and the processor time of all threads. Each round ends with a
  wait for its last chunk to be safe; a run has one such wait in all;
- *join*: `TraceWriter.finish`, which makes one file of all commits. For it the run is complete: it has as many training
  samples as frames are timed, and 100 for test, which are not timed but joined;
- *first result*: from the start of a process to the result of its first 2000 frames, with an empty cache and again;
- *aihwkit*, where it is installed.

Building programs is not included but in the first result. Without MNIST, random inputs of the same density stand in.

Run: make bench   (or: python benchmarks/bench.py [frames])
"""

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

import json
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from common import RUN_FILE, EngineAlone, load, machine, timed
from yardsticks import Ideal, NumpyBackPropagation, aihwkit_frames_per_second

from pulsenet import Run
from pulsenet.engines.choose import make_engine
from pulsenet.engines.program import compiler
from pulsenet.trace import TraceWriter
from pulsenet.training.prepare import Prepared, describe_run, prepare
from pulsenet.training.session import Session

FRAMES, ROUND, TEST = 24_000, 6000, 100
STARTS = 3  # cold, and as many warm


@contextmanager
def built_for(processor: str):
    """Programs are built, and found, for one of the processors that the compiler knows."""
    before = os.environ.get("PULSENET_PROCESSOR")
    os.environ["PULSENET_PROCESSOR"] = processor
    try:
        yield
    finally:
        del os.environ["PULSENET_PROCESSOR"]
        if before is not None:
            os.environ["PULSENET_PROCESSOR"] = before


class WholeStep:
    """A session that trains round by round."""

    def __init__(self, session: Session, engine):
        self.session, self.engine, self.waited = session, engine, 0.0

    def until(self, last: int) -> None:
        while self.session.frame < last:
            self.session.step(self.engine)
        self.waited += timed(self.session.drain)


class Turns:
    """All that is timed, on the frames of one run. Each entry of ``timed`` holds seconds a frame, round by round."""

    def __init__(self, prepared: Prepared, session: Session):
        self.prepared = prepared
        sizes = prepared.run.network.layers
        engines = {}
        for processor in dict.fromkeys((compiler.processor(), "baseline")):
            with built_for(processor):
                engines[processor] = make_engine("standalone", prepared.composition, prepared.values)
        whole = make_engine("standalone", prepared.composition, prepared.values)
        self.whole, self.back_propagation = WholeStep(session, whole), NumpyBackPropagation(sizes)
        Ideal(prepared).train(prepared.plan.chunk(0, 2))  # compiles
        self.ideal = Ideal(prepared)
        self.alone = {f"engine alone, {name}": EngineAlone(prepared, engine) for name, engine in engines.items()}
        self.seconds: dict[str, list[float]] = {}

    def round(self, first: int, last: int) -> None:
        """Train all on some frames; who begins changes from round to round."""
        plan, size = self.prepared.plan, self.prepared.circuit.chunk_frames
        chunks = [plan.chunk(start, min(start + size, last)) for start in range(first, last, size)]
        sample = plan.columns(first, last)["sample"]
        x, y = self.prepared.data.x_train[sample], self.prepared.data.y_train[sample]
        turns = {
            "ideal loop": lambda: [self.ideal.train(chunk) for chunk in chunks],
            "NumPy back-propagation": lambda: self.back_propagation.train(x, y),
            **{name: lambda alone=alone: [alone.run(chunk) for chunk in chunks] for name, alone in self.alone.items()},
            "whole step": lambda: self.whole.until(last),
        }
        begin = first // ROUND % len(turns)
        for name in [*turns, *turns][begin : begin + len(turns)]:
            processor = time.process_time()
            took = {name: timed(turns[name])}
            if name == "whole step":
                took["whole step, processor time"] = time.process_time() - processor
            for entry, seconds in took.items():
                self.seconds.setdefault(entry, []).append(seconds / (last - first))


def train(prepared: Prepared, frames: int, folder: Path) -> dict[str, list[float]]:
    """Seconds a frame of all that is timed."""
    with TraceWriter.create(folder, describe_run(prepared, "standalone")) as writer:
        with Session(prepared, writer, None) as session:
            turns = Turns(prepared, session)
            for first in range(0, frames, ROUND):
                last = min(first + ROUND, frames)
                turns.round(first, last)
                times = (f"{name} {seconds[-1] * 1e6:.0f}" for name, seconds in turns.seconds.items())
                print(f"frames {first}-{last}, us a frame: {', '.join(times)}", flush=True)
            waited, agreement = turns.whole.waited, turns.ideal.agreement(session.conductance)
            turns.whole.until(prepared.plan.n_frames)
        processor = time.process_time()
        joined = timed(writer.finish)
    processor, n = time.process_time() - processor, prepared.plan.n_frames
    print(f"devices on which loop and simulator agree to 1e-6 of the range: {agreement:.3%}")
    print(f"of the whole step, waiting at the end of each round: {waited / frames * 1e6:.1f} us a frame")
    size = (folder / "trace.h5").stat().st_size / n
    print(f"join of {n} frames: {joined:.2f} s, {processor:.2f} s of processor time; {size:.0f} bytes of trace a frame")
    whole = [seconds + joined / n for seconds in turns.seconds["whole step"]]
    return turns.seconds | {"final join": [joined / n], "whole step and join": whole}


def first_results() -> dict[str, dict[str, float]]:
    """Seconds until the first result after a cold and a warm start, and after each part of the way: medians."""
    script, found = Path(__file__).parent / "first_result.py", {"cold": [], "warm": []}
    for _ in range(STARTS):
        with tempfile.TemporaryDirectory() as cache:
            for start in found:
                began = time.time()
                command = [sys.executable, script, repr(began)]
                environment = os.environ | {"PULSENET_CACHE": cache}
                process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
                with process:
                    marks = json.loads([line for line in process.stdout if line.startswith("{")][-1])
                found[start].append(marks)
    return {
        start: {part: float(np.median([marks[part] for marks in several])) for part in several[0]}
        for start, several in found.items()
    }


def print_table(seconds: dict[str, list[float]]) -> None:
    """Medians over the rounds: of times, and of ratios within a round; for the README."""
    loop, numpy = (np.array(seconds[name]) for name in ("ideal loop", "NumPy back-propagation"))
    print("\n| per training frame | us | x ideal loop | x NumPy |\n|---|---|---|---|")
    for name, several in seconds.items():
        by_loop, by_numpy = (np.median(np.array(several) / other) for other in (loop, numpy))
        print(f"| {name} | {np.median(several) * 1e6:.0f} | {by_loop:.2f} | {by_numpy:.2f} |")


def print_first_results(starts: dict[str, dict[str, float]]) -> None:
    print("\n| first result (2000 frames) | s | seconds gone after |\n|---|---|---|")
    for start, marks in starts.items():
        parts = ", ".join(f"{part} {seconds:.2f}" for part, seconds in marks.items())
        print(f"| {start} | {marks['frames']:.1f} | {parts} |")


def print_aihwkit(prepared: Prepared, numpy: float, whole: float) -> None:
    x, y = prepared.data.x_train[:2000], prepared.data.y_train[:2000]
    rate = aihwkit_frames_per_second(prepared.run.network.layers, x, y)
    if rate is None:
        print("\naihwkit is not installed here, so it was not timed; for a comparison: pip install aihwkit")
        return
    print(
        f"\naihwkit, one sample at a time, one thread: {rate:.0f} frames a second; "
        f"whole step {1 / whole / rate:.2f} x as many, NumPy {1 / numpy / rate:.2f} x as many"
    )


def main(frames: int) -> None:
    print(machine(), flush=True)
    run = Run.load(RUN_FILE, {"time.n_slots": 16, "record.pulses": "all", "training.epochs": 1})
    prepared = prepare(run, load(frames, TEST))
    with tempfile.TemporaryDirectory() as folder:
        seconds = train(prepared, frames, Path(folder))
    starts = first_results()
    print_table(seconds)
    print(f"\n{machine()}; {frames} frames, {len(seconds['ideal loop'])} rounds")
    print_first_results(starts)
    print_aihwkit(prepared, *(float(np.median(seconds[name])) for name in ("NumPy back-propagation", "whole step")))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else FRAMES)
