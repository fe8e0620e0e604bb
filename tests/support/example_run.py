"""A small run made up from random numbers, and ways to cut it into commits. As a script: write it, slowly or fast."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from configurations import configuration_of

from pulsenet import Linear, Network, Run
from pulsenet.circuit.schedule import Schedule
from pulsenet.errors import TraceError
from pulsenet.records import Parameter, Parameters
from pulsenet.trace import Commit, Description, TraceWriter

SCHEDULE = Schedule(n_layers=2, n_slots=16, guard_slots=1)
POPULATIONS = {"input": 7, "hidden1": 5, "output": 3}
LAYERS = {"layer1": (7, 4), "layer2": (5, 3)}
COUNTS = ("forward_pulses", "error_pulses", "programming_pulses", "refresh_pulses")
COSTS = tuple(
    f"{kind}_{quantity}" for quantity in ("energy", "time") for kind in ("read", "error", "programming", "refresh")
)


def describe(n_frames: int = 21, **changed) -> Description:
    """The description of a run of nothing that pulsenet knows; ``changed`` goes into its configuration."""
    configuration = {"training": {"epochs": 3, "rate": 0.5}, "layers": [7, 4, 3], "name": "µ"} | changed
    provenance = {"pulsenet": "0.1.0", "equations": "dG/dn = α : siemens\n" * 3, "engine": "none"}
    return Description(configuration, provenance, 1e-7, SCHEDULE, POPULATIONS, LAYERS, 3, n_frames, _parameters())


def _parameters() -> Parameters:
    """Some that are shared, and some of each device."""
    rng = np.random.default_rng(3)
    own = {name: Parameter(rng.random(shape) * 1e-7, "siemens") for name, shape in LAYERS.items()}
    return {
        "hidden1": {"charge_unit": Parameter(2e-14, "coulomb")},
        "layer1": {"V_read": Parameter(0.1, "volt"), "G_min_plus": own["layer1"]},
        "layer2": {"V_read": Parameter(0.1, "volt"), "G_min_plus": own["layer2"]},
    }


def describe_in_full(n_frames: int = 21, code: str = "width") -> Description:
    """The description of a complete run: unidirectional updating by adaptive back-propagation."""
    device = Linear(G_min="0 S", G_max="1 uS", pulses_SET=64, pulses_RESET=64)
    run = Run(network=Network(layers=[6, 4, 3], code=code), device=device)
    assert run.schedule() == SCHEDULE
    return Description(configuration_of(run), {}, 1e-7, SCHEDULE, POPULATIONS, LAYERS, 3, n_frames)


class ExampleRun:
    """Everything that happens in a run, made from a seed, so that it can be cut anywhere.

    Parameters
    ----------
    n_frames : int
    code : str
        ``"width"`` or ``"count"``.
    density : float
        Scales the number of pulses.
    """

    def __init__(self, n_frames: int = 21, code: str = "width", seed: int = 1, density: float = 1.0) -> None:
        self.n_frames, self.code, self.density = n_frames, code, density
        self.rng = np.random.default_rng(seed)
        self.frames = self._frames()
        self.pulses = {
            "input": {"forward": self._forward("input", 0)},
            "hidden1": {"forward": self._forward("hidden1", 1), "error": self._error(4)},
            "output": {"backward": self._backward(), "error": self._error(3), "refresh": self._refresh()},
        }
        self.snapshots = [(frame, self._conductance()) for frame in range(-1, n_frames, 5)]
        self.evaluation = [(n, self.rng.random(), self.rng.integers(0, 99, (3, 3))) for n in range(n_frames // 7)]

    def _frames(self) -> dict[str, np.ndarray]:
        n, rng = self.n_frames, self.rng
        frames = {
            "sample": rng.permutation(n).astype(np.int64),
            "label": rng.integers(0, 3, n, dtype=np.int32),
            "prediction": rng.integers(0, 3, n, dtype=np.int32),
            "learn": rng.random(n) < 0.8,
            "epoch": np.arange(n, dtype=np.int32) // 7,
            "recorded": np.ones(n, bool),
        }
        frames |= {name: rng.integers(0, 2**40, n) for name in COUNTS}
        costs = np.random.default_rng(n)  # of its own, so that no other number depends on the number of these columns
        return frames | {name: costs.random(n) * 1e-9 for name in COSTS}

    def _events(self, n_lines: int, start: int, stop: int, most: int) -> dict[str, np.ndarray]:
        """Pulses in slots ``start`` to ``stop`` of every frame: distinct (slot, line), sorted."""
        found = []
        for frame in range(self.n_frames):
            number = self.rng.integers(0, max(1, int(most * self.density)) + 1)
            cells = self.rng.choice((stop - start) * n_lines, min(number, (stop - start) * n_lines), replace=False)
            slot, line = np.divmod(np.sort(cells), n_lines)
            found.append((slot + start + frame * SCHEDULE.frame_slots, line))
        slot, line = (np.concatenate(values) for values in zip(*found, strict=True))
        return {"slot": slot.astype(np.int64), "line": line.astype(np.int32)}

    def _forward(self, population: str, phase: int) -> dict[str, np.ndarray]:
        start, lines = phase * SCHEDULE.phase_slots, POPULATIONS[population]
        if self.code == "count":
            return self._events(lines, start, start + 16, lines * 8)
        pulses = self._events(lines, start, start + 1, lines)  # one event per line at most
        return pulses | {"width": self.rng.integers(1, 17, len(pulses["slot"]), dtype=np.uint16)}

    def _error(self, neurons: int) -> dict[str, np.ndarray]:
        pulses = self._events(neurons, SCHEDULE.update_start, SCHEDULE.update_start + 16, 6)
        return pulses | {"polarity": self.rng.choice([-1, 1], len(pulses["slot"])).astype(np.int8)}

    def _backward(self) -> dict[str, np.ndarray]:
        pulses = self._events(3, 2 * SCHEDULE.phase_slots, 2 * SCHEDULE.phase_slots + 1, 3)
        count = len(pulses["slot"])
        return pulses | {
            "width": self.rng.integers(1, 17, count, dtype=np.uint16),
            "polarity": self.rng.choice([-1, 1], count).astype(np.int8),
        }

    def _refresh(self) -> dict[str, np.ndarray]:
        """Only in the second half of the run: most commits know nothing of it."""
        pulses = self._events(3, SCHEDULE.refresh_slot, SCHEDULE.refresh_slot + 1, 3)
        keep = pulses["slot"] >= self.n_frames // 2 * SCHEDULE.frame_slots
        pulses = {name: values[keep] for name, values in pulses.items()}
        return pulses | {name: self.rng.integers(0, 9, keep.sum(), dtype=np.int32) for name in ("SET", "RESET")}

    def _conductance(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        return {name: (self.rng.random(shape) * 1e-6, self.rng.random(shape) * 1e-6) for name, shape in LAYERS.items()}

    def commit(self, start: int, stop: int) -> Commit:
        """Frames ``start`` to ``stop`` as a commit."""

        def part(pulses: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
            rows = slice(*np.searchsorted(pulses["slot"], [frame * SCHEDULE.frame_slots for frame in (start, stop)]))
            return {name: values[rows] for name, values in pulses.items()}

        pulses = {
            population: {kind: part(found) for kind, found in kinds.items()}
            for population, kinds in self.pulses.items()
        }
        first = -1 if start == 0 < stop else start
        return Commit(
            frames={name: values[start:stop] for name, values in self.frames.items()},
            pulses=pulses,
            snapshots=[(frame, taken) for frame, taken in self.snapshots if first <= frame < stop],
            evaluation=[one for one in self.evaluation if start <= one[0] * 7 + 6 < stop],
            checkpoint={"next_frame": np.array(stop), "G": self.snapshots[0][1]["layer1"][0] + stop},
        )

    def commits(self, cuts: int | list[int]) -> list[Commit]:
        """The run in commits of ``cuts`` frames, or cut at the frames ``cuts``."""
        inner = list(range(cuts, self.n_frames, cuts)) if isinstance(cuts, int) else sorted(cuts)
        bounds = [0, *inner, self.n_frames]
        return [self.commit(start, stop) for start, stop in zip(bounds, bounds[1:], strict=False)]

    def write(
        self, folder: Path, cuts: int | list[int] = 7, finish: bool = True, description: Description | None = None
    ) -> Path:
        """Write the run; the trace, or the folder if it is not to be finished."""
        with TraceWriter.create(folder, description or describe(self.n_frames)) as writer:
            for commit in self.commits(cuts):
                writer.commit(commit)
            return writer.finish() if finish else folder


def proceed(folder: Path, n_frames: int, step: int) -> None:
    """Begin the run or continue it, whatever state the folder is in, and finish it; tell what is safe."""
    run = ExampleRun(n_frames)
    try:
        writer, checkpoint = TraceWriter.resume(folder, describe(n_frames))
    except TraceError as error:
        if "finished already" in str(error):
            return
        if "holds no run" not in str(error) and "no such folder" not in str(error):
            raise
        writer, checkpoint = TraceWriter.create(folder, describe(n_frames)), None
    with writer:
        start = int(checkpoint["next_frame"]) if checkpoint else 0
        print("safe", start, flush=True)
        for first in range(start, n_frames, step):
            stop = min(n_frames, first + step)
            writer.commit(run.commit(first, stop))
            print("safe", stop, flush=True)
        writer.finish()
        print("finished", flush=True)


def finish(folder: Path) -> bytes:
    """Finish the run in whatever state it is; the bytes of its trace."""
    proceed(folder, 21, 5)
    return (folder / "trace.h5").read_bytes()


if __name__ == "__main__":
    proceed(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
