"""The sigmoidal law is a stretched logistic function."""

from __future__ import annotations

import numpy as np
from typical_laws import EXAMPLES, g


def test_sigmoidal_is_a_stretched_logistic_function():
    device = EXAMPLES["sigmoidal"]

    def logistic(share, steepness, midpoint):
        values = 1 / (1 + np.exp(-steepness * (np.r_[0, 1, share] - midpoint)))
        return (values[2:] - values[0]) / (values[1] - values[0])

    n = np.arange(41)
    np.testing.assert_allclose(g(device, "SET_level", n=n), logistic(n / 64, 8, 0.5), atol=1e-12)
    np.testing.assert_allclose(g(device, "RESET_level", n=n), 1 - logistic(n / 40, 12, 0.3), atol=1e-12)
