"""Conducting an assessment: the fit, the runs, the pictures, and the report, which is written last."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pulsenet.assess.findings import QUANTISED, SOFTWARE, Findings, trace_of
from pulsenet.assess.html import page
from pulsenet.assess.methods_figure import methods_figure
from pulsenet.assess.standard import BIDIRECTIONAL, QUICK_EPOCHS, UNIDIRECTIONAL, assessment_study, standard_run
from pulsenet.assess.wording import answer, report
from pulsenet.describe.sections import Programming
from pulsenet.errors import ConfigError
from pulsenet.figures.saving import save
from pulsenet.figures.timing_diagram import pulses
from pulsenet.fitting import Curves, Fit, fit_figure
from pulsenet.fitting import fit as fit_curves
from pulsenet.study.budget import waterfall
from pulsenet.study.conduct import RECORD, run_study
from pulsenet.study.execute import read_result
from pulsenet.study.points import Point, points
from pulsenet.study.report import write_text
from pulsenet.trace import Trace

#: What an assessment makes in its folder.
_RESULTS = ("device", "study", "pictures", "report.md", "report.html")
_PROGRAMMING = ("V_SET", "t_SET", "V_RESET", "t_RESET")


@dataclass(frozen=True)
class Assessment:
    """What an assessment came to.

    Attributes
    ----------
    folder : Path
        With ``report.html``, ``report.md`` and ``pictures``, the fitted ``device``, and the ``study`` with its traces.
    fit : Fit
    findings : Findings
    """

    folder: Path
    fit: Fit
    findings: Findings

    def summary(self) -> str:
        """The answer in a few lines of text."""
        return "\n".join(line.replace("**", "") for line in answer(self.fit, self.findings))


def assess(
    curves: Curves,
    out: str | Path,
    data: str = "digits",
    seeds: int = 3,
    quick: bool = False,
    law: str = "auto",
    programming: dict[str, str] | None = None,
    force: bool = False,
    resume: bool = False,
    workers: int | None = None,
    engine: str = "auto",
    command: str = "",
) -> Assessment:
    """Assess a measured device.

    Parameters
    ----------
    curves : Curves
        From `pulsenet.fitting.read_curves`.
    out : path
        Folder of the assessment.
    data : str
        ``"digits"`` or ``"mnist"``: the standard network of that name, from `pulsenet.runs`.
    seeds : int
        Number of seeds.
    quick : bool
        Fewer epochs, for a first look.
    law : str
        As for `pulsenet.fitting.fit`.
    programming : dict of str to str, optional
        ``V_SET``, ``t_SET``, ``V_RESET`` and ``t_RESET``, with their units. Left out, the energy of programming is not
        counted.
    force : bool
        Replace an assessment that the folder holds.
    resume : bool
        Keep the runs that are finished, and go on with the others. The fit is made again: it takes seconds.
    workers, engine
        As for `pulsenet.study.run_study`.
    command : str
        With which the assessment can be repeated, for its report.

    Returns
    -------
    Assessment

    Raises
    ------
    DataError
        If no law can be fitted, or the samples cannot be found.
    ConfigError
        If the folder holds something else, or a parameter is not among those allowed.
    KeyboardInterrupt
        On Ctrl-C; finished runs stay, and ``resume`` continues.

    Examples
    --------
    >>> from pulsenet.fitting import read_curves                            # doctest: +SKIP
    >>> found = assess(read_curves("device.csv"), "results/device")         # doctest: +SKIP
    >>> found.findings.gains()[0].name                                      # doctest: +SKIP
    'nonlinearity'
    """
    folder = Path(out)
    _check(folder, data, seeds, programming, force, resume)
    name = ", ".join(file for file, _ in curves.sources) or "curve"
    fit = fit_curves(curves, law)
    if force:
        _clear(folder)
    device = fit.write(folder / "device", force=True)
    run = standard_run(data, device, programming, quick)
    study = assessment_study(run, name, [run.seed + number for number in range(seeds)])
    begun = (folder / "study" / RECORD).exists()
    result = run_study(study, folder / "study", force, resume and begun, workers, None, engine, command)
    found, runs = points(study), result.folder / "runs"
    trace = trace_of(found, UNIDIRECTIONAL, runs)
    findings = Findings.of(run, result.rows, result.folder, trace)
    _draw(fit, findings, found, trace, folder)
    text = report(fit, findings, name, command or f"pulsenet assess {name}")
    write_text(text, folder / "report.md")
    write_text(page(text, f"{name}: assessment", folder), folder / "report.html")
    return Assessment(folder, fit, findings)


def _check(folder: Path, data: str, seeds: int, programming: dict[str, str] | None, force: bool, resume: bool) -> None:
    """Refuse what cannot be assessed, before anything is done."""
    if data not in QUICK_EPOCHS:
        raise ConfigError(f"data = {data!r}: there is a standard network for {' and '.join(QUICK_EPOCHS)}")
    if seeds < 1:
        raise ConfigError(f"seeds = {seeds}: at least 1")
    missing = [name for name in _PROGRAMMING if name not in (programming or {})]
    if programming and missing:
        raise ConfigError(
            f"programming: {', '.join(programming)} without {', '.join(missing)}; give amplitude and width of SET and "
            "of RESET "
            "pulses, or none of them"
        )
    try:
        Programming(**(programming or {}))
    except ConfigError as error:
        raise ConfigError(f"programming: {error}") from None
    there = [name for name in _RESULTS if (folder / name).exists()]
    if there and not (force or resume):
        raise ConfigError(
            f"{folder / there[0]}: exists already; continue with resume, replace it with force, or choose another "
            "folder"
        )
    if resume and not there:
        raise ConfigError(f"{folder}: holds no assessment to resume; leave resume out to begin one")


def _clear(folder: Path) -> None:
    """Remove the results of an earlier assessment, but for its study, which is cleared by itself under its lock."""
    for name in _RESULTS:
        path = folder / name
        if path.is_file():
            path.unlink()
        elif name != "study":
            shutil.rmtree(path, ignore_errors=True)


def _draw(fit: Fit, findings: Findings, found: list[Point], trace: Path, folder: Path) -> None:
    names = {
        SOFTWARE: "software",
        QUANTISED: "software, rounded to slots",
        findings.ideal_device(): "ideal devices",
        UNIDIRECTIONAL: "this device, unidirectional",
        BIDIRECTIONAL: "this device, bidirectional",
    }
    curves: dict[str, list[list[float]]] = {}
    for point in found:
        key = point.labels.get("case", point.training)
        if key in names:
            curves.setdefault(names[key], []).append(read_result(folder / "study" / "runs" / point.folder)["accuracy"])
    ordered = {name: np.array(curves[name]) for name in names.values() if name in curves}
    figures = {"fit": fit_figure(fit), "methods": methods_figure(ordered)}
    if findings.budget.properties:
        figures["waterfall"] = waterfall(findings.budget)
    with Trace(trace) as opened:
        figures["pulses"] = pulses(opened)
        save(figures, folder / "pictures", force=True)
