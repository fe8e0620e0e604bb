"""The figure of learning."""

import numpy as np

from pulsenet.figures import learning


def test_learning_shows_accuracy_and_pulses_of_training_frames(trace):
    top, bottom = learning(trace).axes[:2]
    online, test = (line.get_xydata() for line in top.get_lines()[:2])
    assert np.allclose(online, [(1.5, 200 / 3), (4.5, 200 / 3)])  # epochs of three training frames
    assert np.allclose(test, [(3, 50), (6, 75)])
    shown = {line.get_label(): line.get_xydata() for line in bottom.get_lines()}
    assert np.allclose(shown["programming"], [(1.5, 49 / 3), (4.5, 1)])
    assert np.allclose(shown["error"], [(1.5, 4), (4.5, 1)])
