"""The figure of confusion."""

import numpy as np

from pulsenet.figures import confusion


def test_confusion_shows_the_last_epoch(trace):
    figure = confusion(trace)
    assert "epoch 2: 24 of 27 test samples correct (88.9%)" in figure.get_suptitle()
    shown = {text.get_position()[::-1]: text.get_text() for text in figure.axes[0].texts}
    assert shown == {(0, 0): "9", (0, 2): "1", (1, 1): "7", (2, 0): "2", (2, 2): "8"}
    colours = figure.axes[0].images[0].get_array()
    assert np.array_equal(colours.mask, np.eye(3, dtype=bool)) and colours[2, 0] == 2
