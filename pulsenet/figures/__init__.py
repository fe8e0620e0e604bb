"""Figures of a trace. Each is a function that takes an open `pulsenet.Trace` and returns a matplotlib figure.

No figure touches pyplot: they are drawn alike in a script without a display, in a notebook, and from the command line.
"""

from __future__ import annotations

import difflib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from pulsenet.errors import TraceError
from pulsenet.figures.conductance import conductance
from pulsenet.figures.confusion import confusion
from pulsenet.figures.learning import learning
from pulsenet.figures.pulses import pulses
from pulsenet.figures.weights import weight_map, weights
from pulsenet.traces import Trace

_log = logging.getLogger(__name__)

#: Every figure by the name that ``pulsenet plot`` knows it by.
FIGURES: dict[str, Callable[..., Figure]] = {
    "pulses": pulses,
    "learning": learning,
    "weights": weights,
    "map": weight_map,
    "conductance": conductance,
    "confusion": confusion,
}

__all__ = ["FIGURES", "conductance", "confusion", "learning", "pulses", "save_all", "weight_map", "weights"]


def save_all(
    trace: Trace, folder: str | Path, names: Sequence[str] | None = None, dpi: int = 150, force: bool = False
) -> list[Path]:
    """Draw figures and write them to ``<folder>/<name>.png``. Nothing is written unless all can be drawn.

    Parameters
    ----------
    trace : Trace
    folder : path
        Made if it is not there.
    names : sequence of str, optional
        Names of figures. Left out, all that the trace holds enough for; the log says which are left out, and why.
    dpi : int
        Dots per inch.
    force : bool
        Replace files that are there.

    Returns
    -------
    list of Path

    Raises
    ------
    TraceError
        If there is no such figure, the trace does not hold what it needs, or a file exists or cannot be written.

    Examples
    --------
    >>> with Trace("runs/digits") as trace:                                 # doctest: +SKIP
    ...     save_all(trace, "runs/digits/figures", ["learning", "pulses"])
    [PosixPath('runs/digits/figures/learning.png'), PosixPath('runs/digits/figures/pulses.png')]
    """
    for name in names or ():
        _check_name(name)
    drawn = {}
    for name in FIGURES if names is None else names:
        path = Path(folder) / f"{name}.png"
        if path.exists() and not force:
            raise TraceError(f"{path}: exists already; choose another folder, or replace it with force")
        try:
            drawn[path] = FIGURES[name](trace)
        except TraceError as error:
            if names is not None:
                raise
            _log.warning("figure %s left out: %s", name, error)
    if not drawn:
        raise TraceError(f"{trace.path}: holds nothing to draw yet; let the run go on")
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        for path, figure in drawn.items():
            figure.savefig(path, dpi=dpi)
    except OSError as error:
        why = f"cannot hold figures ({error.strerror}); choose a folder that can be written"
        raise TraceError(f"{folder}: {why}") from None
    return list(drawn)


def _check_name(name: str) -> None:
    if name not in FIGURES:
        close = difflib.get_close_matches(name, FIGURES, n=1)
        meant = f"did you mean {close[0]!r}? " if close else ""
        raise TraceError(f"no figure {name!r}; {meant}figures are {', '.join(FIGURES)}")
