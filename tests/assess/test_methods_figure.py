"""The figure of methods."""

import numpy as np
import pytest

from pulsenet.assess.methods_figure import methods_figure


def test_the_figure_shows_every_method_with_its_spread():
    axes = methods_figure(
        {"software": np.array([[0.5, 0.9], [0.7, 0.9]]), "device": np.array([[0.2, 0.3], [0.4, 0.5]])}
    ).axes[0]
    software, device = axes.lines
    assert software.get_ydata() == pytest.approx([60, 90]) and device.get_ydata() == pytest.approx([30, 40])
    assert len(axes.collections) == 2 and [text.get_text() for text in axes.get_legend().get_texts()] == [
        "software",
        "device",
    ]
