"""Where and how often devices are programmed."""

import numpy as np
from made_up_run import LAYERS
from panels import titled_panel

from pulsenet.figures import density, programmed
from pulsenet.figures.activity import programming_counts


def test_density_is_pulses_per_recorded_training_frame_and_grey_where_there_were_none(trace):
    figure, counts = density(trace), programming_counts(trace)[1]
    assert "in 3 recorded training frames" in figure.get_suptitle()
    for layer in LAYERS:
        images = [axes.images[0].get_array() for axes in figure.axes if axes.get_title(loc="left").startswith(layer)]
        for image, number in zip(images, counts[layer], strict=True):
            assert np.allclose(image.filled(0), number / 3) and np.array_equal(image.mask, number == 0)


def test_programmed_counts_every_pair_and_the_refresh_of_every_neuron(trace):
    figure, counts = programmed(trace), programming_counts(trace)[1]
    axes = titled_panel(figure, "layer1: 26 × 4 device pairs")
    for polarity, name in enumerate(("positive", "negative")):
        outline = next(patch for patch in axes.patches if patch.get_label().startswith(name))
        share, edges, _ = outline.get_data()
        of = counts["layer1"][polarity]
        assert edges[0] == 0.5 and np.isclose(share.sum(), 100 * np.mean(of > 0))
        assert f"never: {np.mean(of == 0):.1%}" in outline.get_label()
    right = titled_panel(figure, "layer1: refresh of 4 hidden1 neurons")
    shares = {patch.get_label().split(";")[0]: patch.get_data()[0].sum() for patch in right.patches}
    assert shares["SET"] == shares["RESET"] == 25  # neuron 2 alone spent pulses
    assert [text.get_text() for text in titled_panel(figure, "layer2: refresh").texts] == ["none"]
