"""Weights that were trained in software, written onto the devices of a run: what learning on the chip competes with.

A weight goes onto a pair that is at its lower bound: one device, by the weight's sign, gets SET pulses, the other none.

- *write once*: as many pulses as bring the nominal device there, whatever this device does with them.
- *write-verify*: pulses one by one, with the pair read after each, until less than half a nominal step is missing.

How weights are scaled to the range, and how they are written, is this project's choice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pulsenet.data.dataset import Dataset
from pulsenet.describe.run import Run
from pulsenet.errors import ConfigError
from pulsenet.records import Conductances
from pulsenet.seams.effects import Devices, drawn
from pulsenet.seams.setting import Purpose
from pulsenet.software.backpropagation import SoftwareNetwork
from pulsenet.text.expressions import expression
from pulsenet.training.calibrate import full_range_weights
from pulsenet.training.prepare import Prepared, prepare

#: Share of a layer's weights that fit into the range; larger ones are cut off, so that few do not coarsen all.
COVERED = 0.999
#: Most pulses of write-verify, relative to those that span the nominal range.
PATIENCE = 4


@dataclass(frozen=True)
class TransferResult:
    """A network whose weights were written onto devices.

    Attributes
    ----------
    accuracy : float
        Share of test samples classified correctly, with signals in whole slots; NaN without test samples.
    conductance : dict of (G_plus, G_minus), each of shape (n_in + 1, n_out), siemens
    read_gain : float, shape (L,)
        Preactivation per full-range weight and full-width input.
    pulses : int
        SET pulses that writing took.
    """

    accuracy: float
    conductance: Conductances
    read_gain: np.ndarray
    pulses: int


def transfer(run: Run, weights: list[np.ndarray], verify: bool = False, data: Dataset | None = None) -> TransferResult:
    """Write weights onto the devices of a run, and test the network.

    Parameters
    ----------
    run : Run
        Its device with its spread, stuck devices and cycle-to-cycle noise, drawn from its seed as for training. Read
        noise and drift do not act here.
    weights : list of float arrays, shape (n_in + 1, n_out)
        Of each layer, preactivation per unit of input, as from `pulsenet.software.backpropagation.train_software`.
    verify : bool
        Read after every pulse, and stop when the weight is reached.
    data : Dataset, optional
        Samples of your own; left out, what ``run.data`` names.

    Returns
    -------
    TransferResult

    Raises
    ------
    ConfigError
        If the run's update method has a fixed reference instead of a second device, or no SET pulses.
    DataError
        If the data cannot be found, or do not fit the network.

    Examples
    --------
    >>> from pulsenet import Data, Linear, Network, Run, Training
    >>> from pulsenet.software.backpropagation import train_software
    >>> device = Linear(G_min="0.1 uS", G_max="5 uS", pulses_SET=256, pulses_RESET=256)
    >>> network, data, training = Network(layers=[64, 30, 10]), Data(train=500), Training(epochs=2)
    >>> run = Run(network=network, device=device, data=data, training=training)
    >>> transfer(run, train_software(run).weights).accuracy > 0.8
    True
    """
    if len(run.update.sides) < 2 or "SET" not in run.update.kinds:
        raise ConfigError(
            f"update.method = {run.update.name!r}: weights are written by SET pulses onto pairs of devices; choose a "
            "method "
            "with two devices per weight, and with SET pulses"
        )
    prepared = prepare(run, data)
    data, span = prepared.data, run.device.G_max - run.device.G_min
    pairs = drawn(prepared.circuit.device, run.variation.effects, prepared.setting)
    gains, conductance, written, pulses = [], {}, [], 0
    for layer, (name, weight) in enumerate(zip(prepared.circuit.layers, weights, strict=True)):
        gains.append(float(np.quantile(np.abs(weight), COVERED)) or 1.0)
        wanted = np.clip(weight / gains[-1], -1, 1) * span
        pair, count = _write(prepared, pairs[name], wanted, verify, layer)
        conductance[name], pulses = pair, pulses + count
        written.append(gains[-1] * full_range_weights(run, *pair))
    network = SoftwareNetwork(written, run.network.activation, run.time.n_slots)
    accuracy = float(np.mean(network.predict(data.x_test) == data.y_test)) if len(data.y_test) else float("nan")
    return TransferResult(accuracy, conductance, np.array(gains), pulses)


def _write(prepared: Prepared, pair: tuple[Devices, Devices], wanted: np.ndarray, verify: bool, layer: int):
    """Conductances of all pairs of a layer after writing, and the number of SET pulses that it took.

    Parameters
    ----------
    wanted : float array, siemens
        G_plus - G_minus.
    """
    nominal, size = prepared.run.device, np.abs(wanted)
    # The device of each pair that gets the pulses, and the one that gets none.
    positive = wanted > 0
    pulse = _Pulse(prepared, layer, (~positive).astype(int))
    pulsed = _either(positive, *pair)
    G, other = (np.broadcast_to(_start(part), wanted.shape).copy() for part in (pulsed, _either(~positive, *pair)))
    count = np.rint(nominal.evaluate("SET_count", G=nominal.G_min + size))
    limit = int(np.ceil(PATIENCE * nominal.levels())) if verify else int(count.max())
    active, total = ~pulsed.stuck, 0
    for number in range(limit):
        if verify:  # a pulse more is worth it while more than half a nominal step is missing
            step = nominal.evaluate("SET", G=np.clip(G, nominal.G_min, nominal.G_max))
            active = active & (G - other < size - step / 2)
        else:
            active = active & (number < count)
        if not active.any():
            break
        G = np.where(active, pulse.after(pulsed, G, number), G)
        total += int(active.sum())
    return (np.where(positive, G, other), np.where(positive, other, G)), total


def _either(first: np.ndarray, plus: Devices, minus: Devices) -> Devices:
    """Of each pair the first device where ``first`` is true, else the second."""
    fields = {
        name: np.where(first, getattr(plus.law, name), getattr(minus.law, name))
        for name, value in plus.law
        if isinstance(value, np.ndarray)
    }
    law = type(plus.law).model_construct(**(dict(plus.law) | fields))
    own = {name: np.where(first, values, minus.own[name]) for name, values in plus.own.items()}
    return Devices(law, np.where(first, plus.stuck, minus.stuck), np.where(first, plus.stuck_at, minus.stuck_at), own)


def _start(devices: Devices) -> np.ndarray:
    """Conductances before writing: the lower bound, but for stuck devices."""
    return np.where(devices.stuck, devices.stuck_at, devices.law.G_min)


class _Pulse:
    """A SET pulse with what the effects make of it: the very text of training, under a seed of its own."""

    def __init__(self, prepared: Prepared, layer: int, sides: np.ndarray):
        circuit = prepared.circuit
        apart = replace(prepared.setting, seed=int(prepared.setting.keys(Purpose.WRITING, 1)[0]))
        step = "step"
        for effect in circuit.effects:
            step = effect.as_step(step)
        self._step = expression(step)
        self._law_step = expression(circuit.law.inlined(circuit.law.SET))
        self._known = {"law_key": apart.keys(Purpose.LAW, 1, layer)[0], **dict(circuit.law.tables)}
        self._known["device"] = 2 * np.arange(sides.size).reshape(sides.shape) + sides
        for effect in circuit.effects:
            self._known |= effect.values(apart, layer)

    def after(self, devices: Devices, G: np.ndarray, number: int) -> np.ndarray:
        """Conductances after one pulse, of this number, on each device."""
        law = devices.law
        known = {**law.parameters(), **devices.own, **self._known, "pulse": number, "G": G}
        known["step"] = self._law_step.evaluate(known)
        return np.clip(G + self._step.evaluate(known), law.G_min, law.G_max)
