"""What training costs: energy and time by what they go to."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pulsenet.errors import TraceError
from pulsenet.figures.averages import Blocks
from pulsenet.figures.registry import figure
from pulsenet.figures.style import KIND_COLOURS, LIGHT_GREY, new_figure, scale
from pulsenet.trace import Trace

#: What energy and time go to: beginning of the column, name, colour.
_PARTS = (
    ("read", "forward reading", KIND_COLOURS["forward"]),
    ("error", "backward reading", KIND_COLOURS["backward"]),
    ("programming", "programming", KIND_COLOURS["programming"]),
    ("refresh", "refresh", KIND_COLOURS["refresh"]),
)
_UNITS = {"energy": "J", "time": "s"}


@figure("energy")
def energy(trace: Trace) -> Figure:
    """Energy and time per training frame, stacked by what they go to, over training; and their totals.

    Energy is what the devices dissipate, without drivers and neurons. The legend names what the trace does not hold:
    the energy of programming pulses is known only if their voltage is.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TraceError
        If the trace holds no training frame, or neither energy nor time.

    Examples
    --------
    >>> with Trace("runs/digits") as trace:                                 # doctest: +SKIP
    ...     energy(trace).savefig("energy.png")
    """
    blocks = Blocks.of(trace)
    shown = {quantity: _columns(trace, quantity) for quantity in _UNITS}
    shown = {quantity: parts for quantity, parts in shown.items() if any(values.any() for values in parts.values())}
    if not shown:
        raise TraceError(
            f"{trace.path}: its frames hold neither energy nor time; run again with a pulsenet that counts them"
        )
    title = (
        "Energy of the devices and time over training"
        if len(shown) == 2
        else f"{[*shown][0].capitalize()} over training"
    )
    figure = new_figure(trace, title, 10.5, 1.5 + 2.9 * len(shown))
    panels = figure.subplots(len(shown), 1, sharex=True, squeeze=False)[:, 0]
    for axes, (quantity, parts) in zip(panels, shown.items(), strict=True):
        _draw(axes, blocks, quantity, parts)
    blocks.draw_axis(panels)
    return figure


def _columns(trace: Trace, quantity: str) -> dict[str, np.ndarray]:
    """Columns of a quantity that the trace holds."""
    names = [f"{part}_{quantity}" for part, _, _ in _PARTS]
    return {name: trace.frames[name][:] for name in names if name in trace.frames}


def _draw(axes: Axes, blocks: Blocks, quantity: str, parts: dict[str, np.ndarray]) -> None:
    """Stacked means per block; the legend, in the order of the stack, tells the sums over all training frames."""
    means = {name: blocks.mean(values) for name, values in parts.items()}
    factor, unit = scale(sum(means.values()).max(), _UNITS[quantity])
    low = np.zeros(len(blocks.middle))
    for part, label, colour in _PARTS:
        name = f"{part}_{quantity}"
        if name not in means:
            continue
        total = parts[name][blocks.frames].sum()
        high = low + factor * means[name]
        axes.stairs(
            high, blocks.bounds, baseline=low, fill=True, color=colour, lw=0, label=f"{label}: {_text(total, quantity)}"
        )
        low = high
    total = sum(values[blocks.frames].sum() for values in parts.values())
    axes.set_ylabel(f"{quantity} per training frame ({unit})")
    axes.grid(axis="y", color=LIGHT_GREY, lw=0.5)
    axes.set_axisbelow(True)
    title = f"{quantity} in all training frames:\n{_text(total, quantity)}"
    absent = [label for part, label, _ in _PARTS if f"{part}_{quantity}" not in parts]
    if absent:
        title += f"\nnot counted: {', '.join(absent)}"
    axes.legend(title=title, alignment="left", loc="center left", bbox_to_anchor=(1, 0.5), reverse=True)


def _text(value: float, quantity: str) -> str:
    """A value with the unit in which it reads best."""
    factor, unit = scale(value, _UNITS[quantity]) if value > 0 else (1.0, _UNITS[quantity])
    return f"{value * factor:.3g} {unit}"
