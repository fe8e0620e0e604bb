"""The frames of a run: which sample when, learning or not, and every random draw.

Whatever is drawn depends on the seed and the epoch or frame number alone, never on how the run is cut into chunks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pulsenet.circuit.circuit import Circuit
from pulsenet.data.dataset import Dataset
from pulsenet.describe.run import Run
from pulsenet.records import Chunk, Conductances
from pulsenet.seams.effects import Devices, Effect, drawn
from pulsenet.seams.setting import Purpose, Setting


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
        frame = np.arange(first, last)
        epoch, position = np.divmod(frame, self.epoch_frames)
        learn = position < self.n_train
        sample = np.where(learn, 0, position - self.n_train)
        for number in np.unique(epoch[learn]):
            order = self.setting.generator(Purpose.ORDER, int(number)).permutation(self.n_train)
            chosen = learn & (epoch == number)
            sample[chosen] = order[position[chosen]]
        label = np.empty(last - first, np.int64)
        label[learn], label[~learn] = self.data.y_train[sample[learn]], self.data.y_test[sample[~learn]]
        return {
            "sample": sample.astype(np.int64),
            "label": label.astype(np.int32),
            "learn": learn,
            "epoch": (epoch + 1).astype(np.int32),
        }

    def chunk(self, first: int, last: int) -> Chunk:
        """The data of frames ``first`` to ``last`` (exclusive), as an engine takes them."""
        columns = self.columns(first, last)
        learn, sample, epoch = columns["learn"], columns["sample"], columns["epoch"]
        x = np.empty((last - first, self.run.network.layers[0]))
        x[learn], x[~learn] = self.data.x_train[sample[learn]], self.data.x_test[sample[~learn]]
        gain = learn[:, None] * self.error_gain * self.run.training.error_gain_factor(epoch[:, None])
        return Chunk(
            first_frame=first,
            forward_slots=self.encode(x),
            target=columns["label"],
            error_gain=gain,
            refresh=self._every(self.run.update.refresh_period(), first, last, learn),
            dither=dither(self.setting, first, last),
            batch=self._every(self.run.rule.batch_frames(), first, last, learn),
            effects=fed(self.run.variation.effects, self.setting, first, last),
        )

    def encode(self, x: np.ndarray) -> np.ndarray:
        """Slots for which each input line is high, with the bias line, for inputs in [0, 1]."""
        n_slots = self.run.time.n_slots
        slots = np.floor(n_slots * x + 0.5).astype(np.uint16)
        return np.c_[slots, np.full(len(x), n_slots, np.uint16)]

    def _every(self, period: int, first: int, last: int, learn: np.ndarray) -> np.ndarray:
        """Every so many frames (0: never); only training frames count, since only they program devices."""
        if not period:
            return np.zeros(last - first, dtype=bool)
        epoch, position = np.divmod(np.arange(first, last), self.epoch_frames)
        trained = epoch * self.n_train + position + 1
        return learn & (trained % period == 0)


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
