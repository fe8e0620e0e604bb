"""Distributions of states, and how many devices are at their ends."""

import numpy as np
from made_up_run import G_MAX, G_MIN, LAYERS, write

from pulsenet import Trace
from pulsenet.figures import distributions, saturation


def test_distributions_are_quantiles_of_every_snapshot(trace):
    axes = distributions(trace).axes
    for row, layer in enumerate(LAYERS):
        G = np.array(trace.conductance(layer, slice(None)))
        columns = (1e6 * G[0], 1e6 * G[1], (G[0] - G[1]) / (G_MAX - G_MIN))
        for values, one in zip(columns, axes[3 * row : 3 * row + 3], strict=True):
            median = next(line for line in one.get_lines() if "median" in line.get_label())
            assert np.allclose(median.get_xydata(), np.column_stack([[0, 4, 8], np.median(values, axis=(1, 2))]))
            band = one.collections[0].get_paths()[0].vertices
            assert np.isclose(band[:, 1].min(), values.min()) and np.isclose(band[:, 1].max(), values.max())


def test_saturation_is_the_share_at_each_end(tmp_path, monkeypatch):
    def at_ends(rng):
        """A tenth of each layer's devices at each end, a little beyond it or a little inside."""

        def uniform(low, high, shape):
            G = np.full(shape, 2e-6)
            G.reshape(-1)[:10] = [1.0e-7, 1.3e-7, 0.9e-7, 1.6e-7, 5e-6, 4.99e-6, 5.1e-6, 4.9e-6, 3e-6, 3e-6]
            return G

        return type("Generator", (), {"uniform": staticmethod(uniform)})()

    monkeypatch.setattr("made_up_run.np.random.default_rng", at_ends)
    with Trace(write(tmp_path / "run")) as trace:
        axes = saturation(trace).axes[0]
    shown = {line.get_label(): line.get_ydata() for line in axes.get_lines()}
    assert np.allclose(shown["$G_{+}$ at $G_\\mathrm{max}$"], 100 * 3 / 104)
    assert np.allclose(shown["$G_{+}$ at $G_\\mathrm{min}$"], 100 * 3 / 104)
    assert np.allclose(shown["$G_{-}$ at $G_\\mathrm{min}$"], 0)
