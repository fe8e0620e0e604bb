"""Other ways to train the same network on the same frames: the ideal loop, NumPy, and aihwkit where it is installed."""

import time

import numpy as np
from ideal_loop import train_frames

from pulsenet.records import Chunk, Conductances
from pulsenet.training.prepare import Prepared


class Ideal:
    """The ideal loop on the frames of a run."""

    def __init__(self, prepared: Prepared):
        run, self.run = prepared.run, prepared.run
        values = prepared.values
        charge_per_slot = run.read.V_read * run.time.slot
        self.units = np.array([values[name]["charge_unit"] for name in ("hidden1", "output")]) / charge_per_slot
        device = run.device
        self.device = (device.G_min, device.G_max, float(device.evaluate("SET", G=device.G_min)))
        self.thresholds = (values["layer1"]["G_full"], values["layer1"]["G_room"])
        self.G = [G.copy() for pair in prepared.start.values() for G in pair]

    def train(self, chunk: Chunk) -> None:
        slots, dither = chunk.forward_slots.astype(np.int64), chunk.dither
        train_frames(
            slots, chunk.target, dither["hidden1"][:, :-1], dither["output"], chunk.refresh, self.run.time.n_slots,
            *self.G, self.units, chunk.error_gain[0], self.device, self.thresholds,
        )  # fmt: skip

    def agreement(self, conductance: Conductances) -> float:
        """Share of the devices on which a simulator agrees to 1e-6 of the range: the loop must compute the same."""
        pairs = [G for pair in conductance.values() for G in pair]
        span = self.device[1] - self.device[0]
        differences = np.concatenate([np.abs(a - b).ravel() for a, b in zip(pairs, self.G, strict=True)]) / span
        return float(np.mean(differences < 1e-6))


class NumpyBackPropagation:
    """Plain per-sample back-propagation of the same network: matrices, floats, no pulses."""

    def __init__(self, sizes):
        rng = np.random.default_rng(0)
        self.W1 = rng.normal(0, 0.05, (sizes[0] + 1, sizes[1]))
        self.W2 = rng.normal(0, 0.05, (sizes[1] + 1, sizes[2]))

    def train(self, x, y, rate=0.02):
        for sample, label in zip(x, y, strict=True):
            inputs = np.append(sample, 1.0)
            v = inputs @ self.W1
            hidden = np.append(np.clip(v, 0, 1), 1.0)
            error = -np.clip(hidden @ self.W2 + 0.5, 0, 1)
            error[label] += 1
            hidden_error = (self.W2[:-1] @ error) * ((v > 0) & (v < 1))
            self.W2 += rate * np.outer(hidden, error)
            self.W1 += rate * np.outer(inputs, hidden_error)


def aihwkit_frames_per_second(sizes, x, y, rate=0.02) -> float | None:
    """Frames a second of aihwkit's C++ on one thread, sample by sample; None where it is not installed.

    Its constant-step device with the pulse trains that it has by default; clipped-linear hidden neurons and hard
    sigmoids at the output, here around 0. Its forward pass is analog, with its noise, and no pulse of it is kept.
    """
    try:
        import torch
        from aihwkit.nn import AnalogLinear, AnalogSequential
        from aihwkit.optim import AnalogSGD
        from aihwkit.simulator.configs import SingleRPUConfig
        from aihwkit.simulator.configs.devices import ConstantStepDevice
    except ImportError:
        return None
    torch.set_num_threads(1)
    torch.manual_seed(0)
    hidden, output = (
        AnalogLinear(n_in, n_out, bias=True, rpu_config=SingleRPUConfig(device=ConstantStepDevice()))
        for n_in, n_out in zip(sizes[:-1], sizes[1:], strict=True)
    )
    model = AnalogSequential(hidden, torch.nn.Hardtanh(0.0, 1.0), output, torch.nn.Hardtanh(-0.5, 0.5))
    optimizer = AnalogSGD(model.parameters(), lr=rate)
    optimizer.regroup_param_groups(model)
    loss = torch.nn.MSELoss(reduction="sum")
    inputs = torch.tensor(np.asarray(x), dtype=torch.float32)
    targets = torch.nn.functional.one_hot(torch.tensor(np.asarray(y)), sizes[-1]).float() - 0.5
    started = time.perf_counter()
    for sample, target in zip(inputs.split(1), targets.split(1), strict=True):
        optimizer.zero_grad()
        loss(model(sample), target).backward()
        optimizer.step()
    return len(inputs) / (time.perf_counter() - started)
