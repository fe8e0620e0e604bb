"""Averages over blocks of frames."""

import numpy as np

from pulsenet.figures.averages import bounds_of_blocks


def test_learning_averages_over_blocks_that_end_with_their_epoch():
    bounds = bounds_of_blocks(np.array([950, 1000, 101_000]))
    assert set(bounds) >= {0, 950, 1000, 101_000} and np.diff(bounds).min() >= 50
    assert len(bounds) == 1 + 9 + 1 + 40
