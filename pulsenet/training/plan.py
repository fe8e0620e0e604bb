"""The frames of a run: which sample when, learning or not, and every random draw.

Whatever is drawn depends on the seed and the epoch or frame number alone, never on how the run is cut into chunks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pulsenet.circuit.circuit import Circuit
from pulsenet.data.dataset import Dataset
from pulsenet.describe.run import Run
from pulsenet.records import Chunk, Conductances
from pulsenet.seams.effects import Devices, Effect, drawn
from pulsenet.seams.setting import Purpose, Setting

#: Bytes up to which all samples are kept as slots; of more than that, every chunk encodes its own.
MOST_KEPT = 512 * 2**20
#: Samples that are encoded at a time: few enough for a processor's cache.
ENCODED_AT_A_TIME = 100


@dataclass(frozen=True)
class Part:
    """Frames that an engine gets at a time.

    Attributes
    ----------
    chunk : Chunk
        What the engine takes.
    columns : dict of arrays, shape (frames,)
        What the trace says of these frames and the plan knows: `Plan.columns`, and ``recorded``.
    is_stop : bool
        Whether the conductances after the last frame are wanted.
    """

    chunk: Chunk
    columns: dict[str, np.ndarray]
    is_stop: bool

    @property
    def first(self) -> int:
        """Number of the first frame."""
        return self.chunk.first_frame

    @property
    def last(self) -> int:
        """Number of the frame after the last."""
        return self.chunk.first_frame + self.chunk.n_frames


@dataclass(frozen=True)
class Plan:
    """All frames of a run, in order: per epoch the training samples, shuffled, then the test samples.

    Parameters
    ----------
    run : Run
    setting : Setting
    data : Dataset
    error_gain : float, shape (L,)
        In the first epoch.
    """

    run: Run
    setting: Setting
    data: Dataset
    error_gain: np.ndarray

    @property
    def n_train(self) -> int:
        """Training frames per epoch."""
        return len(self.data.y_train)

    @property
    def epoch_frames(self) -> int:
        """Frames per epoch, evaluation included."""
        return self.n_train + len(self.data.y_test)

    @property
    def n_frames(self) -> int:
        """Frames of the run."""
        return self.run.training.epochs * self.epoch_frames

    def stops(self) -> list[int]:
        """Frame counts at which the conductances are wanted.

        Parts of each epoch's training, each epoch's end, and where frames begin of which waveforms are wanted.
        """
        parts = self.run.record.snapshots
        within = {self.n_train * part // parts for part in range(1, parts)} | {self.epoch_frames}
        regular = {epoch * self.epoch_frames + stop for epoch in range(self.run.training.epochs) for stop in within}
        return sorted((regular | set(self.run.record.waveforms)) - {0})

    def recorded(self, first: int, last: int) -> np.ndarray:
        """Of which frames, ``first`` to ``last`` (exclusive), pulses are recorded: bool, shape (frames,)."""
        wanted, frame = self.run.record.pulses, np.arange(first, last)
        if isinstance(wanted, str):
            regular = np.full(last - first, wanted == "all")
        else:
            position = frame % self.epoch_frames
            regular = np.where(position < self.n_train, position, position - self.n_train) < wanted
        return regular | np.isin(frame, self.run.record.waveforms)

    def columns(self, first: int, last: int) -> dict[str, np.ndarray]:
        """Sample, label, learn flag and epoch (from 1) of frames ``first`` to ``last`` (exclusive)."""
        epoch, position = np.divmod(np.arange(first, last), self.epoch_frames)
        learn = position < self.n_train
        row = position.copy()  # among all samples, those for training first
        for number in np.unique(epoch[learn]):
            chosen = learn & (epoch == number)
            row[chosen] = self._order(int(number))[position[chosen]]
        return {
            "sample": np.where(learn, row, row - self.n_train),
            "label": self._labels[row],
            "learn": learn,
            "epoch": (epoch + 1).astype(np.int32),
        }

    def chunk(self, first: int, last: int) -> Chunk:
        """The data of frames ``first`` to ``last`` (exclusive), as an engine takes them.

        What follows from the time of the hardware is not among it: see `pulsenet.training.clock`.
        """
        return self._chunk(first, last, self.columns(first, last))

    def part(self, first: int, most: int) -> Part:
        """At most so many frames from ``first`` on, and none past the next stop."""
        stop = int(self._stops[np.searchsorted(self._stops, first, side="right")])
        last = min(first + most, stop)
        columns = self.columns(first, last)
        chunk = self._chunk(first, last, columns)
        return Part(chunk, columns | {"recorded": chunk.recorded}, last == stop)

    def _chunk(self, first: int, last: int, columns: dict[str, np.ndarray]) -> Chunk:
        learn, epoch = columns["learn"], columns["epoch"]
        return Chunk(
            first_frame=first,
            forward_slots=self._forward_slots(learn, columns["sample"]),
            target=columns["label"],
            error_gain=learn[:, None] * self.error_gain * self.run.training.error_gain_factor(epoch[:, None]),
            refresh=np.where(learn, self.run.update.turn(self._trained(first, last)), 0),
            dither=dither(self.setting, first, last),
            batch=self._every(self.run.rule.batch_frames(), first, last, learn),
            effects=fed(self.run.variation.effects, self.setting, first, last),
            recorded=self.recorded(first, last),
        )

    def encode(self, x: np.ndarray) -> np.ndarray:
        """Slots for which each input line is high, with the bias line, for inputs in [0, 1]."""
        n_slots = self.run.time.n_slots
        slots = np.empty((len(x), x.shape[1] + 1), np.uint16)
        slots[:, :-1] = n_slots * x + 0.5  # an integer takes the whole part
        slots[:, -1] = n_slots
        return slots

    def _forward_slots(self, learn: np.ndarray, sample: np.ndarray) -> np.ndarray:
        """Slots of the samples of some frames."""
        number = np.where(learn, sample, sample + self.n_train)  # among all, those for training first
        if self._kept is None:
            return self.encode(self._samples(number))
        slots, known = self._kept
        new = np.unique(number[~known[number]])
        for first in range(0, len(new), ENCODED_AT_A_TIME):
            some = new[first : first + ENCODED_AT_A_TIME]
            slots[some] = self.encode(self._samples(some))
        known[new] = True
        return slots.take(number, axis=0)

    def _samples(self, number: np.ndarray) -> np.ndarray:
        """Samples by their number among all."""
        learn, x = number < self.n_train, np.empty((len(number), self.data.n_features))
        x[learn], x[~learn] = self.data.train[number[learn]], self.data.test[number[~learn] - self.n_train]
        return x

    @cached_property
    def _kept(self) -> tuple[np.ndarray, np.ndarray] | None:
        """All samples as slots, and which are there already; None if they would take too much memory."""
        slots = np.empty((self.epoch_frames, self.data.n_features + 1), np.uint16)  # no memory yet
        return (slots, np.zeros(self.epoch_frames, bool)) if slots.nbytes <= MOST_KEPT else None

    @cached_property
    def _labels(self) -> np.ndarray:
        """Labels of all samples, those for training first."""
        return np.concatenate([self.data.y_train, self.data.y_test]).astype(np.int32)

    @cached_property
    def _stops(self) -> np.ndarray:
        return np.array(self.stops())

    @cached_property
    def _orders(self) -> dict[int, np.ndarray]:
        return {}

    def _order(self, epoch: int) -> np.ndarray:
        """Training samples in the order of an epoch (from 0); the last that was asked for is kept."""
        order = self._orders.get(epoch)
        if order is None:
            order = self.setting.generator(Purpose.ORDER, epoch).permutation(self.n_train)
            self._orders.clear()
            self._orders[epoch] = order
        return order

    def _every(self, period: int, first: int, last: int, learn: np.ndarray) -> np.ndarray:
        """Every so many frames (0: never); only training frames count, since only they program devices."""
        if not period:
            return np.zeros(last - first, dtype=bool)
        return learn & (self._trained(first, last) % period == 0)

    def _trained(self, first: int, last: int) -> np.ndarray:
        """Training frames up to and with each of the training frames ``first`` to ``last`` (exclusive)."""
        epoch, position = np.divmod(np.arange(first, last), self.epoch_frames)
        return epoch * self.n_train + position + 1


def start_conductance(run: Run, circuit: Circuit, setting: Setting) -> Conductances:
    """Conductances before training: uniform over the part of each device's range where the update method wants them.

    A stuck device is where it stays.

    Returns
    -------
    dict of (G_plus, G_minus), each of shape (n_in + 1, n_out), siemens
    """
    pairs = drawn(circuit.device, circuit.effects, setting)
    return {
        name: tuple(_start(run, setting, devices, layer, side) for side, devices in enumerate(pair))
        for layer, (name, pair) in enumerate(pairs.items())
    }


def _start(run: Run, setting: Setting, devices: Devices, layer: int, side: int) -> np.ndarray:
    law, shape = devices.law, devices.stuck.shape
    span = law.G_max - law.G_min
    low, high = run.update.start_range(("plus", "minus")[side], run.initial_spread())
    generator = setting.generator(Purpose.START, layer, side)
    return np.where(
        devices.stuck, devices.stuck_at, generator.uniform(law.G_min + low * span, law.G_min + high * span, shape)
    )


def dither(setting: Setting, first: int, last: int) -> dict[str, np.ndarray]:
    """Initial phases of the error oscillators, by population, each of shape (frames, lines), in [0, 1)."""
    return setting.per_frame(Purpose.DITHER, setting.learning, first, last)


def fed(effects: tuple[Effect, ...], setting: Setting, first: int, last: int) -> dict[str, np.ndarray]:
    """What effects are fed in frames ``first`` to ``last`` (exclusive), by input."""
    arrays: dict[str, np.ndarray] = {}
    for effect in effects:
        arrays |= effect.fed(setting, first, last)
    return arrays
