"""What rules and effects may know of the run that they are part of, beside their own parameters."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

#: Frames for which numbers are drawn at a time: few enough for a processor's cache.
DRAWN_AT_A_TIME = 200


class Purpose(IntEnum):
    """What random numbers are drawn for: no two purposes of a run share their draws."""

    ORDER = 0
    START = 1
    DITHER = 2
    READ_NOISE = 3
    PROPERTIES = 10
    STUCK = 11
    PULSE_NOISE = 12
    PAIRS = 13
    LAW = 14
    VERIFYING = 15
    COINCIDENCE_ERROR = 20
    COINCIDENCE_GATE = 21
    FEEDBACK = 22
    WRITING = 23
    #: And above: for variants from elsewhere, each with a number of its own.
    OWN = 100


@dataclass(frozen=True)
class Setting:
    """A run's seed, shapes, ranges and times.

    Attributes
    ----------
    seed : int
    populations : dict of str to int
        Lines of each population, bias line included; input first.
    layers : dict of str to (int, int)
        Input lines with bias, and neurons, of each weight layer.
    sides : tuple of str
        Of ``"plus"`` and ``"minus"``, those that are devices of the array.
    G_min, G_max : float, siemens
        Range of the nominal device.
    V_read : float, volt
    n_slots : int
        Slots of a phase in which pulses may be high.
    frame_seconds : float
        Duration of a training frame without a refresh.
    """

    seed: int
    populations: dict[str, int]
    layers: dict[str, tuple[int, int]]
    sides: tuple[str, ...]
    G_min: float
    G_max: float
    V_read: float
    n_slots: int
    frame_seconds: float

    @property
    def learning(self) -> dict[str, int]:
        """Populations with an error, all but the input."""
        return dict(list(self.populations.items())[1:])

    def generator(self, purpose: int, *which: int) -> np.random.Generator:
        """Random numbers that depend on the seed, on what they are for, and on ``which`` (layer, side ...) alone."""
        return np.random.default_rng(np.random.SeedSequence((self.seed, int(purpose), *which)))

    def keys(self, purpose: int, number: int, *which: int) -> list[float]:
        """``number`` whole numbers below 2**53: keys for ``uniform`` and ``normal`` in equations."""
        sequence = np.random.SeedSequence((self.seed, int(purpose), *which))
        return [float(key) for key in sequence.generate_state(number, np.uint64) >> np.uint64(11)]

    def per_frame(self, purpose: int, lines: dict[str, int], first: int, last: int) -> dict[str, np.ndarray]:
        """Uniform numbers in [0, 1) that depend on the seed, the purpose and the frame alone.

        Parameters
        ----------
        purpose : int
        lines : dict of str to int
            How many numbers a frame takes, by name.
        first, last : int
            Frames; ``last`` is exclusive.

        Returns
        -------
        dict of float arrays, each of shape (frames, lines)
        """
        names, ends = list(lines), np.cumsum(list(lines.values()))
        draws = -(-int(ends[-1]) // 4)  # of four numbers each: the unit in which Philox can be advanced
        bits = np.random.Philox(np.random.SeedSequence((self.seed, int(purpose)))).advance(first * draws)
        generator = np.random.Generator(bits)
        arrays = {name: np.empty((last - first, size)) for name, size in lines.items()}
        drawn = np.empty((min(last - first, DRAWN_AT_A_TIME), 4 * draws))
        for begin in range(0, last - first, DRAWN_AT_A_TIME):
            some = generator.random(out=drawn[: last - first - begin])
            for name, end in zip(names, ends, strict=True):
                arrays[name][begin : begin + len(some)] = some[:, end - lines[name] : end]
        return arrays
