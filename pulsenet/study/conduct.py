"""Conducting a study: its folder, its runs, and what is made of them."""

from __future__ import annotations

import io
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from pulsenet.errors import ConfigError
from pulsenet.study.accuracy_figure import grid_figure
from pulsenet.study.claims import Verdict, decide
from pulsenet.study.cluster import need_dask, run_on_cluster
from pulsenet.study.execute import read_result
from pulsenet.study.grids import Study
from pulsenet.study.parallel import run_all
from pulsenet.study.points import Point, check_columns, points
from pulsenet.study.programs import settle_engines
from pulsenet.study.report import report, write_text
from pulsenet.study.table import Row, make_table, write_csv, write_hdf5
from pulsenet.trace.files import lock, replacing, unlock, write_all

#: What the folder of a study holds; its presence tells that there is one.
RECORD = "study.json"
_RESULTS = ("runs", "figures", "table.csv", "study.h5", "report.md", RECORD)


@dataclass(frozen=True)
class StudyResult:
    """What a study came to.

    Attributes
    ----------
    folder : Path
        With ``table.csv``, ``study.h5``, ``report.md``, ``figures`` and ``runs``.
    rows : list of dict
        The table.
    verdicts : dict of list of Verdict
        By grid.
    """

    folder: Path
    rows: list[Row]
    verdicts: dict[str, list[Verdict]]


def run_study(
    study: Study,
    out: str | Path,
    force: bool = False,
    resume: bool = False,
    workers: int | None = None,
    scheduler: str | None = None,
    engine: str = "auto",
    command: str = "",
) -> StudyResult:
    """Do all runs of a study in parallel, and make its table, figures and report.

    The table is the same, byte for byte, however many runs are done at a time, and wherever.

    Parameters
    ----------
    study : Study
    out : path
        Folder of the study.
    force : bool
        Replace a study that the folder holds.
    resume : bool
        Keep the runs in the folder that are finished and still belong to the study, continue those that were begun, and
        do the others. The table is the same, byte for byte, as if there had been no interruption.
    workers : int, optional
        How many runs are done at a time on this machine; left out, one per processor. Runs of the C++ engine are done
        in threads of this process, others in processes that do one run at a time; those of the engines cython and numpy
        cannot have classes of the script itself, then. 1 is this process alone.
    scheduler : str, optional
        Address of a Dask scheduler (``tcp://host:8786``) whose workers are to do the runs. They must see the same
        folders: of the study, of the data, and of built circuits (PULSENET_CACHE). How many runs are done at a time is
        the cluster's, then.
    engine : str
        As for `pulsenet.training.train`.
    command : str
        With which the study can be repeated, for its report.

    Returns
    -------
    StudyResult

    Raises
    ------
    ConfigError
        If a run of the study is not valid, a claim names no row, Dask is missing for a scheduler, or the folder
        holds something else.
    PulsenetError
        What a run raised; finished runs stay, and ``resume`` continues the study.
    KeyboardInterrupt
        On Ctrl-C, likewise.

    Examples
    --------
    >>> from pulsenet.study import load, run_study
    >>> result = run_study(load("runs/nonlinearity.toml"), "results/nonlinearity")    # doctest: +SKIP
    >>> [verdict.verdict for verdict in result.verdicts["nonlinearity"]]              # doctest: +SKIP
    ['holds']
    """
    found = points(study)
    check_columns(study, found)
    if scheduler:
        need_dask()
    folder = Path(out).absolute()
    _check_folder(Path(out), force, resume)
    folder.mkdir(parents=True, exist_ok=True)
    held = lock(folder)
    try:
        if force:
            _clear(folder)
        write_text(json.dumps(study.content, indent=1, default=str), folder / RECORD)
        _run_missing(found, folder / "runs", engine, workers, scheduler)
        return _finish(study, found, folder, command)
    finally:
        unlock(folder, held)


def _check_folder(folder: Path, force: bool, resume: bool) -> None:
    """Refuse a folder with results, unless it is said what is to become of them."""
    if (folder / RECORD).exists() and not (force or resume):
        raise ConfigError(
            f"{folder}: holds a study; continue it with resume, replace it with force, or choose another folder"
        )
    if resume and not (folder / RECORD).exists():
        raise ConfigError(f"{folder}: holds no study to resume; leave resume out to begin one")
    others = [name for name in _RESULTS if (folder / name).exists()]
    if others and not (folder / RECORD).exists():
        raise ConfigError(f"{folder / others[0]}: exists already, and is of no study; choose another folder")


def _clear(folder: Path) -> None:
    """Remove the results of an earlier study, its record last."""
    for name in _RESULTS:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _run_missing(found: list[Point], runs: Path, engine: str, workers: int | None, scheduler: str | None) -> None:
    """Do the runs that have no result yet, each once however many rows it fills."""
    missing = {point.folder: point for point in found if read_result(runs / point.folder) is None}
    if missing:
        engines = settle_engines(list(missing.values()), engine)
        if scheduler:
            run_on_cluster(list(missing.values()), runs, engines, scheduler)
        else:
            run_all(list(missing.values()), runs, engines, workers)


def _finish(study: Study, found: list[Point], folder: Path, command: str) -> StudyResult:
    """Table, figures, verdicts and report from the results of all runs."""
    rows = make_table(found, folder / "runs")
    verdicts, figures = {}, {}
    (folder / "figures").mkdir(exist_ok=True)
    for name, grid in study.grids.items():
        own = [row for row in rows if row["grid"] == name]
        verdicts[name] = [decide(key, claim, own) for key, claim in grid.claims.items()]
        figures[name] = f"figures/{name}.png"
        picture = io.BytesIO()
        grid_figure(name, own).savefig(picture, dpi=150)
        with replacing(folder / figures[name]) as descriptor:
            write_all(descriptor, picture.getvalue())
    write_csv(rows, folder / "table.csv")
    write_hdf5(rows, found, folder / "runs", folder / "study.h5", json.dumps(study.content, default=str))
    repeat = command or f"pulsenet study {os.fspath(study.path)}"
    write_text(report(study.title, rows, verdicts, figures, repeat), folder / "report.md")
    return StudyResult(folder, rows, verdicts)
