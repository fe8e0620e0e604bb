"""The picture of the README: `python docs/overview.py` draws docs/overview.png from one small run."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from matplotlib.figure import Figure

from pulsenet import Exponential, Network, Record, Run, Time, Trace, Training, Unidirectional, train
from pulsenet.data.dataset import Dataset
from pulsenet.figures.style import G_MINUS, G_PLUS, KIND_COLOURS, NEGATIVE, POSITIVE, styled
from pulsenet.replay.replay import replay
from pulsenet.replay.waveforms import waveforms

TARGET = Path(__file__).with_name("overview.png")
LAYER, PAIR, SLOT = "layer2", (3, 0), 100e-9


DEVICE = Exponential(G_min="0.1 uS", G_max="5 uS", pulses_SET=20, beta_SET=2, pulses_RESET=20, beta_RESET=2)


def tiny_run(folder: Path) -> Path:
    """Two inputs, three hidden neurons, two outputs: which is larger? One label in four is wrong, so errors come."""
    random = np.random.default_rng(2)
    x = random.random((150, 2))
    y = (x[:, 0] > x[:, 1]) ^ (random.random(150) < 0.25)
    run = Run(
        network=Network(layers=[2, 3, 2]),
        seed=3,
        device=DEVICE,
        time=Time(n_slots=16),
        update=Unidirectional(refresh_every=5),
        training=Training(epochs=1, error_gain=[0.7, 5.0]),
        record=Record(pulses="all", snapshots=2),
    )
    return train(run, folder, data=Dataset.from_arrays(x, y.astype(int)), engine="numpy").trace


def draw_device(axes) -> None:
    """The device's curves: what identical pulses make of its conductance."""
    n = np.arange(21)
    for kind, start, colour in (("SET", 0, POSITIVE), ("RESET", 20, NEGATIVE)):
        axes.plot(start + n, 1e6 * DEVICE.evaluate(f"{kind}_level", n=n), "o-", ms=3, lw=1, color=colour, label=kind)
    axes.set(xlabel="pulse", ylabel="conductance (µS)", ylim=(0, 5.9))
    axes.set_title("A device: one step per pulse")
    axes.legend(loc="upper center", ncols=2)


def busiest(trace: Trace) -> int:
    """The training frame in which most neurons and lines have something to say."""
    kinds = [("input", "forward"), ("hidden1", "forward"), ("hidden1", "error"), ("output", "error")]

    def active(frame: int) -> int:
        return sum(len(set(trace.pulses(population, kind, frame=frame)["line"])) for population, kind in kinds)

    return max(np.flatnonzero(trace.frames["learn"][:]), key=active)


def draw_wires(trace: Trace, axes, frame: int) -> None:
    """Read pulses, gates and error pulses of all lines but the bias."""
    lines = {"input": [0, 1], "hidden1": [0, 1, 2], "output": [0, 1]}
    signals = waveforms(trace, frame, lines)
    rows = [(population, line) for population, numbers in lines.items() for line in numbers]
    for row, (population, line) in enumerate(reversed(rows)):
        axes.axhline(row, color="#DDDDDD", lw=0.6, zorder=1)
        for kind, rest, height in (("forward", 0.0, 0.6), ("backward", 0.35, 0.3)):  # a backward pulse has a sign
            wave = signals.get(f"{population}[{line}].{kind}")
            if wave is not None and wave.value.any():
                level = row + rest + height * wave.value / np.abs(wave.value).max()
                axes.plot(wave.time / SLOT, level, color=KIND_COLOURS[kind], lw=1.4, zorder=3)
        if (gate := signals.get(f"{population}[{line}].gate")) is not None:
            axes.fill_between(gate.time / SLOT, row, row + 0.6 * gate.value, color="#D9EAD3", lw=0, zorder=2)
        if (error := signals.get(f"{population}[{line}].error")) is not None:
            middle, high = (error.time[:-1] + error.time[1:]) / 2 / SLOT, error.value[:-1] != 0
            colours = np.where(error.value[:-1] > 0, POSITIVE, NEGATIVE)
            axes.bar(middle[high], 0.6, np.diff(error.time)[high] / SLOT, row, color=colours[high], zorder=4)
    axes.set(yticks=np.arange(len(rows)) + 0.3, xlabel="time (slots of 100 ns)", ylim=(-0.15, len(rows)))
    axes.set_yticklabels([f"{population} {line}" for population, line in reversed(rows)])
    axes.tick_params(axis="y", length=0)
    axes.set_title("One frame on the wires: reading, errors back, gates and error pulses")


def draw_pair(trace: Trace, axes) -> None:
    """Both conductances of a pair, frame by frame."""
    frames = range(-1, len(trace.frames["label"]))
    G_plus, G_minus = replay(trace, frames)[LAYER]
    for G, name, colour in ((G_plus, G_PLUS, POSITIVE), (G_minus, G_MINUS, NEGATIVE)):
        axes.step(frames, 1e6 * G[:, PAIR[0], PAIR[1]], color=colour, lw=1.3, where="post", label=name)
    axes.set(xlabel="frame", ylabel="conductance (µS)", ylim=(0, 5.9))
    axes.set_title("A device pair: SET by SET, and refreshed")
    axes.legend(loc="upper center", ncols=2)


@styled
def overview(trace: Trace) -> Figure:
    figure = Figure(figsize=(13, 3.6), layout="constrained")
    device, wires, pair = figure.subplots(1, 3, width_ratios=[0.8, 1.5, 1.2])
    draw_device(device)
    draw_wires(trace, wires, busiest(trace))
    draw_pair(trace, pair)
    return figure


if __name__ == "__main__":
    with TemporaryDirectory() as folder, Trace(tiny_run(Path(folder, "tiny"))) as trace:
        overview(trace).savefig(TARGET, dpi=110)
