"""Which figures there are: each registers itself in its own file, under a name and with the options that it takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from pulsenet.errors import ConfigError
from pulsenet.figures.style import styled


@dataclass(frozen=True)
class RegisteredFigure:
    """A figure of one trace.

    Attributes
    ----------
    name : str
        By which ``pulsenet plot`` and `save_all` know it, and the stem of its file.
    draw : function
        Of an open `pulsenet.Trace`; returns a matplotlib figure.
    options : tuple of str
        Keyword parameters of ``draw`` that a user may give.
    """

    name: str
    draw: Callable[..., Figure]
    options: tuple[str, ...]


#: Every figure by its name, in the order in which they registered; that is the order in which all are drawn.
FIGURES: dict[str, RegisteredFigure] = {}


def figure(name: str, options: Sequence[str] = ()) -> Callable[[Callable[..., Figure]], Callable[..., Figure]]:
    """Register a function as a figure; for functions of the package and for those of a user's script alike.

    The function takes an open `pulsenet.Trace` and returns a matplotlib figure, and raises a `TraceError` if the trace
    lacks what it needs. It is drawn in the style of pulsenet, see `pulsenet.figures.style.styled`.

    Parameters
    ----------
    name : str
        By which `save_all` draws it, and the stem of its file.
    options : sequence of str
        Keyword parameters of the function that a user may give. ``pulsenet plot`` passes on those that it knows.

    Returns
    -------
    decorator

    Raises
    ------
    ConfigError
        If another function has the name. The same function may register again, as a cell of a notebook that is run
        twice does, and replaces what it was.

    Examples
    --------
    >>> @figure("answers")                                                  # doctest: +SKIP
    ... def answers(trace):
    ...     drawn = Figure()
    ...     drawn.subplots().plot(trace.frames["prediction"][:])
    ...     return drawn
    >>> with Trace("runs/digits") as trace:                                 # doctest: +SKIP
    ...     save_all(trace, "runs/digits/figures", ["answers"])
    [PosixPath('runs/digits/figures/answers.png')]
    """

    def register(draw: Callable[..., Figure]) -> Callable[..., Figure]:
        known = FIGURES.get(name)
        if known and _full_name(known.draw) != _full_name(draw):
            raise ConfigError(f"figure {name!r}: {_full_name(known.draw)} has this name already; choose another")
        FIGURES[name] = RegisteredFigure(name, styled(draw), tuple(options))
        return FIGURES[name].draw

    return register


def figures_taking(option: str) -> list[str]:
    """Names of the figures that take an option, in the order in which they registered.

    Examples
    --------
    >>> figures_taking("frame")
    ['pulses', 'waveforms']
    """
    return [name for name, known in FIGURES.items() if option in known.options]


def _full_name(draw: Callable[..., Figure]) -> str:
    return f"{draw.__module__}.{draw.__qualname__}"
