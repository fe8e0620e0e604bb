"""Small circuits that several tests run, each on an engine that is built once per session."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pytest
from golden import Golden
from hypothesis import settings

from pulsenet import Bidirectional, Exponential, Linear, Network, Read, Run, Time, Training, Unidirectional
from pulsenet.calibrate import calibrate, parameters
from pulsenet.engines.choose import make_engine
from pulsenet.plan import dither, start_conductance
from pulsenet.records import Chunk, ChunkResult

settings.register_profile("pulsenet", deadline=None, derandomize=True, max_examples=20)  # the same examples on every machine
settings.load_profile("pulsenet")


def pytest_configure(config):
    """Of what Brian2 logs, thousands of lines per run, a failing test shows only warnings."""
    config.option.log_level = config.option.log_level or "WARNING"


def cut(chunk: Chunk, first: int, last: int) -> Chunk:
    """Frames ``first`` to ``last`` (exclusive) of a chunk."""
    return Chunk(
        chunk.first_frame + first,
        *(array[first:last] for array in (chunk.forward_slots, chunk.target, chunk.error_gain, chunk.refresh)),
        {name: phases[first:last] for name, phases in chunk.dither.items()},
    )


@dataclass
class Case:
    """A run, and frames for it that exercise everything: random inputs, evaluation frames, frequent refreshes.

    Attributes
    ----------
    run : Run
    frames : int
        The circuit is built for as many.
    """

    run: Run
    frames: int
    _engines: dict = field(default_factory=dict)
    _results: dict = field(default_factory=dict)

    @cached_property
    def chunk(self) -> Chunk:
        run, rng = self.run, np.random.default_rng(self.run.seed)
        n_slots, sizes = run.time.n_slots, run.network.layers
        forward_slots = rng.integers(0, n_slots + 1, (self.frames, sizes[0] + 1)).astype(np.uint16)
        forward_slots[:, -1] = n_slots
        learn = np.arange(self.frames) % 5 != 3
        phases = dither(run, 0, self.frames)
        for drawn in phases.values():  # so near to a whole pulse that single precision would lose it
            drawn[::3] = 1e-8
        return Chunk(
            first_frame=0,
            forward_slots=forward_slots,
            target=rng.integers(0, sizes[-1], self.frames),
            error_gain=learn[:, None] * np.array(run.training.error_gain),
            refresh=learn & (np.arange(self.frames) % 4 == 2) & (run.update.refresh_period() > 0),
            dither=phases,
        )

    @cached_property
    def start(self):
        return start_conductance(self.run, self.run.circuit())

    @cached_property
    def parameters(self):
        x = self.chunk.forward_slots[:, :-1] / self.run.time.n_slots
        return parameters(self.run, calibrate(self.run, self.start, x))

    @property
    def circuit(self):
        return self.run.circuit(self.frames)

    def engine(self, name: str):
        if name == "golden":
            return Golden(self.run, self.parameters)
        if name == "standalone":
            self.engine("numpy")  # so that, if there is something to build, Brian2 has other objects of the same names
        if name not in self._engines:
            self._engines[name] = make_engine(name, self.circuit, self.parameters)
        return self._engines[name]

    def simulate(self, name: str, size: int | None = None) -> ChunkResult:
        """All frames on an engine (or the golden model), ``size`` at a time; once per session."""
        size = size or self.frames
        if (name, size) not in self._results:
            conductance, results = self.start, []
            for first in range(0, self.frames, size):
                chunk = cut(self.chunk, first, min(first + size, self.frames))
                results.append(self.engine(name).run(chunk, conductance))
                conductance = results[-1].conductance
            preactivation = np.concatenate([result.preactivation for result in results])
            self._results[name, size] = ChunkResult(conductance, preactivation, join([r.pulses for r in results]))
        return self._results[name, size]


def join(pieces: list) -> dict:
    """Pulses of successive chunks in one."""
    joined: dict = {}
    for population, kind in dict.fromkeys((p, k) for piece in pieces for p in piece for k in piece[p]):
        parts = [piece[population][kind] for piece in pieces if kind in piece.get(population, {})]
        columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        joined.setdefault(population, {})[kind] = columns
    return joined


def small_run(layers, device, seed, **sections) -> Run:
    """A run of few slots; many error pulses, so that devices reach their bounds and refreshes have work."""
    n_layers = len(layers) - 1
    sections = {"time": Time(n_slots=6), "training": Training(error_gain=[40.0] * (n_layers - 1) + [8.0])} | sections
    network = Network(layers=layers, **{"initial_spread": 0.9, **sections.pop("network", {})})
    return Run(network=network, device=device, seed=seed, **sections)


@pytest.fixture(scope="session")
def one_layer() -> Case:
    """No hidden population, no backward phase; exponential devices, unidirectional with refresh, width code."""
    device = Exponential(G_min="0.1 uS", G_max="5 uS", pulses_SET=20, beta_SET=2, pulses_RESET=12.5, beta_RESET=1)
    update = Unidirectional(refresh_above=0.8, refresh_margin=0.3)
    return Case(small_run([4, 3], device, seed=3, update=update), frames=16)


@pytest.fixture(scope="session")
def two_layers() -> Case:
    """784-200-10 in small: linear devices, unidirectional with refresh, width code."""
    device = Linear(G_min="0.1 uS", G_max="5 uS", pulses_SET=18.5, pulses_RESET=7)
    update = Unidirectional(refresh_above=0.8, refresh_margin=0.3)
    return Case(small_run([5, 4, 3], device, seed=11, update=update), frames=30)


@pytest.fixture(scope="session")
def three_layers() -> Case:
    """Errors that travel on through a hidden population; exponential, bidirectional, count code, hard sigmoids."""
    device = Exponential(G_min="0.1 uS", G_max="5 uS", pulses_SET=30, beta_SET=1.5, pulses_RESET=20, beta_RESET=-0.8)
    sections = {
        "update": Bidirectional(),
        "network": {"activation": "hard-sigmoid", "code": "count"},
        "time": Time(n_slots=7, guard_slots=2, slot="50 ns"),
        "read": Read(V_read="0.2 V"),
    }
    return Case(small_run([5, 4, 3, 3], device, seed=15, **sections), frames=21)


@pytest.fixture(params=["one_layer", "two_layers", "three_layers"])
def case(request) -> Case:
    """Each of the three."""
    return request.getfixturevalue(request.param)
