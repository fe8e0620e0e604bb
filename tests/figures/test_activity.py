"""Which lines are active, and how often pairs are programmed."""

import numpy as np
import pytest
from made_up_run import ERRORS, LAYERS, RECORDED, VALUES, write

from pulsenet import Trace
from pulsenet.figures import density
from pulsenet.figures.activity import active_lines, programming_counts


@pytest.mark.parametrize("code", ["width", "count"])
def test_programming_counts_are_those_of_frame_1(tmp_path, code):
    """The only frame with error pulses: a pair is programmed for each that comes while its line's gate is open."""
    with Trace(write(tmp_path / "run", code)) as trace:
        frames, counts = programming_counts(trace)
    wanted = {layer: np.zeros((2, *shape), int) for layer, shape in LAYERS.items()}
    for layer, before, after in (("layer1", "input", "hidden1"), ("layer2", "hidden1", "output")):
        for line, width in VALUES[before].items():
            for slot, neuron, polarity in ERRORS[after]:
                wanted[layer][int(polarity < 0), line, neuron] += slot < width
        assert np.array_equal(counts[layer], wanted[layer]) and wanted[layer].any()
    assert list(frames) == [0, 1, 5]


def test_programming_is_counted_in_evenly_picked_frames_if_there_are_many(trace, monkeypatch):
    monkeypatch.setattr("pulsenet.figures.activity._MOST_COUNTED", 2)
    frames, counts = programming_counts(trace)
    assert list(frames) == [0, 5] and not counts["layer1"].any()
    assert "in 2 of 3 recorded training frames" in density(trace).get_suptitle()


def test_active_lines_are_counted_once_per_frame_whatever_the_code(tmp_path):
    for code in ("width", "count"):
        with Trace(write(tmp_path / code, code)) as trace:
            number = active_lines(trace, "input", "forward", range(25), RECORDED)
            assert np.array_equal(np.isnan(number), ~RECORDED)
            assert number[1] == 22 and (number[RECORDED & (np.arange(8) != 1)] == 0).all()
