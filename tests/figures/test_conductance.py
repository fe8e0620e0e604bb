"""Conductances over a run, of pairs that are chosen."""

import numpy as np
import pytest
from refusals import refused

from pulsenet import TraceError
from pulsenet.figures import conductance


def test_conductance_follows_the_pair_that_changed_most(trace):
    axes = conductance(trace).axes[0]
    G = np.array(trace.conductance("layer1", slice(None)))  # device, snapshot, input, neuron
    total = np.abs(np.diff(G, axis=1)).sum(axis=(0, 1))
    pre, post = np.unravel_index(total.argmax(), total.shape)
    solid, dashed = axes.get_lines()[:2]
    assert np.allclose(solid.get_xydata(), np.column_stack([[0, 4, 8], G[0, :, pre, post] * 1e6]))
    assert np.allclose(dashed.get_ydata(), G[1, :, pre, post] * 1e6)
    assert (solid.get_linestyle(), dashed.get_linestyle()) == ("-", "--")
    name = "bias" if pre == 25 else pre
    assert axes.get_legend().get_texts()[0].get_text() == f"{name} → {post}  (the largest)"
    assert axes.get_ylabel() == "conductance (µS)"


def test_conductance_follows_chosen_pairs(trace):
    axes = conductance(trace, {"layer2": [(4, 2), (0, 1)]}).axes[1]
    G = np.array(trace.conductance("layer2", slice(None)))
    curves = [line.get_ydata() for line in axes.get_lines()[:4]]
    for curve, (device, pre, post) in zip(curves, [(0, 4, 2), (1, 4, 2), (0, 0, 1), (1, 0, 1)], strict=True):
        assert np.allclose(curve, 1e6 * G[device, :, pre, post])
    assert [text.get_text() for text in axes.get_legend().get_texts()[:2]] == ["bias → 2", "0 → 1"]


@pytest.mark.parametrize(
    ("pairs", "parts"),
    [
        ({"layer3": [(0, 0)]}, ["'layer3'", "layer1, layer2"]),
        ({"layer2": [(5, 0)]}, ["5, 0", "0 to 4", "0 to 2"]),
        ({"layer2": [(-1, 0)]}, ["-1, 0"]),
        ({"layer2": []}, ["0 pairs", "1 to 7"]),
        ({"layer2": [(0, 0)] * 8}, ["8 pairs", "1 to 7"]),
    ],
)
def test_pairs_that_there_are_not_are_refused(trace, pairs, parts):
    refused(TraceError, lambda: conductance(trace, pairs), *parts)
