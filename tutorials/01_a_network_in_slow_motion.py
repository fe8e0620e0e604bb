# %% [markdown]
# # A network in slow motion
#
# A tiny network of device pairs learns two patterns. We look at every pulse of one frame, rebuild the programming
# pulses from gates and error pulses, and check what they did to the conductances.
#
# Run as a script, or open as a notebook (percent format). Results go to `results/slow-motion` of the current folder.

# %%
import numpy as np

from pulsenet import Dataset, Linear, Network, Record, Run, Time, Trace, Training, train
from pulsenet.figures import save_all

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
# ## The network: 4 inputs, 3 hidden neurons, 2 outputs, on a linear device of 100 levels
#
# One snapshot of all conductances per training frame lets us watch every single step.

# %%
device = Linear(G_min="0.1 uS", G_max="5 uS", pulses_SET=100, pulses_RESET=100)
run = Run(
    network=Network(layers=[4, 3, 2]),
    device=device,
    time=Time(slot="100 ns", n_slots=8),
    training=Training(epochs=1),
    record=Record(pulses="all", snapshots=len(labels)),
    seed=3,
)
result = train(run, "results/slow-motion", data=data, engine="numpy", force=True)
print(f"test accuracy: {result.accuracy[-1]:.0%}")

# %% [markdown]
# ## One frame, pulse by pulse
#
# The slot of a pulse counts from the start of the run; within its frame it falls into a phase of the phase table.

# %%
frame = 0
with Trace(result.trace) as trace:
    for phase in trace.schedule.phases:
        print(f"{phase.name:<11} slots {phase.start} to {phase.stop - 1}")
    start = frame * trace.schedule.frame_slots
    kinds = {"input": ["forward"], "hidden1": ["forward", "error"], "output": ["backward", "error"]}
    for population in kinds:
        for kind in kinds[population]:
            pulses = trace.pulses(population, kind, frame=frame)
            print(f"{population:>8} {kind:<8} slots {pulses['slot'] - start} on lines {pulses['line']}")

# %% [markdown]
# ## From pulses to conductances
#
# An error pulse of neuron j that meets the open gate of line i is one programming pulse on device pair (i, j). With
# unidirectional updating a positive one is a SET pulse on G+, a negative one a SET pulse on G-. So the change of each
# device in this frame is its number of programming pulses times the step of a linear device.

# %%
step = float(device.evaluate("SET", G=device.G_min))
with Trace(result.trace) as trace:
    programming = trace.programming_pulses(frame)
    for layer, shape in trace.layers.items():
        pulses = programming[layer]
        before, after = trace.conductance(layer, frame), trace.conductance(layer, frame + 1)
        for name, polarity, G_before, G_after in zip(("G+", "G-"), (1, -1), before, after, strict=True):
            count = np.zeros(shape)
            chosen = pulses["polarity"] == polarity
            np.add.at(count, (pulses["pre"][chosen], pulses["post"][chosen]), 1)
            print(f"{layer} {name}: {int(count.sum())} programming pulses")
            np.testing.assert_allclose(G_after - G_before, count * step, rtol=0, atol=1e-6 * step)

# %% [markdown]
# ## Pictures

# %%
with Trace(result.trace) as trace:
    for path in save_all(trace, "results/slow-motion/figures", force=True):
        print(path)

# %% [markdown]
# The headline: after 24 training frames the network knows both patterns.

# %%
assert result.accuracy[-1] == 1.0, result.accuracy
