# %% [markdown]
# # One synapse and its pulses
#
# A weight is the difference of two devices, w = (G+ - G-)/(G_max - G_min). We program one pair by hand, pulse by pulse:
# along the curve of a device, up with SET and down with RESET pulses, until both devices are nearly full and a refresh
# makes room again. Nothing is trained here; tutorial 03 does the same on the wires of a network.
#
# Run as a script, or open as a notebook (percent format). The picture goes to `results/one-synapse` of the current
# folder.

# %%
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from pulsenet import Bidirectional, Exponential, Network, Run, Unidirectional
from pulsenet.circuit.device_functions import device_functions

# %% [markdown]
# ## A device
#
# An exponential device: a SET pulse moves it the less the fuller it is, by a factor of nearly e^beta between empty and
# full. SET and RESET have parameters of their own. The law is text, which every engine compiles.

# %%
device = Exponential(G_min="0.1 uS", G_max="5 uS", pulses_SET=64, beta_SET=3, pulses_RESET=32, beta_RESET=2)
print(f"one SET pulse at G: + {device.SET}")
print(f"one RESET pulse:    - {device.RESET}")

# %% [markdown]
# ## SET and RESET pulses
#
# The function `pulsed(drive, G)` is what the simulation calls at every programming pulse: drive 1 is SET, -1 is RESET.
# Its further arguments are the device's parameters.

# %%
functions = {}
for update in (Unidirectional(), Bidirectional()):  # of the one we take the refresh, of the other both kinds of pulses
    circuit = Run(network=Network(layers=[2, 2]), device=device, update=update).circuit()
    functions |= {function.name: function for function in device_functions(circuit)}
parameters = device.parameters()


def call(name, *given):
    """A device function, with the parameters that it takes."""
    function = functions[name]
    rest = list(function.arguments)[len(given) :]
    return float(function(*given, *(parameters[argument] for argument in rest)))


def pulsed(drive, G):
    """The conductance after a SET (1) or a RESET (-1) pulse."""
    return call("pulsed", drive, G)


up = [device.G_min]
for _ in range(64):
    up.append(pulsed(1, up[-1]))
down = [device.G_max]
for _ in range(32):
    down.append(pulsed(-1, down[-1]))
print(f"the first SET pulse moves it by {1e9 * (up[1] - up[0]):.0f} nS, the last by {1e9 * (up[-1] - up[-2]):.1f} nS")

# %% [markdown]
# ## A pair of devices: G+ - G-
#
# *Unidirectional* updating sends SET pulses only: on G+ to strengthen, on G- to weaken. *Bidirectional* updating sends
# both devices a pulse, one SET and one RESET. The same 24 wishes, up 14 times and then down 10 times, on both:

# %%
wishes = [1] * 14 + [-1] * 10
start = 1.0e-6
paths = {"unidirectional": [(start, start)], "bidirectional": [(start, start)]}
for polarity in wishes:
    plus, minus = paths["unidirectional"][-1]
    paths["unidirectional"].append((pulsed(int(polarity > 0), plus), pulsed(int(polarity < 0), minus)))
    plus, minus = paths["bidirectional"][-1]
    paths["bidirectional"].append((pulsed(polarity, plus), pulsed(-polarity, minus)))
span = device.G_max - device.G_min
weights = {name: np.array([(plus - minus) / span for plus, minus in path]) for name, path in paths.items()}
for name, weight in weights.items():
    print(f"{name}: weight {weight[0]:+.3f}, after 14 pulses up {weight[14]:+.3f}, after 10 down {weight[-1]:+.3f}")

# %% [markdown]
# ## A refresh
#
# SET pulses alone fill both devices, and little of the range is left. Every so many frames, a *refresh* looks for such
# pairs: it resets both devices to G_min, and writes the difference back to one of them, with the number of SET pulses
# that comes nearest.

# %%
plus, minus = up[44], up[22]
RESET_pulses = call("erasing_pulses", 1, 0, plus), call("erasing_pulses", 1, 0, minus)
SET_pulses = call("SET_pulses", 1, device.G_min + plus - minus)
new_plus, new_minus = call("written", 1, SET_pulses, 0, plus), call("written", 1, 0, 0, minus)
before, after = (plus - minus) / span, (new_plus - new_minus) / span
print(f"before: G+ {1e6 * plus:.2f} uS, G- {1e6 * minus:.2f} uS, weight {before:+.4f}")
print(f"{RESET_pulses[0]:.0f} and {RESET_pulses[1]:.0f} RESET pulses, then {SET_pulses:.0f} SET pulses on G+")
print(f"after:  G+ {1e6 * new_plus:.2f} uS, G- {1e6 * new_minus:.2f} uS, weight {after:+.4f}")

# %% [markdown]
# ## Picture

# %%
figure = Figure(figsize=(10, 3.6), layout="constrained")
left, right = figure.subplots(1, 2)
left.plot(range(65), 1e6 * np.array(up), ".-", label="SET pulses from G_min")
left.plot(range(33), 1e6 * np.array(down), ".-", label="RESET pulses from G_max")
left.set(xlabel="pulses", ylabel="conductance (uS)", title="one device")
left.legend()
for name, weight in weights.items():
    right.step(range(len(weight)), weight, where="post", label=name)
right.set(xlabel="programming pulses: 14 up, 10 down", ylabel="weight", title="one pair")
right.legend()
folder = Path("results/one-synapse")
folder.mkdir(parents=True, exist_ok=True)
figure.savefig(folder / "one-synapse.png", dpi=120)
print(folder / "one-synapse.png")

# %% [markdown]
# The headline: pulse by pulse, the device follows its closed form; its first SET pulse moves it more than 17 times as
# far as its last; and a refresh changes a weight by no more than half of the step with which it is written back.

# %%
np.testing.assert_allclose(up[:-1], device.evaluate("SET_level", n=np.arange(64)), rtol=1e-9)
assert (up[1] - up[0]) > 17 * (up[-1] - up[-2])
assert abs(after - before) * span <= 0.5 * (up[1] - up[0]) and new_minus == device.G_min
