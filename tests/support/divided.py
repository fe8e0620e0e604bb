"""A data set of two classes that a line divides."""

import numpy as np

from pulsenet import Dataset


def divided(n_train: int, n_test: int, n_features: int) -> Dataset:
    rng = np.random.default_rng(1)
    x = rng.random((n_train + n_test, n_features))
    y = (x[:, 0] > x[:, 1]).astype(int)
    return Dataset.from_arrays(x[:n_train], y[:n_train], x[n_train:], y[n_train:], name="divided")
