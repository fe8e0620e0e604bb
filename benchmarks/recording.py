"""Cost of recording: training with every pulse in the trace, against the same training with no pulse in it.

Both train the network of runs/mnist.toml at 16 slots on the same frames, in turns, with a trace each. Without pulses,
the program only counts them. The ratio is that of processor time (of all threads of this process; user and system),
which other programs on the machine disturb less than the time on the clock. Bytes are those of the tables of frames and
pulses as stored, without checkpoints, snapshots and what says where they are.

Run: python benchmarks/recording.py [frames] [rounds]
"""

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

import statistics
import sys
import tempfile
import time
from pathlib import Path

from common import RUN_FILE, load

from pulsenet import Run
from pulsenet.engines.choose import make_engine
from pulsenet.trace import TraceWriter, segments
from pulsenet.trace.archive import Archive
from pulsenet.training.prepare import describe_run, prepare
from pulsenet.training.session import Session


class Training:
    """A training run with its own trace, part by part."""

    def __init__(self, pulses: str, data, folder: Path) -> None:
        run = Run.load(RUN_FILE, {"time.n_slots": 16, "record.pulses": pulses, "training.epochs": 1})
        prepared = prepare(run, data)
        prepared.plan.chunk(0, 1)  # encodes all samples, once
        self.folder = folder
        self.writer = TraceWriter.create(folder, describe_run(prepared, "standalone"))
        self.session = Session(prepared, self.writer, None)
        self.engine = make_engine("standalone", prepared.composition, prepared.values)

    def part(self, frames: int) -> tuple[float, float]:
        """Train so many frames or a few more; seconds of processor time and on the clock."""
        until = self.session.frame + frames
        clock, processor = time.perf_counter(), processor_time()
        while self.session.frame < until:
            self.session.step(self.engine)
        self.session.drain()
        return processor_time() - processor, time.perf_counter() - clock

    def bytes_per_frame(self) -> float:
        """Bytes in the segments for frames and pulses."""
        total = 0
        for path in segments.ours(self.folder)[1:]:
            with Archive(path) as file:
                total += sum(file.size(name) for name in file.names if name.startswith(("frames/", "pulses/")))
        return total / self.session.frame


def processor_time() -> float:
    return sum(os.times()[:4])


def main(frames: int, rounds: int) -> None:
    data = load()
    with tempfile.TemporaryDirectory() as folder:
        print("building the C++ program, unless it is there already ...", flush=True)
        runs = {pulses: Training(pulses, data, Path(folder, pulses)) for pulses in ("all", "none")}
        ratios = []
        for number in range(rounds):
            order = ("all", "none") if number % 2 else ("none", "all")
            took = {pulses: runs[pulses].part(frames) for pulses in order}
            ratios.append([a / b for a, b in zip(took["all"], took["none"], strict=True)])
            print(f"round {number + 1}, seconds of processor time (on the clock):", end=" ")
            print(
                "every pulse {:.2f} ({:.2f}),".format(*took["all"]),
                "none {:.2f} ({:.2f}),".format(*took["none"]),
                end=" ",
            )
            print("ratio {:.2f} ({:.2f})".format(*ratios[-1]), flush=True)
        medians = [statistics.median(values) for values in zip(*ratios, strict=True)]
        print("every pulse / none, median: {:.2f} in processor time ({:.2f} on the clock)".format(*medians))
        print(
            "bytes per frame: every pulse {:.0f}, none {:.0f}".format(*(run.bytes_per_frame() for run in runs.values()))
        )
        for training in runs.values():
            training.session.close()
            training.writer.close()


if __name__ == "__main__":
    given = [int(text) for text in sys.argv[1:]]
    main(*(given + [6000, 4][len(given) :]))
