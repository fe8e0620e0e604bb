"""Two runs against each other."""

import matplotlib
import numpy as np
from made_up_run import G_MAX, G_MIN, LAYERS
from panels import titled_panel

from pulsenet.figures import compare


def test_compare_tells_settings_that_differ_and_overlays_the_runs(trace, other):
    figure = compare(trace, other)
    written = [text.get_text() for text in figure.findobj(matplotlib.text.Text)]
    for one in ("device.law", "linear", "exponential", "seed", "7", "8", "device.G_max", "5e-06 S", "1e-05 S"):
        assert one in written
    assert "device.G_min" not in written
    axes = titled_panel(figure, "programming pulses")
    assert np.allclose(axes.get_lines()[0].get_xydata(), [(1.5, 49 / 3), (4.5, 1)])
    weight = [axes for axes in figure.axes if axes.get_xlabel().startswith("weight")]
    for axes, layer in zip(weight, LAYERS, strict=True):
        for patch, one, span in zip(axes.patches, (trace, other), (G_MAX - G_MIN, 1e-5 - G_MIN), strict=True):
            G_plus, G_minus = one.conductance(layer, -1)
            share, edges, _ = patch.get_data()
            assert np.allclose(share, 100 * np.histogram((G_plus - G_minus) / span, edges)[0] / G_plus.size)
            assert np.isclose(share.sum(), 100)
