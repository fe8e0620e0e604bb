"""What an assessment runs: the standard network on the fitted device, as one study of few distinct circuits."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from pulsenet.describe.run import Run
from pulsenet.study.budget import VARIATION, budget_study
from pulsenet.study.grids import Grid, Study

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
        return Run.load(run_file, overrides)


def assessment_study(run: Run, name: str, seeds: list[int]) -> Study:
    """The runs of an assessment: update methods beside software, and the defect budget.

    The grids are ``"methods"`` and ``"budget"``.

    Parameters
    ----------
    run : Run
        As `standard_run` gives it; its method is unidirectional.
    name : str
        Of the curve.
    seeds : list of int
    """
    whole = budget_study(run, name, seeds)
    base = whole.base | {"record": RECORD}
    cases = {case: _with_silent_noise(content, base) for case, content in whole.grids["budget"].cases.items()}
    methods = {UNIDIRECTIONAL: {}, BIDIRECTIONAL: {"update": {"method": "bidirectional"}}}
    grids = {
        "methods": Grid(seeds=seeds, cases=methods, baselines=["software", "quantised"]),
        "budget": Grid(seeds=seeds, cases=cases),
    }
    content = {"title": f"Assessment of {name}", "base": base, "seeds": seeds, "cases": {**methods, **cases}}
    return Study(Path(name), content["title"], base, grids, {}, content)


def _with_silent_noise(case: dict[str, Any], base: dict[str, Any]) -> dict[str, Any]:
    """A case in which noise that the base has stays in the circuit, without effect."""
    if "variation" not in case:
        return case
    noisy = [key for keys in VARIATION.values() for key in keys if base["variation"][key] > 0]
    silent = {key: NO_NOISE for key in noisy if case["variation"][key] == 0}
    return case | {"variation": case["variation"] | silent}
