# %% [markdown]
# # Analysing a trace
#
# A trace holds every pulse, the conductances and the answers of a run. We train a tiny network twice, on a linear and
# on a strongly nonlinear device, and find out from the traces alone how much one programming pulse moved a device: with
# pandas, with xarray, with figures, and with a page for the browser.
#
# Run as a script, or open as a notebook (percent format). Results go to `results/analysis` of the current folder.
# pandas and xarray come with `pip install 'pulsenet[analysis]'`; without them, the parts that need them are left out.

# %%
from importlib.util import find_spec

import numpy as np

from pulsenet import Dataset, Exponential, Linear, Network, Record, Run, Time, Trace, Training, train
from pulsenet.figures import compare, conductance, pulses, save
from pulsenet.figures.browser_page import write_page
from pulsenet.replay.programming import ProgrammingPulses

# %% [markdown]
# ## Two runs
#
# Two noisy patterns on four lines; a snapshot of all conductances after every eighth training frame.

# %%
patterns = np.array([[1.0, 0.8, 0.0, 0.1], [0.1, 0.0, 0.9, 1.0]])
labels = np.arange(24) % 2
x = np.clip(patterns[labels] + np.random.default_rng(0).uniform(-0.1, 0.1, (24, 4)), 0, 1)
data = Dataset.from_arrays(x, labels, x[:4], labels[:4])
G_min, G_max, levels, beta = 0.1e-6, 5e-6, 100, 5
bounds = {"G_min": G_min, "G_max": G_max, "pulses_SET": levels, "pulses_RESET": levels}
devices = {"linear": Linear(**bounds), "nonlinear": Exponential(**bounds, beta_SET=beta, beta_RESET=beta)}
traces = {}
for name, device in devices.items():
    run = Run(
        network=Network(layers=[4, 3, 2]),
        device=device,
        time=Time(slot="100 ns", n_slots=8),
        training=Training(epochs=1),
        record=Record(pulses="all", snapshots=3),
        seed=3,
    )
    traces[name] = train(run, f"results/analysis/{name}", data=data, force=True).trace

# %% [markdown]
# ## Columns as arrays
#
# `trace.frames` are columns with one entry per frame: an index reads no more of the file than it asks for.

# %%
for name, path in traces.items():
    with Trace(path) as trace:
        learn = trace.frames["learn"][:]
        mean = trace.frames["programming_pulses"][:][learn].mean()
        print(
            f"{name}: {trace.evaluation['accuracy'][-1]:.0%} correct, {mean:.1f} programming pulses per training frame"
        )

# %% [markdown]
# ## Tables: pandas
#
# In which slots of the update phase do output neurons send error pulses, and of which sign?

# %%
if find_spec("pandas"):
    with Trace(traces["linear"]) as trace:
        error = trace.to_pandas("pulses/output/error")
        start, frame_slots = trace.schedule.update_start, trace.schedule.frame_slots
    error["slot of the update phase"] = error["slot"] % frame_slots - start
    print(error.groupby(["slot of the update phase", "polarity"]).size().unstack(fill_value=0))

# %% [markdown]
# ## Labelled arrays: xarray
#
# The mean conductances of the last layer at every snapshot; -1 is before the first frame.

# %%
if find_spec("xarray"):
    with Trace(traces["linear"]) as trace:
        tree = trace.to_xarray()
    layer2 = tree["conductance/layer2"].to_dataset()
    print((1e6 * layer2.mean(["input", "output"])).to_dataframe().round(3).rename(columns=lambda name: f"{name} (uS)"))

# %% [markdown]
# ## One pulse, one step
#
# With unidirectional updating, a programming pulse of positive polarity is a SET pulse on G+, one of negative polarity
# a SET pulse on G-. Where a device got exactly one between two snapshots, they tell the step, and from where it was
# taken.


# %%
def steps(path):
    """Conductances before, and steps of, all devices that got one SET pulse between snapshots.

    In units of the range.
    """
    before, step = [], []
    with Trace(path) as trace:
        ends, programming = trace.snapshots[:] + 1, ProgrammingPulses(trace)
        for snapshot, (start, stop) in enumerate(zip(ends, ends[1:], strict=False)):
            counts = {layer: np.zeros((2, *shape), int) for layer, shape in trace.layers.items()}
            for frame in range(start, stop):
                for layer, found in programming.pulses(frame).items():
                    np.add.at(counts[layer], ((found["polarity"] < 0).astype(int), found["pre"], found["post"]), 1)
            for layer, count in counts.items():
                G_before, G_after = (np.array(trace.conductance(layer, snapshot + later)) for later in (0, 1))
                before += list((G_before[count == 1] - G_min) / (G_max - G_min))
                step += list((G_after - G_before)[count == 1] / (G_max - G_min))
    return np.array(before), np.array(step)


for name, path in traces.items():
    g, step = steps(path)
    print(
        f"{name}: {len(step)} single steps, from g = {g.min():.3f} to {g.max():.3f}, of {step.min():.4f} to "
        f"{step.max():.4f}"
    )

# %% [markdown]
# ## Figures, and a page
#
# The update phase of one frame; how chosen devices went; the two runs against each other. The page shows all recorded
# frames and snapshots in any browser.

# %%
with Trace(traces["linear"]) as linear, Trace(traces["nonlinear"]) as nonlinear:
    figures = {
        "update-phase": pulses(linear, window=(linear.schedule.update_start, linear.schedule.frame_slots)),
        "chosen-devices": conductance(nonlinear, {"layer2": [(0, 0), (1, 1), (3, 0)]}),
        "compare": compare(linear, nonlinear),
    }
    for path in save(figures, "results/analysis/figures", force=True):
        print(path)
    print(write_page(nonlinear, "results/analysis/nonlinear.html", force=True))

# %% [markdown]
# The headline: the traces give the response laws back. A step of the linear device is 1 / 100 of the range wherever it
# starts. The exponential device follows g(n) = ln(1 + (e^beta - 1) n / 100) / beta, so that a step from g is
# ln(1 + (e^beta - 1) e^(-beta g) / 100) / beta: a pulse on an empty device does far more than one on a full one.

# %%
g, step = steps(traces["linear"])
inside = g < 1 - 1 / levels
np.testing.assert_allclose(step[inside], 1 / levels, rtol=1e-9)
g, step = steps(traces["nonlinear"])
assert len(step) >= 5 and step.max() > 2 * step.min()
np.testing.assert_allclose(step, np.log1p(np.expm1(beta) * np.exp(-beta * g) / levels) / beta, rtol=1e-6)
