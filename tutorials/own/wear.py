"""A figure of one's own: how unevenly the device pairs of each layer were programmed."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from pulsenet import Trace
from pulsenet.figures import figure
from pulsenet.figures.activity import programming_counts


@figure("wear")
def wear(trace: Trace) -> Figure:
    """Share of all programming pulses against the share of device pairs, the most programmed first.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TraceError
        If no pulses of training frames were recorded.
    """
    frames, counts = programming_counts(trace)
    drawn = Figure(figsize=(5.5, 3.6), layout="constrained")
    axes = drawn.subplots()
    for layer, count in counts.items():
        pulses = np.sort(count.sum(axis=0).ravel())[::-1]
        share = np.concatenate([[0.0], np.cumsum(pulses) / max(pulses.sum(), 1)])
        axes.plot(np.linspace(0, 100, len(share)), 100 * share, label=layer)
    axes.set(xlabel="device pairs, the most programmed first (%)", ylabel="programming pulses (%)")
    axes.set_title(f"wear in {len(frames)} training frames")
    axes.legend()
    return drawn
