"""What the benchmarks share: the frames, an engine alone, clocks, and what is said about the machine."""

import os
import platform
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import h5py
import numpy as np

from pulsenet import DataError, Dataset, load_data
from pulsenet.engines.program import compiler
from pulsenet.records import Chunk, ChunkResult
from pulsenet.training.prepare import Prepared

RUN_FILE = Path(__file__).parents[1] / "runs" / "mnist.toml"


def load(train: int | None = None, test: int | None = None) -> Dataset:
    """The first samples of MNIST; without MNIST, random inputs of the same density."""
    try:
        data = load_data("mnist")
    except DataError:
        print("MNIST not found: random inputs of the same density stand in, which changes the times a little")
        rng = np.random.default_rng(0)
        x = rng.random((60_000, 784)) * (rng.random((60_000, 784)) < 0.19)
        data = Dataset.from_arrays(x, rng.integers(0, 10, 60_000), x[:10_000], np.arange(10_000) % 10, copy=False)
    return data if train is None and test is None else data.first(train, test)


def timed(function: Callable, *arguments) -> float:
    """Seconds on the clock."""
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


class EngineAlone:
    """An engine that goes through the frames of a run, of which only the devices are kept."""

    def __init__(self, prepared: Prepared, engine):
        self.engine = engine
        self.conductance, self.memory = prepared.start, {}

    def run(self, chunk: Chunk) -> ChunkResult:
        result = self.engine.run(chunk, self.conductance, self.memory)
        self.conductance, self.memory = result.conductance, result.memory
        return result


def stored_bytes(file: h5py.File, tables: tuple[str, ...] = ("frames", "pulses")) -> int:
    """Bytes that tables of a trace, or of a segment of one, take; without HDF5's own structures."""
    sizes = []

    def note(_, item):
        if isinstance(item, h5py.Dataset):
            sizes.append(item.id.get_storage_size())

    for table in tables:
        if table in file:
            file[table].visititems(note)
    return sum(sizes)


def processor_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def machine() -> str:
    """Processor, cores and versions, in one line."""
    packages = ", ".join(f"{package} {version(package)}" for package in ("pulsenet", "numpy", "h5py", "brian2"))
    found = compiler.compiler()
    cpp = compiler.version_of(found) if found else "no C++ compiler"
    return (
        f"{processor_name()}, {os.cpu_count()} cores, extensions: {compiler.processor()}; "
        f"Python {platform.python_version()}, {packages}; {cpp}"
    )
