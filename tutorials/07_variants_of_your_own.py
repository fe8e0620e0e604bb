# %% [markdown]
# # Your own law, method, rule, effect, reading and figure
#
# What one pulse does to a conductance, which device of a pair gets it, who asks for it, what devices do besides, and
# what a reading sees: five seams, and each variant is one class in one file. The classes of this tutorial are in
# `tutorials/own`, outside the package; `Run` takes their objects as it takes the package's own, and a run file names
# them by where they are imported from: `law = "own.parabolic:Parabolic"`.
#
# Run as a script, or open as a notebook (percent format). Results go to `results/own` of the current folder.

# %%
# %matplotlib inline
import inspect

import numpy as np
from matplotlib.figure import Figure
from own.alternating import Alternating
from own.dead_time import DeadTime
from own.dead_zone import DeadZone
from own.parabolic import Parabolic
from own.superlinear import Superlinear
from own.telegraph import Telegraph
from own.turns import Turns
from own.two_exponentials import TwoExponentials
from own.wear import wear

from pulsenet import AdaptiveBP, Dataset, Network, Record, Run, Time, Trace, Training, Variation, train
from pulsenet.figures import save
from pulsenet.figures.devices import device_curves
from pulsenet.replay.programming import ProgrammingPulses
from pulsenet.replay.replay import check_replay

# %% [markdown]
# ## A response law
#
# Text, in the parameters and `G`: it is compiled for every engine, and evaluated by NumPy here. The two steps are
# enough. The closed forms tell how many pulses lead where; without them a refresh finds that pulse by pulse, which
# takes longer.

# %%
print(inspect.getsource(Parabolic))

# %%
device = Parabolic(G_min="0.1 uS", G_max="5 uS", pulses=64)
n = np.arange(65)
SET = device.evaluate("SET_level", n=n)
step = device.evaluate("SET", G=SET[:-1])
np.testing.assert_allclose(SET[:-1] + step, SET[1:], rtol=1e-12)  # step and closed form agree
np.testing.assert_allclose(device.evaluate("SET_count", G=SET), n, atol=1e-9)

# %%
device_curves({"parabolic": device})

# %% [markdown]
# ## An update method
#
# Two expressions of `polarity`, the change that the learning rule asks of the weight: 1 is a SET pulse, -1 a RESET
# pulse.

# %%
print(inspect.getsource(Alternating))

# %% [markdown]
# ## A learning rule
#
# How many error pulses a neuron with an error fires, when it does, and which input lines hold their gate open. This one
# takes over all of adaptive back-propagation, but for errors below a threshold.

# %%
print(inspect.getsource(DeadZone))

# %% [markdown]
# ## All three in a run, and the same with the package's rule
#
# Three noisy patterns on six lines; a network without hidden neurons is enough.

# %%
rng = np.random.default_rng(1)
patterns = np.array([[1, 1, 0, 0, 0.5, 0], [0, 1, 1, 0, 0, 0.5], [0.5, 0, 0, 1, 1, 0]])
labels = np.arange(90) % 3
x = np.clip(patterns[labels] + rng.normal(0, 0.15, (90, 6)), 0, 1)
data = Dataset.from_arrays(x[:60], labels[:60], x[60:], labels[60:])
results = {}
for rule in (AdaptiveBP(), DeadZone(threshold=0.3)):
    run = Run(
        network=Network(layers=[6, 3]),
        device=device,
        update=Alternating(),
        rule=rule,
        time=Time(n_slots=8),
        training=Training(epochs=1),
        record=Record(energy=False),
        seed=2,
    )
    results[rule.rule] = train(run, f"results/own/{rule.rule}", data=data, force=True)

# %% [markdown]
# ## What the trace says
#
# It holds the import paths of our classes. Whoever has them can ask it for every programming pulse and for the
# conductances after any frame. We go further: every programming pulse, in its order, by the law and the method as we
# meant them, must give the conductances that the simulator found.


# %%
def by_hand(path):
    """Conductances at the end of a run, by layer, from its start and its programming pulses.

    And the number of pulses.
    """
    span, count = device.G_max - device.G_min, 0
    with Trace(path) as trace:
        G = {layer: [np.array(part) for part in trace.conductance(layer, 0)] for layer in trace.layers}
        programming = ProgrammingPulses(trace)
        for frame in np.flatnonzero(trace.frames["learn"][:]):
            start = frame * trace.schedule.frame_slots + trace.schedule.update_start
            for layer, pulses in programming.pulses(frame).items():
                for slot, *pair, polarity in zip(
                    *(pulses[name] for name in ("slot", "pre", "post", "polarity")), strict=True
                ):
                    is_SET = (slot - start) % 2 == 0
                    target = G[layer][0 if (polarity > 0) == is_SET else 1]
                    distance = (
                        target[tuple(pair)] - device.G_min if is_SET else device.G_max - target[tuple(pair)]
                    ) / span
                    distance = min(np.sqrt(distance**2 + 1 / device.pulses), 1.0)
                    target[tuple(pair)] = device.G_min + span * distance if is_SET else device.G_max - span * distance
                    count += 1
    return G, count


counts = {}
for name, result in results.items():
    found, counts[name] = by_hand(result.trace)
    with Trace(result.trace) as trace:
        for layer in trace.layers:
            np.testing.assert_allclose(found[layer], trace.conductance(layer, -1), rtol=1e-9)
        assert counts[name] == trace.frames["programming_pulses"][:].sum()
        assert max(check_replay(trace).values()) < 1e-9
        print(f"made of {trace.configuration['device']['law']}, {trace.configuration['update']['method']}")
    print(f"{name}: {result.accuracy[-1]:.0%} correct, {counts[name]} programming pulses")


# %%
def bars(counts):
    """A figure of numbers by name."""
    figure = Figure(figsize=(6, 2.2), layout="constrained")
    axes = figure.subplots()
    axes.bar_label(axes.barh(list(counts), list(counts.values())), padding=3)
    axes.set(xlabel="programming pulses of the run", xlim=(0, 1.15 * max(counts.values())))
    return figure


bars(counts)

# %%
for path in save(
    {"curve": device_curves({"parabolic": device}), "pulses": bars(counts)}, "results/own/figures", force=True
):
    print(path)

# %% [markdown]
# The headline: law, method and rule of our own did what we meant, but for rounding, and a dead zone spares the
# devices pulses that this task does not need.

# %%
assert all(result.accuracy[-1] >= 0.9 for result in results.values()), results
assert counts["dead-zone"] < 0.95 * counts["adaptive-bp"], counts

# %% [markdown]
# ## A law by its step alone
#
# Two processes in one device, and no closed form. What the first law gave as `SET_level` and `SET_count` is found by
# walking, step by step; spread of the step, refreshes and every other feature work all the same.

# %%
print(inspect.getsource(TwoExponentials))

# %%
walked = TwoExponentials(G_min="0.1 uS", G_max="5 uS")
print(f"{walked.levels():.1f} pulses span the range")
device_curves({"two exponentials": walked, "parabolic": device})

# %% [markdown]
# ## A method that looks at the frame, a rule that remembers
#
# Text may name `frame`, `pulse` (the slot of the run) and what its class keeps in `memory`.

# %%
print(inspect.getsource(Turns))
print(inspect.getsource(DeadTime))

# %% [markdown]
# ## An effect
#
# What devices do besides answering pulses. This one lets each of them jump between two currents; its chance depends on
# the device and the time alone, so a replay finds the same.

# %%
print(inspect.getsource(Telegraph))

# %% [markdown]
# ## A reading
#
# Ohm's law is one of many. Gains, energy, waveforms and netlists ask the reading, so nothing else need be changed.

# %%
print(inspect.getsource(Superlinear))

# %% [markdown]
# ## All of it in one run
#
# Effects from elsewhere go into `variation.own`, beside those of the package. The trace names every class by where it
# is imported from, and replays by it.

# %%
run = Run(
    network=Network(layers=[6, 3]),
    device=walked,
    update=Turns(),
    rule=DeadTime(dead_slots=4),
    reading=Superlinear(k=10),
    variation=Variation(own=[Telegraph(telegraph_depth=0.02)], ctoc_step=0.1),
    time=Time(n_slots=8),
    training=Training(epochs=1),
    seed=2,
)
result = train(run, "results/own/all", data=data, force=True)
with Trace(result.trace) as trace:
    print(trace.provenance["variants"])
    worst = max(check_replay(trace).values())
print(f"{result.accuracy[-1]:.0%} correct; a replay differs by {worst:.1e}")

# %% [markdown]
# ## A figure
#
# A function of an open trace, and a decorator: `save_all` and `pulsenet.figures` then know it by its name.

# %%
print(inspect.getsource(wear))


# %%
def worn(path):
    """The figure of a trace, and its picture."""
    with Trace(path) as trace:
        drawn = wear(trace)
    save({"wear": drawn}, "results/own/figures", force=True)
    return drawn


worn(result.trace)

# %%
assert result.accuracy[-1] >= 0.9 and worst == 0
