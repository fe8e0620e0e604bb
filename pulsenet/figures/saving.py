"""Figures become PNG files: all that are asked for, or none."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from pulsenet.errors import TraceError
from pulsenet.figures.registry import FIGURES
from pulsenet.trace import Trace
from pulsenet.trace.files import replacing

_log = logging.getLogger(__name__)


def save_all(
    trace: Trace,
    folder: str | Path,
    names: Sequence[str] | None = None,
    dpi: int = 150,
    force: bool = False,
    options: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[Path]:
    """Draw figures and write them to ``<folder>/<name>.png``. Nothing is written unless all can be drawn.

    Parameters
    ----------
    trace : Trace
    folder : path
        Made if it is not there.
    names : sequence of str, optional
        Names of figures, one's own among them if they are registered (see `pulsenet.figures.figure`). Left out, all
        that the trace holds enough for; the log says which are left out, and why.
    dpi : int
        Dots per inch.
    force : bool
        Replace files that are there.
    options : mapping, optional
        By name of a figure, further parameters of its function.

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
    ...     save_all(trace, "runs/digits/figures", ["learning", "pulses"], options={"pulses": {"frame": 10}})
    [PosixPath('runs/digits/figures/learning.png'), PosixPath('runs/digits/figures/pulses.png')]
    """
    for name in names or ():
        _check_name(name)
    wanted = list(FIGURES if names is None else names)
    _check_free(folder, wanted, force)
    drawn = {}
    for name in wanted:
        try:
            drawn[name] = FIGURES[name].draw(trace, **(options or {}).get(name, {}))
        except TraceError as error:
            if names is not None:
                raise
            _log.warning("figure %s left out: %s", name, error)
    if not drawn:
        raise TraceError(f"{trace.path}: holds nothing to draw yet; let the run go on")
    return save(drawn, folder, dpi, force)


def save(figures: Mapping[str, Figure], folder: str | Path, dpi: int = 150, force: bool = False) -> list[Path]:
    """Write figures to ``<folder>/<name>.png``.

    Parameters
    ----------
    figures : mapping of name to Figure
    folder : path
        Made if it is not there.
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
        If a file exists or cannot be written.

    Examples
    --------
    >>> with Trace("runs/linear") as trace, Trace("runs/nonlinear") as other:     # doctest: +SKIP
    ...     save({"compare": compare(trace, other)}, "figures")
    [PosixPath('figures/compare.png')]
    """
    paths = _check_free(folder, figures, force)
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        for path, figure in zip(paths, figures.values(), strict=True):
            with replacing(path) as descriptor, open(descriptor, "wb", closefd=False) as file:
                figure.savefig(file, dpi=dpi, format="png")
    except OSError as error:
        why = f"cannot hold figures ({error.strerror}); choose a folder that can be written"
        raise TraceError(f"{folder}: {why}") from None
    return paths


def _check_free(folder: str | Path, names: Iterable[str], force: bool) -> list[Path]:
    """Paths of the figures, none of which exists unless it may be replaced."""
    paths = [Path(folder) / f"{name}.png" for name in names]
    for path in paths:
        if path.exists() and not force:
            raise TraceError(f"{path}: exists already; choose another folder, or replace it with force")
    return paths


def _check_name(name: str) -> None:
    if name not in FIGURES:
        close = difflib.get_close_matches(name, FIGURES, n=1)
        meant = f"did you mean {close[0]!r}? " if close else ""
        raise TraceError(f"no figure {name!r}; {meant}figures are {', '.join(FIGURES)}")
