"""Lines, neurons and frames that are silent."""

import numpy as np

from pulsenet.figures import silence


def test_silence_shows_lines_neurons_and_frames(trace):
    figure = silence(trace)
    gates, neurons, frames = figure.axes[:3]
    shown = {line.get_label(): line.get_xydata() for line in gates.get_lines()}
    # Frames 0 and 1, then 5, were recorded and trained; in all but frame 1, only the bias line sends.
    assert np.allclose(shown["input"], [(1.5, 100 * (1 + 3 / 25) / 2), (4.5, 100)])
    assert np.allclose(shown["hidden1"], [(1.5, 100 * (1 + 2 / 4) / 2), (4.5, 100)])
    shown = {line.get_label(): line.get_ydata() for line in neurons.get_lines()}
    assert np.allclose(shown["output"], [100 * (1 + 1 / 3) / 2, 100])
    shown = {line.get_label(): line.get_ydata() for line in frames.get_lines()}
    assert np.allclose(shown["no error pulse"], [0, 200 / 3]) and np.allclose(
        shown["no programming pulse"], [100 / 3, 0]
    )
