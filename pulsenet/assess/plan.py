"""What an assessment runs: the standard network on the fitted device, as one study of few distinct circuits."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from pulsenet.budget import AS_IS, VARIATION, budget_study
from pulsenet.config import Run
from pulsenet.sections import Programming
from pulsenet.study.description import Grid, Study

#: Standard networks by the name of their data: run files of `pulsenet.runs`; and epochs of a quick assessment of each.
QUICK_EPOCHS = {"digits": 4, "mnist": 1}
#: Alike in all runs: what is recorded decides about the circuit, and each one is built for itself.
RECORD = {"pulses": 10, "snapshots": 1, "energy": True}
#: Noise that moves no bit of what it is added to. In its place 0 would leave the noise out of the circuit.
NO_NOISE = 1e-30
UNIDIRECTIONAL, BIDIRECTIONAL = "unidirectional", "bidirectional"


def standard_run(data: str, model: Path, programming: dict[str, str] | None = None, quick: bool = False) -> Run:
    """The standard network on a fitted device.

    Parameters
    ----------
    data : str
        One of `QUICK_EPOCHS`.
    model : Path
        The device's folder.
    programming : dict of str to str, optional
        All of the section ``programming``: amplitudes in volt, widths in seconds, with their units.
    quick : bool
        Fewer epochs.

    Returns
    -------
    Run

    Raises
    ------
    ConfigError
        If a value of ``programming`` is no quantity, or not in the range of a run file.
    """
    overrides: dict[str, Any] = {"device.model": str(model.absolute())}
    overrides |= {f"programming.{key}": value for key, value in (programming or {}).items()}
    overrides |= {"training.epochs": QUICK_EPOCHS[data]} if quick else {}
    with as_file(files("pulsenet.runs") / f"{data}.toml") as run_file:
        run = Run.load(run_file, overrides)
    return run if programming else run.model_copy(update={"programming": Programming()})  # the file's are another device's


def assessment_study(run: Run, name: str, seeds: list[int]) -> tuple[Study, dict[str, str]]:
    """The runs of an assessment: update methods beside software, and the cases of the defect budget.

    Parameters
    ----------
    run : Run
        As `standard_run` gives it; its method is unidirectional.
    name : str
        Of the curve.
    seeds : list of int

    Returns
    -------
    study : Study
        Of two grids, ``"methods"`` and ``"budget"``.
    twins : dict of str to str
        Cases of the budget that are the same run as another one, and are not run twice: case by case.
    """
    whole = budget_study(run, name, seeds)
    base = whole.base | {"record": RECORD}
    cases = {case: _changes(content, base) for case, content in whole.grids["budget"].cases.items()}
    twins: dict[str, str] = {}
    for case, changes in cases.items():
        first = next(other for other in cases if cases[other] == changes)
        if first != case:
            twins[case] = first
    methods = {UNIDIRECTIONAL: {}, BIDIRECTIONAL: {"update": {"method": "bidirectional"}}}
    kept = {case: changes for case, changes in cases.items() if case != AS_IS and case not in twins}
    grids = {"methods": Grid(seeds=seeds, cases=methods, baselines=["software", "quantised"])}
    grids |= {"budget": Grid(seeds=seeds, cases=kept)} if kept else {}
    content = {"title": f"Assessment of {name}", "base": base, "seeds": seeds, "cases": {**methods, **kept}}
    return Study(Path(name), content["title"], base, grids, {}, content), twins


def _changes(content: dict[str, Any], base: dict[str, Any]) -> dict[str, Any]:
    """Sections of a case that are not the base's; noise that the base has stays in the circuit, without effect."""
    changes = {section: values for section, values in content.items() if section != "record" and values != base[section]}
    if "variation" in changes:
        noisy = [key for keys in VARIATION.values() for key in keys if base["variation"][key] > 0]
        silent = {key: NO_NOISE for key in noisy if changes["variation"][key] == 0}
        changes["variation"] = changes["variation"] | silent
    return changes
