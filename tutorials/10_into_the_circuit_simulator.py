# %% [markdown]
# # Into the circuit simulator
#
# A frame of a small network goes to the tools that engineers use already: its wires to a waveform viewer, its first
# read to SPICE. ngspice, which knows nothing of pulsenet, then integrates the currents through all devices; from its
# charges we work out how long the pulses of the hidden neurons must be, and find the pulses that the trace has
# recorded.
#
# Run as a script, or open as a notebook (percent format). Results go to `results/into-spice` of the current folder.
# Without ngspice (Debian, Ubuntu: `apt-get install ngspice`) the charges come from the trace's arithmetic alone.

# %%
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from pulsenet import Dataset, Linear, Network, Record, Run, Time, Trace, Training, train
from pulsenet.exports import integrated_charge, spice, vcd

# %% [markdown]
# ## A network of 6 inputs, 4 hidden neurons and 2 outputs, and one epoch of training
#
# A netlist needs the conductances of its own frame. Here there is a snapshot of them in the middle of the epoch, before
# frame 6.

# %%
patterns = np.array([[1.0, 0.8, 0.6, 0.0, 0.1, 0.3], [0.1, 0.0, 0.4, 0.9, 1.0, 0.5]])
labels = np.arange(12) % 2
noise = np.random.default_rng(0).uniform(-0.1, 0.1, (12, 6))
x = np.clip(patterns[labels] + noise, 0, 1)
device = Linear(G_min="0.1 uS", G_max="5 uS", pulses_SET=100, pulses_RESET=100)
run = Run(
    network=Network(layers=[6, 4, 2], activation="hard-sigmoid"),
    device=device,
    time=Time(slot="100 ns", n_slots=16),
    training=Training(epochs=1),
    record=Record(pulses="all", snapshots=2),
    seed=4,
)
out = Path("results/into-spice")
result = train(run, out, data=Dataset.from_arrays(x, labels, x[:2], labels[:2]), force=True)

# %% [markdown]
# ## The wires, for GTKWave or Surfer
#
# Three frames: every line is a signal, and the clock tells frame and phase. On the command line:
# `pulsenet export results/into-spice --format vcd --frames 0:3`

# %%
frame = 6
with Trace(result.trace) as trace:
    dump = vcd(trace, out / "exports" / "pulses.vcd", frames=slice(0, 3), force=True)
print(f"open it with: gtkwave {dump}, or surfer {dump}")

# %% [markdown]
# ## The first read of a frame, for ngspice
#
# Voltage sources with the pulses of the input lines, two resistors per device pair, and an ideal integrator per neuron.

# %%
with Trace(result.trace) as trace:
    netlist = spice(trace, out / "exports" / "forward.cir", frame=frame, layer="layer1", force=True)
    expected = integrated_charge(trace, frame, "layer1")
    pulses, widths = trace.pulses("input", "forward", frame), np.zeros(7, int)
    widths[pulses["line"]] = pulses["width"]
    snapshot = trace.snapshots[:].tolist().index(frame - 1)  # taken after the frame before
    G_plus, G_minus = trace.conductance("layer1", snapshot)
    hidden, recorded = trace.pulses("hidden1", "forward", frame), np.zeros(5, int)
    recorded[hidden["line"]] = hidden["width"]
    read_gain = trace.configuration["calibrated"]["read_gain"][0]
print("".join(line + "\n" for line in netlist.read_text().splitlines()[:9]))

# %% [markdown]
# ngspice measures the charge of each neuron, in coulomb; with `-r` it writes its waveforms instead.

# %%
charge, curves = expected, None
if shutil.which("ngspice"):
    printed = subprocess.run(["ngspice", "-b", netlist], capture_output=True, text=True, check=True).stdout
    found = dict(re.findall(r"^charge_(\d+)\s*=\s*(\S+)", printed, re.M))
    charge = np.array([float(found[str(neuron)]) for neuron in range(4)])
    raw = netlist.with_suffix(".raw")
    subprocess.run(["ngspice", "-b", "-r", raw, netlist], capture_output=True, check=True)
    head, _, values = raw.read_bytes().partition(b"Binary:\n")
    names = re.findall(r"^\s*\d+\s+(\S+)\s", head.decode().partition("Variables:\n")[2], re.M)
    curves = dict(zip(names, np.frombuffer(values).reshape(-1, len(names)).T, strict=True))
    difference = np.abs(charge / expected - 1).max()
    print(f"ngspice and the trace's arithmetic differ by at most {difference:.1e} of a charge")
    assert difference < 1e-3, (charge, expected)
else:
    print("ngspice is not installed: going on with the trace's arithmetic")

# %% [markdown]
# ## From charge to pulse
#
# A hidden neuron's preactivation is its charge over the charge unit, V_read n_slots slot (G_max - G_min) / gain. Its
# hard sigmoid makes a pulse of it that is half a phase long at 0, and nothing or a whole phase from -0.5 and 0.5 on.

# %%
charge_unit = run.read.V_read * run.time.n_slots * run.time.slot * (device.G_max - device.G_min) / read_gain
slots = np.floor(run.time.n_slots * np.clip(charge / charge_unit + 0.5, 0, 1) + 0.5).astype(int)
for neuron in range(4):
    print(
        f"neuron {neuron}: {charge[neuron] * 1e15:8.2f} fC -> {slots[neuron]:2} slots; recorded: {recorded[neuron]:2} "
        "slots"
    )

# %% [markdown]
# ## Picture
#
# In the circuit, charge flows as long as a pulse is high (lines). pulsenet delivers all charge of a pulse at its
# trailing edge (steps): at the end of the phase, both are the same.

# %%
colours = ["#D55E00", "#0072B2", "#009E73", "#CC79A7"]
figure = Figure(figsize=(11, 4.6), layout="constrained")
left, right = figure.subplots(1, 2, width_ratios=[1, 1.5])
left.barh(range(7), widths * 0.1, height=0.7, color="#4D4D4D")
left.set(
    yticks=range(7), yticklabels=[*map(str, range(6)), "bias"], xlabel="time in the phase (us)", ylabel="input line"
)
left.set_title(f"V_read on the input lines, frame {frame}", loc="left")
time = np.arange(18)
for neuron, colour in enumerate(colours):
    weight = 0.1 * 100e-9 * (G_plus - G_minus)[:, neuron]
    steps = np.array([(widths * weight)[widths <= slot].sum() for slot in time])
    right.step(time * 0.1, steps * 1e15, where="post", color=colour, lw=0.9, alpha=0.8)
    if curves is not None:
        right.plot(curves["time"] * 1e6, curves[f"v(integral{neuron})"] * 1e-12 * 1e15, color=colour, lw=2)
    right.annotate(
        f" neuron {neuron}: {slots[neuron]}/16 slots", (1.7, charge[neuron] * 1e15), color=colour, va="center"
    )
right.set(xlabel="time in the phase (us)", ylabel="integrated charge (fC)", xlim=(0, 2.2))
right.axhline(0, color="#BFBFBF", lw=0.8, zorder=0)
lines = "lines: ngspice; " if curves is not None else ""
right.set_title(f"Charge of the hidden neurons ({lines}steps: pulsenet)", loc="left")
for axes in (left, right):
    axes.spines[["top", "right"]].set_visible(False)
figure.savefig(out / "charges.png", dpi=150)
print(out / "charges.png")

# %% [markdown] The headline: the charges give the very pulses that the trace has recorded, and not all neurons are
# silent or saturated.

# %%
assert np.array_equal(slots, recorded[:4]), (slots, recorded)
assert np.any((slots > 0) & (slots < run.time.n_slots)), slots
