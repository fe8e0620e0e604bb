"""Where nothing happens: closed gates, silent neurons, frames without programming."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pulsenet.errors import TraceError
from pulsenet.figures.activity import active_lines
from pulsenet.figures.averages import Blocks
from pulsenet.figures.registry import figure
from pulsenet.figures.style import LIGHT_GREY, new_figure
from pulsenet.trace import Trace
from pulsenet.trace.blocks import recorded_frames

_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")


@figure("silence")
def silence(trace: Trace) -> Figure:
    """What cannot learn, over training: lines with closed gates, neurons without error pulses, frames without either.

    A line that sends no forward pulse keeps the gates of all its devices closed, so that no error pulse programs them.
    Lines and neurons are counted in recorded frames; the bias line, which is always on, is left out.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TraceError
        If the trace holds no training frame, or neither pulses of one nor their numbers.

    Examples
    --------
    >>> with Trace("runs/digits") as trace:                                 # doctest: +SKIP
    ...     silence(trace).savefig("silence.png")
    """
    blocks = Blocks.of(trace)
    lines, neurons = _silent(trace)
    frames = {
        f"no {kind} pulse": trace.frames[f"{kind}_pulses"][:] == 0
        for kind in ("error", "programming")
        if f"{kind}_pulses" in trace.frames
    }
    shown = {
        "lines with closed gates (%)": lines,
        "neurons without error pulses (%)": neurons,
        "training frames (%)": frames,
    }
    shown = {name: series for name, series in shown.items() if series}
    if not shown:
        raise TraceError(
            f"{trace.path}: holds neither pulses of training frames nor their numbers, which this figure needs; "
            "run again with record.pulses = 'all' or a number of frames"
        )
    figure = new_figure(
        trace, "Closed gates, silent neurons and silent frames over training", 9.5, 1.5 + 2.3 * len(shown)
    )
    panels = figure.subplots(len(shown), 1, sharex=True, squeeze=False)[:, 0]
    for axes, (name, series) in zip(panels, shown.items(), strict=True):
        _draw(axes, {label: blocks.mean(values) for label, values in series.items()}, blocks)
        axes.set_ylabel(name)
    blocks.draw_axis(panels)
    return figure


def _silent(trace: Trace) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Per frame the share of lines before, and of neurons after each layer, that are silent; by population."""
    chosen = recorded_frames(trace) & trace.frames["learn"][:]
    if not chosen.any():
        return {}, {}
    lines, neurons = {}, {}
    for layer, (before, after) in trace.ends.items():
        n_in, n_out = trace.layers[layer]
        sending = active_lines(trace, before, "forward", range(n_in - 1), chosen)
        lines[before] = 1 - sending / (n_in - 1)
        neurons[after] = 1 - active_lines(trace, after, "error", range(n_out), chosen) / n_out
    return lines, neurons


def _draw(axes: Axes, series: dict[str, np.ndarray], blocks: Blocks) -> None:
    for number, (label, values) in enumerate(series.items()):
        # Curves may coincide: each is thinner than the one below it.
        look = {"color": _COLOURS[number % len(_COLOURS)], "lw": max(1.0, 3.5 - 1.5 * number), "label": label}
        known = ~np.isnan(values)
        axes.plot(blocks.middle[known], 100 * values[known], "o-", ms=3, clip_on=False, **look)
    axes.set_ylim(0, 100)
    axes.grid(axis="y", color=LIGHT_GREY, lw=0.5)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
