"""A study of a few runs that take no time."""

BASE = """
[data]
source = "digits"
train = 12
test = 8
[network]
layers = [64, 4, 10]
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
