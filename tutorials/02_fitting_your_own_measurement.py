# %% [markdown]
# # Fitting your own measurement
#
# From a table of pulses and conductances to a device that a network can be built of: a response law with parameters and
# their errors, what varies from device to device and from pulse to pulse, and a folder that run files name.
#
# The measurement here is made up, of a device that we know, with noise of a known size. So at the end we can tell
# whether the fit found the truth. On the command line the same is `pulsenet fit measured.csv --out my_device`.
#
# Run as a script, or open as a notebook (percent format). Results go to `results/fit` of the current folder.

# %%
# %matplotlib inline
import csv
from pathlib import Path

import numpy as np

from pulsenet import Dataset, Exponential, Network, Run, Time, Trace, Training, load_model, train
from pulsenet.figures import distributions, save
from pulsenet.fitting import fit, fit_figure, read_curves

folder = Path("results/fit")
folder.mkdir(parents=True, exist_ok=True)

# %% [markdown]
# ## The measurement
#
# Four cycles of 50 SET and 50 RESET pulses on one device, read after every pulse. A file from a measuring instrument
# will do as it is, if its header tells what is what: pulse number, conductance (or current, with the read voltage), and
# LTP or LTD. Where the header does not, say it: `read_curves("my.csv", unit="nA", V_read="0.1 V", columns={"pulse":
# "N"})`.

# %%
truth = Exponential(G_min="0.4 uS", G_max="8 uS", pulses_SET=50, beta_SET=2.5, pulses_RESET=50, beta_RESET=4)
noise = 0.01 * (truth.G_max - truth.G_min)  # of every reading
rng = np.random.default_rng(7)
n = np.arange(51)
measured = folder / "measured.csv"
with measured.open("w", newline="") as file:
    table = csv.writer(file)
    table.writerow(["cycle", "kind", "pulse", "G (uS)"])
    for cycle in range(1, 5):
        for kind, branch in (("LTP", "SET_level"), ("LTD", "RESET_level")):
            G = truth.evaluate(branch, n=n) + rng.normal(0, noise, len(n))
            table.writerows([cycle, kind, pulse, f"{1e6 * value:.4f}"] for pulse, value in enumerate(G))
print("".join(measured.open().readlines()[:4]))

# %% [markdown]
# ## The fit
#
# Every law is tried, and the one with the smallest AIC is kept; a law's own equation text is what is fitted, so the
# simulated device follows the very curve that is drawn here.

# %%
curves = read_curves(measured)
found = fit(curves)
print(found.report())

# %%
fit_figure(found)

# %% [markdown]
# ## Is it true?
#
# A good fit says how wrong it may be. We know the truth, so we can count by how many standard errors each parameter is
# off.

# %%
off = {}
for name, error in found.errors.items():
    if hasattr(truth, name):
        off[name] = (found.values[name] - getattr(truth, name)) / error
        print(
            f"{name:12} found {found.values[name]:.4g}, true {getattr(truth, name):.4g}: off by {off[name]:+.1f} "
            "standard errors"
        )

# %% [markdown]
# ## The device in a network
#
# The folder holds the device and the measured points. In a run file, `[device] model = "path/of/the/folder"` takes it;
# in Python, `load_model`. Its variation comes with it.

# %%
model = load_model(found.write(folder / "my_device", force=True).resolve())
print(model.about.status, model.variation)
labels = np.arange(60) % 2
x = np.array([[1, 0.8, 0, 0.1], [0.1, 0, 0.9, 1]])[labels] + np.random.default_rng(0).uniform(-0.3, 0.3, (60, 4))
data = Dataset.from_arrays(np.clip(x, 0, 1)[:40], labels[:40], np.clip(x, 0, 1)[40:], labels[40:])
run = Run(
    network=Network(layers=[4, 3, 2]),
    device=model.device,
    variation=model.variation,
    device_file=model.file,
    time=Time(n_slots=8),
    training=Training(epochs=3),
    seed=1,
)
result = train(run, folder / "run", data=data, force=True)
print(f"test accuracy on devices like the measured one: {result.accuracy[-1]:.0%}")

# %%
with Trace(result.trace) as trace:
    figures = {"fit": fit_figure(found), "distributions": distributions(trace)}
for path in save(figures, folder / "figures", force=True):
    print(path)

# %% [markdown]
# The headline: the fit finds the law that the device follows, its parameters within their errors, and the noise.

# %%
assert next(iter(found.AIC)) == "exponential", found.AIC
assert max(abs(value) for value in off.values()) < 3, off
span = found.values["G_max"] - found.values["G_min"]
assert 0.008 < found.rms / span < 0.012, found.rms / span
