# %% [markdown]
# # A tiny network in slow motion
#
# A network of 4 inputs, 3 hidden neurons and 2 outputs learns two patterns. We look at every pulse of three frames, see
# the waveforms on its wires, and replay from the pulses what became of every device.
#
# Run as a script, or open as a notebook (percent format). Results go to `results/slow-motion` of the current folder.

# %%
import numpy as np

from pulsenet import Dataset, Linear, Network, Record, Run, Time, Trace, Training, train
from pulsenet.figures import pulses, save, waveforms
from pulsenet.replay.programming import programming_pulses
from pulsenet.replay.replay import check_replay, replay
from pulsenet.replay.waveforms import waveforms as signals_of

# %% [markdown]
# ## The data: two patterns on four lines
#
# Inputs are in [0, 1]: the share of the phase for which a line is high.

# %%
patterns = np.array([[1.0, 0.8, 0.0, 0.1], [0.1, 0.0, 0.9, 1.0]])
labels = np.arange(24) % 2
noise = np.random.default_rng(0).uniform(-0.1, 0.1, (24, 4))
x = np.clip(patterns[labels] + noise, 0, 1)
data = Dataset.from_arrays(x, labels, x[:10], labels[:10])

# %% [markdown]
# ## The network, on a linear device of 100 levels
#
# All pulses are recorded. The conductances themselves only at the start, after training, and at the end.

# %%
device = Linear(G_min="0.1 uS", G_max="5 uS", pulses_SET=100, pulses_RESET=100)
run = Run(
    network=Network(layers=[4, 3, 2]),
    device=device,
    time=Time(slot="100 ns", n_slots=8),
    training=Training(epochs=1),
    record=Record(pulses="all", snapshots=2),
    seed=3,
)
result = train(run, "results/slow-motion", data=data, force=True)
print(f"test accuracy: {result.accuracy[-1]:.0%}")
frames = (0, 1, 2)

# %% [markdown]
# ## Three frames, pulse by pulse
#
# The slot of a pulse counts from the start of the run; within its frame it falls into a phase of the phase table. A
# read pulse is recorded with its trailing edge, when its charge has arrived.

# %%
with Trace(result.trace) as trace:
    for phase in trace.schedule.phases:
        print(f"{phase.name:<11} slots {phase.start} to {phase.stop - 1}")
    kinds = [
        ("input", "forward"),
        ("hidden1", "forward"),
        ("hidden1", "error"),
        ("output", "backward"),
        ("output", "error"),
    ]
    for frame in frames:
        print(f"frame {frame}: class {trace.frames['label'][frame]}, answer {trace.frames['prediction'][frame]}")
        start = frame * trace.schedule.frame_slots
        for population, kind in kinds:
            found = trace.pulses(population, kind, frame=frame)
            print(f"{population:>8} {kind:<8} slots {found['slot'] - start} on lines {found['line']}")

# %% [markdown]
# ## Waveforms
#
# The simulation lets a read pulse's charge arrive at once. On the wire it is a current V_read (G+ - G-) for as long as
# the pulse is high, and the charge on a neuron's integrator is a ramp: the sum of the currents of all lines.
# `waveforms` gives such signals as times and values in SI units; a jump is two points of the same time.

# %%
with Trace(result.trace) as trace:
    signals = signals_of(trace, 0, {"input": range(5), "hidden1": [0, 1, 2]}, [("layer1", 4, 0)])
    G_plus, G_minus = trace.conductance("layer1", 0)
inputs = [signals[f"input[{i}].forward"] for i in range(5)]
areas = np.array([(wave.value[:-1] * np.diff(wave.time)).sum() for wave in inputs])
charge = areas @ (G_plus - G_minus)  # volt seconds times siemens: coulomb
phase_end = run.time.slot * (run.time.n_slots + 0.5)
neurons = [signals[f"hidden1[{j}].charge"] for j in range(3)]
ramps = [np.interp(phase_end, wave.time, wave.value) for wave in neurons]
for j in range(3):
    print(f"hidden neuron {j}: {1e15 * ramps[j]:+.2f} fC at the end of its phase")

# %% [markdown]
# ## From pulses to conductances
#
# An error pulse of neuron j that meets the open gate of line i is one programming pulse on device pair (i, j). With
# unidirectional updating a positive one is a SET pulse on G+, a negative one a SET pulse on G-. `replay` recomputes the
# conductances after any frame from the nearest snapshot and the pulses since; -1 is before the first frame.

# %%
step = float(device.evaluate("SET", G=device.G_min))
with Trace(result.trace) as trace:
    replayed = replay(trace, [-1, *frames])
    for frame in frames:
        programming = programming_pulses(trace, frame)
        for layer, shape in trace.layers.items():
            found = programming[layer]
            for name, polarity, G in zip(("G+", "G-"), (1, -1), replayed[layer], strict=True):
                count = np.zeros(shape)
                chosen = found["polarity"] == polarity
                np.add.at(count, (found["pre"][chosen], found["post"][chosen]), 1)
                print(f"frame {frame}, {layer} {name}: {int(count.sum())} programming pulses")
                np.testing.assert_allclose(G[frame + 1] - G[frame], count * step, rtol=0, atol=1e-6 * step)
    differences = check_replay(trace)
for frame, difference in differences.items():
    print(f"replay against the snapshot after frame {frame}: largest relative difference {difference:.1g}")

# %% [markdown]
# ## Pictures: every pulse of the first frame, and the waveforms of all three

# %%
with Trace(result.trace) as trace:
    figures = {"pulses": pulses(trace, frame=frames[0])} | {
        f"waveforms-{frame}": waveforms(trace, frame=frame) for frame in frames
    }
    for path in save(figures, "results/slow-motion/figures", dpi=100, force=True):
        print(path)

# %% [markdown]
# The headline: after 24 training frames the network knows both patterns; ramps end at the charge of all currents; and
# the pulses alone tell every conductance to the last bit.

# %%
assert result.accuracy[-1] == 1.0, result.accuracy
np.testing.assert_allclose(ramps, charge, rtol=1e-12)
assert len(differences) == 2 and max(differences.values()) == 0.0
