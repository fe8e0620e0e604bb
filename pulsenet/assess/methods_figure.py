"""The figure of an assessment that no other part of pulsenet draws: how the methods learn, beside each other."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pulsenet.figures.style import GREY, KIND_COLOURS, LIGHT_GREY, NEGATIVE, POSITIVE, styled

_LOOKS = (("black", "s--"), (GREY, "D:"), (KIND_COLOURS["programming"], "^-"), (POSITIVE, "o-"), (NEGATIVE, "v-"))


@styled
def methods_figure(curves: dict[str, np.ndarray]) -> Figure:
    """Test accuracy after each epoch, mean and standard deviation over seeds.

    Parameters
    ----------
    curves : dict of str to float array, shape (seeds, epochs)
        By name of a method, at most five, in the order of the legend.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(8.5, 4.4), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.08)
    axes = figure.subplots()
    for (name, values), (colour, line) in zip(curves.items(), _LOOKS, strict=False):
        epochs, mean = np.arange(1, values.shape[1] + 1), 100 * values.mean(axis=0)
        axes.plot(epochs, mean, line, color=colour, lw=1.6, ms=5, label=name)
        if len(values) > 1:
            deviation = 100 * values.std(axis=0, ddof=1)
            axes.fill_between(epochs, mean - deviation, mean + deviation, color=colour, alpha=0.15, lw=0)
    seeds = len(next(iter(curves.values())))
    figure.suptitle(f"Learning, {_over(seeds)}", x=0.02, ha="left", weight="bold")
    axes.set(xlabel="epoch", ylabel="test accuracy (%)")
    axes.set_ylim(top=min(100, axes.get_ylim()[1]))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="y", color=LIGHT_GREY, lw=0.5)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def _over(seeds: int) -> str:
    return "one seed" if seeds == 1 else f"mean and standard deviation of {seeds} seeds"
