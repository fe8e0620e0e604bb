# %% [markdown]
# # Unidirectional against bidirectional updating, and why
#
# A weight is a pair of devices, G+ - G-. *Bidirectional* updating strengthens it with a SET of G+ and a RESET of G-,
# and weakens it the other way round. *Unidirectional* updating sends SET pulses only: to G+ to strengthen, to G- to
# weaken. On a linear device both do the same. On a nonlinear one they do not, and this is what the paper is about.

# %%
from importlib.resources import files

import matplotlib.pyplot as plt
import numpy as np

from pulsenet import Exponential, Run, train

device = Exponential(G_min="0.1 uS", G_max="5 uS", pulses_SET=512, beta_SET=5, pulses_RESET=512, beta_RESET=5)


# %% [markdown]
# ## One pair of devices
#
# Ask for nothing on average: strengthen, weaken, strengthen, weaken ... from a weight of a third of the range. What a
# pulse does is the device's own equation, the one that is simulated.


# %%
def pulse(G, kind):
    step = float(device.evaluate(kind, G=G))
    return min(G + step, device.G_max) if kind == "SET" else max(G - step, device.G_min)


def weights(method, pairs_of_pulses=300):
    span = device.G_max - device.G_min
    G_plus, G_minus = device.G_min + 0.4 * span, device.G_min + 0.1 * span
    history = []
    for number in range(2 * pairs_of_pulses):
        strengthen = number % 2 == 0
        if method == "unidirectional":
            if strengthen:
                G_plus = pulse(G_plus, "SET")
            else:
                G_minus = pulse(G_minus, "SET")
        else:
            G_plus = pulse(G_plus, "SET" if strengthen else "RESET")
            G_minus = pulse(G_minus, "RESET" if strengthen else "SET")
        history.append((G_plus - G_minus) / span)
    return np.array(history)


histories = {method: weights(method) for method in ("unidirectional", "bidirectional")}
figure, axes = plt.subplots(figsize=(7, 3), layout="constrained")
for method, history in histories.items():
    axes.plot(history, label=method)
axes.set(
    xlabel="pulses, up and down in turn", ylabel="weight (of the range)", title="A weight that is asked for nothing"
)
axes.legend()

# %% [markdown]
# Bidirectional updating forgets: each SET near G_min is large and each RESET from there small, so that every
# up-and-down leaves both devices nearer to the middle, and the weight nearer to 0. Unidirectional updating loses
# weight, too, since the lower device takes larger steps; but its devices soon take small ones, and the refresh makes
# room again.
#
# ## What faded was only hidden
#
# Unidirectional devices have one advantage more. Each has only ever gone one way since it was erased, so its
# conductance tells how many pulses it got, and the *numbers* of pulses still differ by as much as in the beginning. A
# refresh that writes the difference of the counts, `write_back = "counts"`, therefore brings the weight back; one that
# writes the difference of the conductances makes the loss permanent.


# %%
def count(G):
    return float(device.evaluate("SET_count", G=G))


def level(n):
    return float(device.evaluate("SET_level", n=n))


def refreshed(write_back, pairs_of_pulses=300, refresh_every=25):
    span = device.G_max - device.G_min
    G_plus, G_minus = device.G_min + 0.4 * span, device.G_min + 0.1 * span
    history = []
    for number in range(pairs_of_pulses):
        if number % refresh_every == 0 and write_back == "counts":
            G_plus, G_minus = level(round(count(G_plus) - count(G_minus))), device.G_min
        elif number % refresh_every == 0:
            G_plus, G_minus = level(round(count(device.G_min + G_plus - G_minus))), device.G_min
        G_plus, G_minus = pulse(G_plus, "SET"), pulse(G_minus, "SET")
        history.append((G_plus - G_minus) / span)
    return np.array(history)


figure, axes = plt.subplots(figsize=(7, 3), layout="constrained")
for write_back in ("nearest", "counts"):
    axes.plot(refreshed(write_back), label=f'write_back = "{write_back}"')
axes.set(
    xlabel="pulses up, each with one down",
    ylabel="weight (of the range)",
    title="The same, refreshed every 25 of them",
    ylim=(0, None),
)
axes.legend()

# %% [markdown]
# ## The same on handwritten digits
#
# One epoch is not enough for a device this nonlinear to settle; five show the difference. Counts are told from
# conductances only where pulses still do something, so pairs are refreshed early.

# %%
updates = {
    "unidirectional": {"method": "unidirectional"},
    "bidirectional": {"method": "bidirectional"},
    "unidirectional, counts": {
        "method": "unidirectional", "write_back": "counts", "refresh_every": 20, "refresh_above": 0.3,
        "refresh_margin": 0.1,
    },
}  # fmt: skip
accuracy = {}
for method, update in updates.items():
    changes = {"update": update, "training.epochs": 5, "record.pulses": "none", "record.snapshots": 1}
    changes |= {f"device.{name}": value for name, value in device.model_dump(mode="json").items()}
    run = Run.load(files("pulsenet.runs") / "digits.toml", changes)
    accuracy[method] = train(run, f"results/tutorial-05/{method}", force=True).accuracy
    print(f"{method}: " + ", ".join(f"{value:.1%}" for value in accuracy[method]))

figure, axes = plt.subplots(figsize=(5, 3), layout="constrained")
for method, values in accuracy.items():
    axes.plot(range(1, 6), np.array(values) * 100, "o-", label=method)
axes.set(xlabel="epoch", ylabel="test accuracy (%)", title="digits, 64-50-10, 512 levels, beta 5", ylim=(30, 100))
axes.set_xticks(range(1, 6))
axes.legend(loc="lower left")

# %%
gain = accuracy["unidirectional"][-1] - accuracy["bidirectional"][-1]
print(f"unidirectional updating is {100 * gain:.1f} points better")
more = accuracy["unidirectional, counts"][-1] - accuracy["unidirectional"][-1]
print(f"counts add {100 * more:.1f} points to that")
assert abs(histories["bidirectional"][-1]) < abs(histories["unidirectional"][-1])
assert refreshed("counts")[-1] > 3 * refreshed("nearest")[-1]
assert gain > 0.02
