"""The figure of waveforms shows steps and ramps."""

import numpy as np
import pytest
from divided import divided
from matplotlib.collections import PolyCollection
from refusals import refused
from waveform_runs import N_TEST, N_TRAIN, run_of

from pulsenet import Trace, TraceError, train
from pulsenet.figures import waveforms as draw

pytestmark = pytest.mark.whole


@pytest.fixture(scope="module", params=["width", "count"])
def trace(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "run"
    with Trace(train(run_of(request.param), folder, divided(N_TRAIN, N_TEST, 4), engine="standalone").trace) as trace:
        yield trace


@pytest.mark.parametrize("time", ["clock", "hardware"])
def test_the_figure_shows_steps_and_ramps(trace, time):
    figure = draw(trace, 1, {"input": [0, 4]}, time=time)
    labels = [axes.get_ylabel() for axes in figure.axes]
    assert [label.split("\n")[0] for label in labels] == [
        "input", "hidden1", "hidden1", "hidden2", "hidden2", "output", "output", "layer1", "layer2", "layer3"
    ]  # fmt: skip
    assert "frame 1" in figure.get_suptitle()
    ramps = [line for line in figure.axes[2].lines if len(line.get_xdata()) > 3]
    assert any(np.ptp(line.get_ydata()) > 0 for line in ramps)
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["bias", "0"]
    assert figure.axes[0].findobj(PolyCollection)  # open gates
    refused(TraceError, lambda: draw(trace, 1, {"input": [99]}), "99")
