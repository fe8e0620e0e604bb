"""A study of a few runs that take no time."""

from pathlib import Path

import numpy as np

BASE = """
[data]
source = "{folder}/samples.npz"
[network]
layers = [16, 4, 4]
[time]
n_slots = 2
[device]
law = "exponential"
G_min = "0.1 uS"
G_max = "5 uS"
pulses_SET = 64
beta_SET = 0
pulses_RESET = 64
beta_RESET = 0
[update]
method = "unidirectional"
refresh_every = 7
[training]
epochs = 2
"""
STUDY = """
base = "base.toml"
seeds = [1, 2]
baselines = ["software", "write-once"]
training.epochs = 1
[axes]
update.method = ["unidirectional", "bidirectional"]
beta = {keys = ["device.beta_SET", "device.beta_RESET"], values = [0, 2]}
[claims.any]
sentence = "Unidirectional updating is not wholly worse."
of = {"update.method" = "unidirectional"}
against = {"update.method" = "bidirectional"}
at_least = -1.0
"""


def write(folder: Path) -> None:
    """Study, base, and samples: no process of a study imports scikit-learn, which takes as long as all else it does."""
    rng = np.random.default_rng(1)
    labels = np.arange(20) % 4
    x = np.clip(rng.random((4, 16))[labels] + rng.normal(0, 0.1, (20, 16)), 0, 1)
    np.savez(folder / "samples.npz", x_train=x[:12], y_train=labels[:12], x_test=x[12:], y_test=labels[12:])
    (folder / "base.toml").write_text(BASE.format(folder=folder))
    (folder / "study.toml").write_text(STUDY)
