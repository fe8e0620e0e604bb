"""A process that trains on its first 2000 frames and says how long each part of the way took, in seconds, as JSON.

Started by bench.py: with an empty cache that is the wait for the first result of a new circuit, after a cold start.
"""

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

import json
import sys
import time

from common import RUN_FILE, load

from pulsenet import Run
from pulsenet.engines.choose import make_engine
from pulsenet.training.prepare import prepare

FRAMES = 2000


def main(began: float) -> None:
    """Times from the number that `time.time` gave to the parent just before it started this process."""
    marks = {"imports": time.time() - began}
    run = Run.load(RUN_FILE, {"time.n_slots": 16, "record.pulses": "all", "training.epochs": 1})
    data = load()
    marks["samples"] = time.time() - began
    prepared = prepare(run, data)
    marks["preparation"] = time.time() - began
    engine = make_engine("standalone", prepared.composition, prepared.values)
    marks["program"] = time.time() - began
    engine.run(prepared.plan.chunk(0, FRAMES), prepared.start, {})
    marks["frames"] = time.time() - began
    print(json.dumps(marks), flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]))
