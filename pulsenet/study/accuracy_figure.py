"""Figure of a grid: accuracy against an axis, one line per case, with its spread over seeds."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from pulsenet.figures.style import (
    GREY,
    KIND_COLOURS,
    LIGHT_GREY,
    NEGATIVE,
    POSITIVE,
    styled,
)
from pulsenet.study.grids import ON_CHIP
from pulsenet.study.statistics import axis_names, group, spread
from pulsenet.study.table import Row

_COLOURS = (
    POSITIVE,
    NEGATIVE,
    *(KIND_COLOURS[kind] for kind in ("programming", "backward", "error", "refresh")),
    "black",
)
_MARKERS = "osD^vPX"
_DASHES = ("--", ":", "-.")
#: A range of x beyond this factor is drawn on a logarithmic scale.
_WIDE = 30
#: Share of the width by which a line is moved aside from the next.
_ASIDE = 0.006
#: Where the vertical axis ends at the latest: so that a point at 100 % is seen whole.
_MOST = 100.5
#: Beyond so many values of an axis, its ticks are at round numbers.
_MOST_TICKS = 12


@styled
def grid_figure(name: str, rows: list[Row]) -> Figure:
    """Test accuracy against the first axis that is a number, with mean and standard deviation over seeds.

    Every further axis and case makes lines of its own; what does not depend on the axis is a line across.

    Parameters
    ----------
    name : str
        Of the grid.
    rows : list of dict
        Of one grid, from `pulsenet.study.table.make_table`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    names = axis_names(rows)
    x = _x_axis(rows, names)
    others = ["training", *(other for other in names if other != x)]
    positions = _positions(rows, x)
    figure = Figure(figsize=(8, 4.8), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.08)
    seeds = len({row["seed"] for row in rows})
    figure.suptitle(
        f"{name}: mean ± standard deviation of {seeds} seed{'s' * (seeds != 1)}", x=0.02, ha="left", weight="bold"
    )
    axes = figure.subplots()
    _scale(axes, positions)
    lines: dict[tuple, list[Row]] = {}
    for row in rows:
        lines.setdefault(tuple(row[other] for other in others), []).append(row)
    for number, (key, own) in enumerate(lines.items()):
        _draw_line(axes, number, key, own, x, positions, len(lines))
    _label(axes, x, positions)
    figure.legend(loc="outside right center")
    return figure


def _x_axis(rows: list[Row], names: list[str]) -> str | None:
    """The axis with most values among those of numbers, else the first of all."""
    numeric = [name for name in names if all(isinstance(row[name], (int, float, type(None))) for row in rows)]
    several = [name for name in numeric if len({row[name] for row in rows} - {None}) > 1]
    return max(several, key=lambda name: len({row[name] for row in rows})) if several else (names or [None])[0]


def _positions(rows: list[Row], x: str | None) -> dict:
    """Where on the axis each value stands: where it is, if it is a number, else in order."""
    values = list(dict.fromkeys(row[x] for row in rows if row[x] is not None)) if x else [""]
    numeric = all(isinstance(value, (int, float)) for value in values)
    return {value: float(value) if numeric else float(place) for place, value in enumerate(values)}


def _scale(axes: Axes, positions: dict) -> None:
    """Scale and limits of the horizontal axis, with some room at both ends."""
    low, high = min(positions.values()), max(positions.values())
    if low > 0 and high / low > _WIDE:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.xaxis.set_minor_locator(NullLocator())
        room = (high / low) ** 0.06
        axes.set_xlim(low / room, high * room)
    else:
        room = 0.06 * (high - low) or 0.5
        axes.set_xlim(low - room, high + room)


def _draw_line(
    axes: Axes, number: int, key: tuple, rows: list[Row], x: str | None, positions: dict, n_lines: int
) -> None:
    training, *rest = key
    on_chip = training == ON_CHIP
    words = [] if on_chip else [training]
    label = ", ".join([*words, *(str(value) for value in rest if value is not None)]) or training
    groups = {value: 100 * values for value, values in group(rows, [x] if x else []).items()}
    if x and list(groups) == [(None,)]:
        (values,) = groups.values()
        label = f"{label}: {values.mean():.1f} ± {spread(values):.1f}"
        axes.axhline(values.mean(), color=GREY, ls=_DASHES[number % len(_DASHES)], lw=1.2, label=label, zorder=1)
        return
    at = [_aside(axes, positions[value[0]] if value else 0.0, number, n_lines) for value in groups]
    style = {"color": _COLOURS[number % len(_COLOURS)], "marker": _MARKERS[number % len(_MARKERS)]}
    ordered = all(isinstance(value, (int, float)) for value in positions)  # between cases there is nothing to follow
    style |= {"ls": ("-" if on_chip else "--") if ordered else "none", "lw": 1.5, "ms": 5, "capsize": 3}
    means, spreads = [values.mean() for values in groups.values()], [spread(values) for values in groups.values()]
    axes.errorbar(at, means, spreads, **style, label=label)


def _aside(axes: Axes, at: float, number: int, n_lines: int) -> float:
    """Where a line's point is drawn: a little beside the next line's, so that no error bar hides another."""
    low, high = axes.get_xlim()
    share = _ASIDE * (number - (n_lines - 1) / 2)
    return at * (high / low) ** share if axes.get_xscale() == "log" else at + (high - low) * share


def _label(axes: Axes, x: str | None, positions: dict) -> None:
    axes.set_ylabel("test accuracy (%)")
    axes.set_ylim(top=min(axes.get_ylim()[1], _MOST))
    axes.grid(axis="y", color=LIGHT_GREY, lw=0.5)
    axes.set_xlabel(x or "")
    if len(positions) <= _MOST_TICKS:
        names = [f"{value:g}" if isinstance(value, float) else str(value) for value in positions]
        axes.set_xticks(list(positions.values()), names)
