# %% [markdown]
# # Training on digits, and reading the trace
#
# A network of 64, 50 and 10 neurons learns scikit-learn's handwritten digits on a mildly nonlinear device. Then the
# trace answers questions: how well does it learn, where does it err, how many pulses does that take, what is on the
# wires while it looks at one digit, and where have the devices gone?
#
# Run as a script, or open as a notebook (percent format). Results go to `results/digits-trace` of the current folder.
# The first run builds a C++ program, which takes some ten seconds; later ones take it from the cache.

# %%
# %matplotlib inline
from importlib.resources import files

import numpy as np

from pulsenet import Run, Trace, load_data, train
from pulsenet.figures import confusion, distributions, learning, pulses, save
from pulsenet.replay.programming import programming_pulses

# %% [markdown]
# ## Training
#
# The run file of the demo, `runs/digits.toml`, with fewer epochs.

# %%
run = Run.load(files("pulsenet.runs") / "digits.toml", {"training.epochs": 3})
result = train(run, "results/digits-trace", force=True)
print(", ".join(f"{accuracy:.1%}" for accuracy in result.accuracy))

# %% [markdown]
# ## A trace describes itself
#
# Nothing but the file is needed to know what was simulated: the description of the run, the phase table, the equations.

# %%
trace = Trace(result.trace)
print(f"{trace.n_frames} frames of {trace.schedule.frame_slots} slots of {1e9 * trace.slot:g} ns")
for phase in trace.schedule.phases:
    print(f"{phase.name:<11} slots {phase.start} to {phase.stop - 1}")
print(trace.configuration["device"])

# %% [markdown]
# ## How well does it learn, and where does it err?
#
# `trace.frames` has one row per frame. Online accuracy is that of answers given before learning from the sample. The
# evaluation of each epoch comes with its confusion matrix.

# %%
frames = {name: trace.frames[name][:] for name in ("label", "prediction", "learn", "epoch", "programming_pulses")}
right = frames["prediction"] == frames["label"]
for epoch in np.unique(frames["epoch"]):
    online = right[frames["learn"] & (frames["epoch"] == epoch)].mean()
    print(f"epoch {epoch}: {online:.1%} while learning, {trace.evaluation['accuracy'][epoch - 1]:.1%} on test samples")
matrix = trace.evaluation["confusion"][-1]
wrong = matrix * (1 - np.eye(10, dtype=int))
label, answer = np.unravel_index(wrong.argmax(), wrong.shape)
print(f"most frequent error: {label} taken for {answer}, {wrong.max()} times")

# %%
learning(trace)

# %%
confusion(trace)

# %% [markdown]
# ## How many programming pulses does it take?
#
# An error pulse that meets an open gate is a programming pulse. As the errors become smaller and rarer, so do the
# pulses.

# %%
pulses_per_frame = [
    frames["programming_pulses"][frames["learn"] & (frames["epoch"] == epoch)].mean()
    for epoch in np.unique(frames["epoch"])
]
print("programming pulses per training frame:", ", ".join(f"{mean:.0f}" for mean in pulses_per_frame))

# %% [markdown]
# ## One digit on the wires
#
# The first training frame with a wrong answer: input lines are high for as long as their pixel is bright, error pulses
# go back, and the update phase programs. `programming_pulses` rebuilds each step of each device pair from gates and
# error pulses, and must agree with the count that the frame has in the table.

# %%
frame = int(np.flatnonzero(frames["learn"] & ~right)[0])
widths = trace.pulses("input", "forward", frame=frame)
image = np.zeros(64, int)
pixels = widths["line"] < 64  # the last line is the bias
image[widths["line"][pixels]] = widths["width"][pixels]
x = load_data("digits").x_train[trace.frames["sample"][frame]]
np.testing.assert_array_equal(image, np.floor(16 * x + 0.5))  # what is on the lines is the image, in slots
print(f"frame {frame}: a {frames['label'][frame]}, taken for a {frames['prediction'][frame]}")
print("\n".join("".join(" .:-=+*#%@"[9 * value // 16] for value in row) for row in image.reshape(8, 8)))
steps = programming_pulses(trace, frame)
print({layer: len(found["slot"]) for layer, found in steps.items()}, "programming pulses by layer")
assert sum(len(found["slot"]) for found in steps.values()) == frames["programming_pulses"][frame]

# %%
pulses(trace, frame)

# %% [markdown]
# ## Where have the devices gone?
#
# Unidirectional updating only ever SETs, so conductances rise, until a refresh takes a pair down.

# %%
for layer in trace.layers:
    G_plus, G_minus = trace.conductance(layer, slice(None))
    means = [f"{1e6 * (plus.mean() + minus.mean()) / 2:.2f}" for plus, minus in zip(G_plus, G_minus, strict=True)]
    print(f"{layer}: mean conductance from snapshot to snapshot {', '.join(means)} uS")

# %%
distributions(trace)

# %%
figures = {
    "learning": learning(trace),
    "confusion": confusion(trace),
    "frame": pulses(trace, frame),
    "states": distributions(trace),
}
for path in save(figures, "results/digits-trace/figures", force=True):
    print(path)
trace.close()

# %% [markdown]
# The headline: after three epochs, nine test digits out of ten are right, and a frame needs fewer programming pulses
# than in the first epoch.

# %%
assert result.accuracy[-1] > 0.9, result.accuracy
assert pulses_per_frame[-1] < pulses_per_frame[0], pulses_per_frame
