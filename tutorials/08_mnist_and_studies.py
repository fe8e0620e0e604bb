# %% [markdown]
# # MNIST at full scale, and studies on a cluster
#
# A run of the real size: 784, 200 and 10 neurons, 60,000 samples per epoch, every pulse resolved. Then a *study*: a
# grid of runs with a table, figures and claims that are decided, on one processor, on all of a machine, or on a
# cluster.
#
# MNIST's files are looked for in the folder that the environment variable `PULSENET_DATA` names and in the user's
# cache, and else downloaded (11 MB). Where that fails, this tutorial says so and does the same on scikit-learn's
# digits. With MNIST, it takes the first 1,000 training and 500 test samples, so that it ends within a minute; the full
# commands are shown.
#
# pandas and xarray come with `pip install 'pulsenet[analysis]'`; without them, the parts that need them are left out.

# %%
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np

from pulsenet import DataError, Run, load_data, train
from pulsenet.study import load, run_study
from pulsenet.training.dry_run import dry_run

out = Path("results/tutorial-08")
try:
    full = len(load_data("mnist").y_train)
    name, few, epochs = "mnist", {"data.train": 1000, "data.test": 500}, 1
except DataError as error:
    full = len(load_data("digits").y_train)
    name, few, epochs = "digits", {}, 3
    print(f"NO MNIST: all that follows is on scikit-learn's digits. {error}")
print(f"{name}: {full} training samples")

# %% [markdown]
# ## The run file
#
# `runs/mnist.toml` describes the run in full; `runs/digits.toml` is its small brother. Nothing in them need be edited:
# every value can be replaced by its dotted key, on the command line and in Python alike.
#
#     pulsenet run runs/mnist.toml                                     # 8 epochs
#     pulsenet run runs/mnist.toml --epochs 3 --set device.pulses_SET=64 --set device.pulses_RESET=64
#     pulsenet run runs/mnist.toml --resume                            # after Ctrl-C or a crash: to the same bits
#
# `--dry-run` tells beforehand what is wired, what happens when, and how large the trace will be.

# %%
run_file = files("pulsenet.runs") / f"{name}.toml"
linear = {"device.law": "linear", "device.pulses_SET": 2048, "device.pulses_RESET": 2048}
small = {"training.epochs": 2, "record.pulses": "none", "record.snapshots": 1} | linear | few
run = Run.load(run_file, small)
told = dry_run(run, "auto")
print(told[told.index("\nphase") :])  # all equations come before

# %% [markdown]
# ## What an epoch costs
#
# `watch` is called after every chunk of frames, at the latest after each epoch. Before the first, the C++ program is
# built, if it is not in the cache (`PULSENET_CACHE`, or the user's cache folder); the others show what a frame takes,
# however many there are.

# %%
seen = []
result = train(run, out / "run", force=True, watch=lambda progress: seen.append((perf_counter(), progress.frame)))
(start, first), (end, last) = seen[1], seen[-1]  # seen[0] is before the first chunk
frame_time = (end - start) / (last - first)
print(f"{1e6 * frame_time:.0f} us per frame, so {full * frame_time:.1f} s per epoch of {full} training samples")
print(f"test accuracy after two epochs of {few.get('data.train', full)} samples: {result.accuracy[-1]:.1%}")

# %% [markdown]
# ## A study
#
# A study file is a run file with a few keys more: what varies (`axes`), what it is compared with (`baselines`), and
# what is claimed. How many levels does a device need? The circuit is the same for all of these runs, so nothing is
# built anew.

# %%
study_file = out / "levels.toml"
study_file.write_text(
    f"""
title = "How many levels does a linear device need?"
base = '{run_file}'
seeds = [1, 2, 3]
baselines = ["software"]
training.epochs = {epochs}
device = {{law = "linear", pulses_SET = 2048, pulses_RESET = 2048}}
{"data = {train = 1000, test = 500}" if few else ""}

[axes]
levels = {{keys = ["device.pulses_SET", "device.pulses_RESET"], values = [16, 128, 1024]}}

[claims.levels-matter]
sentence = "1024 levels are at least a point better than 16."
of = {{levels = 1024}}
against = {{levels = 16}}
at_least = 0.01
"""
)
study = load(study_file)
result = run_study(study, out / "levels", force=True, workers=1)
print((result.folder / "report.md").read_text())

# %% [markdown]
# On the command line this is
#
#     pulsenet study results/tutorial-08/levels.toml                # as many runs at a time as there are processors
#     pulsenet study results/tutorial-08/levels.toml --workers 1    # one after the other
#     pulsenet study results/tutorial-08/levels.toml --resume       # after Ctrl-C, or with another seed
#
# Runs of the C++ engine are done in threads of one process, which share the samples. Training in software, and
# `--engine cython` or `numpy`, keep Python to themselves: they are done in other processes, each of which does one run
# at a time.
#
# ## On a cluster
#
# Dask distributed (`pip install 'pulsenet[cluster]'`) does the runs wherever its workers are. By hand: start a
# scheduler on one machine, and on the others as many workers of one thread as there are processors. All must see the
# same folders: the one you are in, the data, and the built programs, so give `PULSENET_CACHE` a shared folder
# everywhere, with `PULSENET_DATA`.
#
#     dask scheduler                                                          # on host; it prints tcp://host:8786
#     dask worker tcp://host:8786 --nworkers 16 --nthreads 1                  # on each machine
#     export PULSENET_CACHE=/shared/pulsenet PULSENET_DATA=/shared/mnist      # on all of them, before
#     pulsenet study runs/claims.toml --scheduler tcp://host:8786 --out /shared/results/claims
#
# Where SLURM hands out the machines, [dask-jobqueue](https://jobqueue.dask.org) writes and submits the jobs
# (`pip install dask-jobqueue`). Shown, not run here:
#
# ```python
# from dask_jobqueue import SLURMCluster
#
# from pulsenet.study import load, run_study
#
# if __name__ == "__main__":
#     cluster = SLURMCluster(
#         queue="cpu", account="my-project", walltime="04:00:00",
#         cores=1, processes=1, memory="4 GB",                     # of one job: one worker
#         job_script_prologue=["export PULSENET_CACHE=/shared/pulsenet PULSENET_DATA=/shared/mnist"],
#     )
#     cluster.scale(jobs=40)
#     run_study(load("runs/claims.toml"), "/shared/results/claims", scheduler=cluster.scheduler_address)
# ```
#
# Results do not depend on where a run was done: the table is the same, byte for byte.

# %% [markdown]
# ## Going on after an interruption
#
# Ctrl-C, a full disk, a job that ran out of time: what is finished stays. Here one run loses its result, as if it
# had been killed, and `resume` does that one again. A run that was ended in its middle goes on from its last commit.

# %%
table = (result.folder / "table.csv").read_bytes()
lost = sorted((result.folder / "runs").glob("*/result.json"))[0]
lost.unlink()
result = run_study(study, result.folder, resume=True, workers=1)
print("the same table:", (result.folder / "table.csv").read_bytes() == table)

# %% [markdown]
# ## Reading the table
#
# `table.csv` has a row per run, `study.h5` the same as labelled columns and the accuracy after every epoch besides.

# %%
if find_spec("pandas"):
    import pandas

    frame = pandas.read_csv(result.folder / "table.csv")
    print(frame.groupby(["training", "levels"], dropna=False)["accuracy"].agg(["mean", "std", "count"]))

# %%
if find_spec("xarray") and find_spec("h5netcdf"):
    import xarray

    with xarray.open_datatree(result.folder / "study.h5", engine="h5netcdf") as tree:
        print(tree["table/accuracy"].attrs, tree["table/accuracy"].values)
        print("accuracy_by_epoch:", dict(tree["accuracy_by_epoch"].sizes))

# %%
rows = [row for row in result.rows if row["training"] == "on-chip"]
software = np.mean([row["accuracy"] for row in result.rows if row["training"] == "software"])
levels = sorted({row["levels"] for row in rows})
means = [np.mean([row["accuracy"] for row in rows if row["levels"] == count]) for count in levels]
figure, axis = plt.subplots(figsize=(5, 3), layout="constrained")
axis.semilogx([row["levels"] for row in rows], [100 * row["accuracy"] for row in rows], "o", alpha=0.5, label="runs")
axis.semilogx(levels, [100 * mean for mean in means], "k-", label="mean")
axis.axhline(100 * software, color="tab:gray", linestyle="--", label="software")
axis.set(
    xlabel="levels",
    ylabel="test accuracy (%)",
    title=f"{name}, {epochs} epoch{'s' * (epochs > 1)}",
    xticks=levels,
    xticklabels=levels,
)
axis.minorticks_off()
axis.legend(loc="lower right")

# %% [markdown]
# The headline: the claim is decided from the table, and it holds; and the resumed study has the same table, byte for
# byte.

# %%
[verdict] = result.verdicts["levels"]
print(f"{verdict.verdict}: {verdict.claim.sentence}")
assert (result.folder / "table.csv").read_bytes() == table
assert verdict.verdict == "holds", verdict
