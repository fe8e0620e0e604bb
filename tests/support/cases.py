"""Small circuits with frames that exercise everything, and what several tests do with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from golden import Golden

from pulsenet import Network, Run, Time, Training
from pulsenet.circuit.composition import compose
from pulsenet.engines.choose import make_engine
from pulsenet.records import Chunk, ChunkResult
from pulsenet.training.calibrate import calibrate
from pulsenet.training.clock import timed
from pulsenet.training.plan import dither, fed, start_conductance
from pulsenet.training.values import parameters, setting_of


def cut(chunk: Chunk, first: int, last: int) -> Chunk:
    """Frames ``first`` to ``last`` (exclusive) of a chunk."""
    return chunk.cut(first, last)


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
        n_slots, sizes, effects = run.time.n_slots, run.network.layers, run.variation.effects
        forward_slots = rng.integers(0, n_slots + 1, (self.frames, sizes[0] + 1)).astype(np.uint16)
        forward_slots[:, -1] = n_slots
        learn = np.arange(self.frames) % 5 != 3
        phases = dither(self.setting, 0, self.frames)
        for drawn in phases.values():  # so near to a whole pulse that single precision would lose it
            drawn[::3] = 1e-8
        return Chunk(
            first_frame=0,
            forward_slots=forward_slots,
            target=rng.integers(0, sizes[-1], self.frames),
            error_gain=learn[:, None] * np.array(run.training.error_gain),
            refresh=learn & (np.arange(self.frames) % 4 == 2) & (run.update.refresh_period() > 0),
            dither=phases,
            batch=learn & (np.arange(self.frames) % 4 == 1),
            effects=fed(effects, self.setting, 0, self.frames)
            | timed(effects, self.setting, 0, self.frames, self.starts),
        )

    @property
    def starts(self) -> np.ndarray:
        """When frames begin, in seconds: after frames of durations that differ, as refreshes and evaluation do."""
        seconds = self.setting.frame_seconds * (0.5 + np.arange(self.frames) % 4)
        return np.concatenate([[0.0], np.cumsum(seconds)])

    @cached_property
    def circuit(self):
        return self.run.circuit(self.frames)

    @cached_property
    def composition(self):
        return compose(self.circuit)

    @cached_property
    def setting(self):
        return setting_of(self.run, self.circuit)

    @cached_property
    def start(self):
        return start_conductance(self.run, self.circuit, self.setting)

    @cached_property
    def calibration(self):
        x = self.chunk.forward_slots[:, :-1] / self.run.time.n_slots
        return calibrate(self.run, self.setting, self.start, x)

    @cached_property
    def parameters(self):
        return parameters(self.run, self.circuit, self.setting, self.calibration)

    def engine(self, name: str):
        if name == "golden":
            return Golden(self.run, self.parameters)
        if name not in self._engines:
            self._engines[name] = make_engine(name, self.composition, self.parameters)
        return self._engines[name]

    def simulate(self, name: str, size: int | None = None) -> ChunkResult:
        """All frames on an engine (or the golden model), ``size`` at a time; once per session."""
        size = size or self.frames
        if (name, size) not in self._results:
            conductance, memory, results = self.start, {}, []
            for first in range(0, self.frames, size):
                chunk = cut(self.chunk, first, min(first + size, self.frames))
                carried = (conductance,) if name == "golden" else (conductance, memory)
                results.append(self.engine(name).run(chunk, *carried))
                conductance, memory = results[-1].conductance, results[-1].memory
            preactivation = np.concatenate([result.preactivation for result in results])
            self._results[name, size] = ChunkResult(
                conductance,
                preactivation,
                join([r.pulses for r in results]),
                memory,
                join([r.tally for r in results], depth=1),
                rows=join([r.rows for r in results], depth=1),
            )
        return self._results[name, size]


def join(pieces: list, depth: int = 2) -> dict:
    """Pulses (or, with a depth of 1, tallies) of successive chunks in one."""
    joined: dict = {}
    if depth == 1:
        return {p: {n: np.concatenate([piece[p][n] for piece in pieces]) for n in pieces[0][p]} for p in pieces[0]}
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
