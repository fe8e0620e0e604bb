"""Histograms and maps of weights."""

import numpy as np
from made_up_run import LAYERS

from pulsenet.figures import weight_map, weights


def test_weights_show_the_histograms_of_the_first_and_the_last_snapshot(trace):
    figure = weights(trace)
    panels = np.array(figure.axes).reshape(2, 3)
    for row, layer in zip(panels, LAYERS, strict=True):
        for snapshot, patch in ((-1, 0), (0, 1)):
            G_plus, G_minus = trace.conductance(layer, snapshot)
            columns = (G_plus * 1e6, G_minus * 1e6, (G_plus - G_minus) / 4.9e-6)
            for axes, values in zip(row, columns, strict=True):
                share, edges, _ = axes.patches[patch].get_data()
                assert np.allclose(share, 100 * np.histogram(values, edges)[0] / values.size)
                assert np.isclose(share.sum(), 100)
        assert row[0].get_xlabel() == "$G_{+}$ (µS)"
    handles = figure.legends[0].get_texts()
    assert [text.get_text() for text in handles] == ["after frame 7", "before training"]


def test_map_tiles_the_fields_of_a_square_input_and_shows_other_layers_as_matrices(trace):
    fields, matrix = weight_map(trace).axes[:2]
    G_plus, G_minus = trace.conductance("layer1", -1)
    weight = (G_plus - G_minus) / 4.9e-6
    image = fields.images[0].get_array()
    tiles = [weight[:25, neuron].reshape(5, 5) for neuron in range(4)]
    for tile, (top, left) in zip(tiles, [(1, 0), (1, 6), (7, 0), (7, 6)], strict=True):
        assert np.allclose(image[top : top + 5, left : left + 5], tile)
    assert image.count() == 4 * 25
    assert [text.get_text() for text in fields.texts] == ["0", "1", "2", "3"]
    G_plus, G_minus = trace.conductance("layer2", -1)
    assert np.allclose(matrix.images[0].get_array(), (G_plus - G_minus) / 4.9e-6)
    low, high = matrix.images[0].get_clim()
    assert low == -high
