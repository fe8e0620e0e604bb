"""The figure of a grid."""

import numpy as np

from pulsenet.study.accuracy_figure import grid_figure


def test_the_figure_has_a_line_per_case_and_one_across_per_baseline():
    rows = [
        {"grid": "g", "training": "on-chip", "case": case, "beta": beta, "seed": seed, "epochs": 1,
         "accuracy": accuracy, "warnings": ""}
        for case, accuracy in (("a", 0.9), ("b", 0.8))
        for beta in (0, 1, 3)
        for seed in (1, 2)
    ]  # fmt: skip
    software = {
        "training": "software",
        "case": None,
        "beta": None,
        "seed": 1,
        "epochs": 1,
        "accuracy": 0.95,
        "warnings": "",
    }
    axes = grid_figure("g", [*rows, {"grid": "g", **software}]).axes[0]
    heights = [bar.lines[0].get_ydata().astype(float) for bar in axes.containers]
    np.testing.assert_allclose(heights, [[90] * 3, [80] * 3], rtol=1e-12)
    assert [text.get_text() for text in axes.figure.legends[0].texts] == ["software: 95.0 ± 0.0", "a", "b"]
    (alone,) = grid_figure("g", [row | {"beta": None} for row in rows if row["beta"] == 1]).axes[0].containers
    assert [bar.lines[0].get_linestyle() for bar in (*axes.containers, alone)] == [
        "-",
        "-",
        "None",
    ]  # cases have no order
