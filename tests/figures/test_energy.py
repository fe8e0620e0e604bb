"""Energy and time by what they go to."""

import numpy as np
from made_up_run import COSTS

from pulsenet.figures import energy


def test_energy_and_time_are_stacked_by_what_they_go_to(trace):
    top, bottom = energy(trace).axes[:2]
    frames = np.array([[0, 1, 2], [4, 5, 6]])  # training frames of each epoch
    low = np.zeros(2)
    for patch, factor in zip(top.patches, COSTS.values(), strict=True):
        values, edges, baseline = patch.get_data()
        assert np.allclose(baseline, low) and np.allclose(edges, [0, 3, 6])
        low = low + frames.mean(axis=1) * factor  # pJ
        assert np.allclose(values, low)
    assert top.get_ylabel() == "energy per training frame (pJ)"
    assert "time" in bottom.get_ylabel() and "(µs)" in bottom.get_ylabel()
    names = [text.get_text() for text in top.get_legend().get_texts()]
    assert names[-1] == "forward reading: 18 pJ" and names[0] == "refresh: 72 pJ"
    title = top.get_legend().get_title().get_text()
    assert "180 pJ" in title and "not counted" not in title


def test_energy_names_what_is_not_counted(trace, monkeypatch):
    kept = {name: column for name, column in trace.frames.items() if name != "programming_energy"}
    monkeypatch.setattr(trace, "frames", kept)
    top, bottom = energy(trace).axes[:2]
    assert "126 pJ\nnot counted: programming" in top.get_legend().get_title().get_text()
    assert "not counted" not in bottom.get_legend().get_title().get_text()
