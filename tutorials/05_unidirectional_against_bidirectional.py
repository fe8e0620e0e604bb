# %% [markdown]
# # Unidirectional against bidirectional updating, and why
#
# A weight is a pair of devices, G+ - G-. *Bidirectional* updating strengthens it with a SET of G+ and a RESET of G-, and
# weakens it the other way round. *Unidirectional* updating sends SET pulses only: to G+ to strengthen, to G- to weaken. On a
# linear device both do the same. On a nonlinear one they do not, and this is what the paper is about.

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
axes.set(xlabel="pulses, up and down in turn", ylabel="weight (of the range)", title="A weight that is asked for nothing")
axes.legend()

# %% [markdown]
# Bidirectional updating forgets: each SET near G_min is large and each RESET from there small, so that every up-and-down
# leaves both devices nearer to the middle, and the weight nearer to 0. Unidirectional updating loses weight, too, since the
# lower device takes larger steps; but its devices soon take small ones, and the refresh makes room again.

# %% [markdown]
# ## The same on handwritten digits
#
# One epoch is not enough for a device this nonlinear to settle; five show the difference.

# %%
accuracy = {}
for method in histories:
    changes = {"update.method": method, "training.epochs": 5, "record.pulses": "none", "record.snapshots": 1}
    changes |= {f"device.{name}": value for name, value in device.model_dump(mode="json").items()}
    run = Run.load(files("pulsenet.runs") / "digits.toml", changes)
    accuracy[method] = train(run, f"results/tutorial-05/{method}", force=True).accuracy
    print(f"{method}: " + ", ".join(f"{value:.1%}" for value in accuracy[method]))

figure, axes = plt.subplots(figsize=(5, 3), layout="constrained")
for method, values in accuracy.items():
    axes.plot(range(1, 6), np.array(values) * 100, "o-", label=method)
axes.set(xlabel="epoch", ylabel="test accuracy (%)", title="digits, 64-50-10, 512 levels, beta 5")
axes.legend()

# %%
gain = accuracy["unidirectional"][-1] - accuracy["bidirectional"][-1]
print(f"unidirectional updating is {100 * gain:.1f} points better")
assert abs(histories["bidirectional"][-1]) < abs(histories["unidirectional"][-1])
assert gain > 0.02
