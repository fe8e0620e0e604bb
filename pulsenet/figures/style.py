"""What all figures share: colours, scales with units, headings, and how values of a run are read."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from math import floor, log10
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from pulsenet.errors import TraceError
from pulsenet.text.quantities import PREFIXES, to_si
from pulsenet.trace import Trace

# Okabe and Ito's palette, told apart by colour-blind readers, too. What is positive (polarity, weight, G+) is
# vermilion, what is negative is blue, in every figure.
POSITIVE, NEGATIVE = "#D55E00", "#0072B2"
GREY, LIGHT_GREY = "#4D4D4D", "#BFBFBF"
KIND_COLOURS = {
    "forward": GREY,
    "backward": "#CC79A7",
    "error": "#E69F00",
    "programming": "#009E73",
    "refresh": "#56B4E9",
}
G_PLUS, G_MINUS, G_MIN, G_MAX = "$G_{+}$", "$G_{-}$", r"$G_\mathrm{min}$", r"$G_\mathrm{max}$"
WEIGHT = r"weight $(G_{+} - G_{-})\,/\,(G_\mathrm{max} - G_\mathrm{min})$"
SIGNED = LinearSegmentedColormap.from_list("signed", [NEGATIVE, "#F7F7F7", POSITIVE])

_STYLE = {
    "font.size": 10,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "figure.titlesize": 13,
    "savefig.dpi": 150,
}


def styled(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    """Draw a figure in the style of pulsenet, whatever matplotlib's settings are, and without changing them."""

    @wraps(draw)
    def wrapper(*args, **options) -> Figure:
        with matplotlib.rc_context():
            matplotlib.rcdefaults()
            matplotlib.rcParams.update(_STYLE)
            return draw(*args, **options)

    return wrapper


def new_figure(trace: Trace, title: str, width: float, height: float, subtitle: str | None = None) -> Figure:
    """An empty figure, width x height in inches, whose heading says what is shown.

    Below it stands which run it is of, unless ``subtitle`` says something else.
    """
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.08)
    # An empty second line keeps room for the name of the run, in smaller letters.
    heading = figure.suptitle(f"{title}\n", x=0.15 / width, ha="left", weight="bold")
    figure.add_artist(
        Annotation(run_name(trace) if subtitle is None else subtitle, (0, 0.12), xycoords=heading, color=GREY)
    )
    return figure


def layer_panels(figure: Figure, trace: Trace, columns: int = 1, **options) -> np.ndarray:
    """One row of panels per layer, as an array of shape (layers, columns); options are those of `Figure.subplots`."""
    return figure.subplots(len(trace.layers), columns, squeeze=False, **options)


def number_frames(axes: Axes, text: str = "frames of the run, evaluation included (points: snapshots)") -> None:
    """Name the horizontal axis, which counts frames, and separate thousands."""
    axes.set_xlabel(text)
    plain_numbers(axes.xaxis)


def plain_numbers(axis: Axis) -> None:
    """Write 10,000 rather than 10^4 at the ticks of an axis."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))


def mark_bounds(axes: Axes, bounds: tuple[float, float], direction: str) -> None:
    """Lines at G_min and G_max, given in the unit of the axis that is drawn in a direction, ``"x"`` or ``"y"``."""
    line = axes.axvline if direction == "x" else axes.axhline
    for bound, name in zip(bounds, (G_MIN, G_MAX), strict=True):
        line(bound, color=GREY, lw=0.8, ls=":", zorder=0)
        if direction == "x":
            place = {"xy": (bound, 1), "xycoords": ("data", "axes fraction"), "ha": "center", "va": "bottom"}
        else:
            place = {"xy": (1.005, bound), "xycoords": ("axes fraction", "data"), "va": "center"}
        axes.annotate(name, color=GREY, **place)


def scale_logarithmically(axes: Axes) -> None:
    """A logarithmic vertical axis for what is drawn, with as many numbers as its range leaves room for."""
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 100 * low else (1,)))
    axes.yaxis.set_minor_formatter(NullFormatter())
    plain_numbers(axes.yaxis)


def snapshot_name(trace: Trace, snapshot: int) -> str:
    """When a snapshot was taken, in words."""
    frame = trace.snapshots[snapshot]
    return "before training" if frame < 0 else f"after frame {frame:,}"


def run_name(trace: Trace) -> str:
    """A run in a few words: data, neurons per population, device, update method, seed; as far as it says.

    Examples
    --------
    >>> run_name(trace)                                                     # doctest: +SKIP
    'digits · 64-50-10 · exponential device · unidirectional · seed 1'
    """
    sizes = [n_in - 1 for n_in, _ in trace.layers.values()] + [trace.populations[list(trace.populations)[-1]]]
    parts = ["-".join(map(str, sizes))]
    if source := _setting(trace, "data", "source"):
        parts.insert(0, Path(source).name)
    if law := _setting(trace, "device", "law"):
        parts.append(f"{law} device")
    if method := _setting(trace, "update", "method"):
        parts.append(method)
    if "seed" in trace.configuration:
        parts.append(f"seed {trace.configuration['seed']}")
    return " · ".join(parts)


def weight_of(G_plus: np.ndarray, G_minus: np.ndarray, bounds: tuple[float, float]) -> np.ndarray:
    """The weight that figures show, WEIGHT; bounds as of conductance_range."""
    G_min, G_max = bounds
    return (G_plus - G_minus) / (G_max - G_min)


def conductance_range(trace: Trace) -> tuple[float, float]:
    """G_min and G_max of the run's device, in siemens.

    Raises
    ------
    TraceError
        If the configuration in the trace does not tell them.
    """
    bounds = []
    for key in ("G_min", "G_max"):
        value = _setting(trace, "device", key)
        if value is None:
            raise TraceError(f"{trace.path}: its configuration holds no device.{key}, which this figure needs")
        try:
            bounds.append(to_si(value, "siemens"))
        except ValueError as error:
            raise TraceError(f"{trace.path}: configuration: device.{key}: {error}") from None
    return bounds[0], bounds[1]


def _setting(trace: Trace, section: str, key: str):
    """A value of the run's configuration; None if it is not there."""
    values = trace.configuration.get(section)
    return values.get(key) if isinstance(values, dict) else None


def need_snapshots(trace: Trace, number: int) -> None:
    """Raise a `TraceError` if the trace holds fewer snapshots of the conductances than a figure needs."""
    if len(trace.snapshots) < number:
        raise TraceError(
            f"{trace.path}: this figure needs {number} or more snapshots of the conductances, the trace holds "
            f"{len(trace.snapshots)}; let the run go on, or run again with a larger record.snapshots"
        )


def scale(largest: float, symbol: str) -> tuple[float, str]:
    """Factor from SI to the unit in which ``largest`` reads best, and that unit.

    Examples
    --------
    >>> scale(5e-6, "S")
    (1000000.0, 'µS')
    """
    exponent = min(6, max(-18, 3 * floor(log10(largest) / 3 + 1e-12)))
    return 10.0**-exponent, PREFIXES[exponent].replace("u", "µ") + symbol


def evenly(values: np.ndarray, most: int) -> np.ndarray:
    """At most ``most`` of the values, evenly spread over them, first and last among them.

    Examples
    --------
    >>> evenly(np.arange(100, 110), 4)
    array([100, 103, 106, 109])
    """
    if len(values) <= most:
        return values
    return values[np.linspace(0, len(values) - 1, most).round().astype(int)]


def line_name(trace: Trace, population: str, line: int) -> str:
    """Number of a line; ``"bias"`` for the last line of every population but the output."""
    names = list(trace.populations)
    is_bias = population != names[-1] and line == trace.populations[population] - 1
    return "bias" if is_bias else str(line)
