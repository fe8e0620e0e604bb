"""The defect budget: which property of the devices costs how much accuracy.

Two ways to ask. *One at a time*: make one property ideal and see what is gained. *Added up*: begin with
back-propagation in software, then with ideal devices, and add the real properties one by one, in a fixed order, until
the run is what it is. The order matters where properties interact, so both are shown. What "ideal" means is this
project's choice.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from pulsenet.describe.run import Run
from pulsenet.errors import ConfigError
from pulsenet.figures.style import GREY, NEGATIVE, POSITIVE, styled
from pulsenet.seams.effects import EFFECTS
from pulsenet.seams.laws import nonlinearity_label
from pulsenet.study.conduct import run_study
from pulsenet.study.grids import Grid, Study
from pulsenet.study.table import Row

#: An ideal device has so many levels, and an ideal phase so many slots.
IDEAL_LEVELS, IDEAL_SLOTS = 4096, 64
#: Keys of ``[variation]`` by property; 0 is ideal.
VARIATION = {effect.title: effect.strengths for effect in EFFECTS}
#: All properties, in the order in which they are added up.
PROPERTIES = ("pulse quantisation", "levels", "nonlinearity", "asymmetry", *VARIATION)
AS_IS, IDEAL = "as it is", "ideal"


def ideal(run: Run, properties: tuple[str, ...]) -> dict[str, Any]:
    """The sections of a run with some properties made ideal.

    Parameters
    ----------
    run : Run
    properties : tuple of str
        Of `PROPERTIES`.

    Examples
    --------
    >>> from pulsenet import Exponential, Network
    >>> device = Exponential(G_min="0 S", G_max="1 uS", pulses_SET=64, beta_SET=3, pulses_RESET=64, beta_RESET=3)
    >>> run = Run(network=Network(layers=[64, 10]), device=device)
    >>> ideal(run, ("nonlinearity",))["device"]["beta_SET"], ideal(run, ("levels",))["device"]["pulses_SET"]
    (0.0, 4096.0)
    """
    content = run.model_dump(mode="json", exclude_none=True, exclude={"device_file", "seed"})
    device = run.device
    if "nonlinearity" in properties:
        content["device"] = _straight(run, content["device"])
    if "asymmetry" in properties:  # a RESET that undoes a SET, step by step
        content["device"] |= {
            name.replace("_SET", "_RESET"): value for name, value in content["device"].items() if name.endswith("_SET")
        }
    if "levels" in properties:
        content["device"] |= _finer(content["device"], max(IDEAL_LEVELS / device.levels(), 1.0), device.in_pulses)
    for name in set(properties) & VARIATION.keys():
        content["variation"] |= dict.fromkeys(VARIATION[name], 0.0)
    kept = [place for place, effect in enumerate(run.variation.own) if effect.title not in properties]
    content["variation"]["own"] = [content["variation"]["own"][place] for place in kept]
    if "pulse quantisation" in properties:
        content["time"]["n_slots"] = max(IDEAL_SLOTS, run.time.n_slots)
    return content


def _straight(run: Run, device: dict[str, Any]) -> dict[str, Any]:
    """A linear device of as many pulses: of the same law if it has one, so that the runs share their program."""
    limits = run.device.nonlinearity
    bends = bool(limits) and all(low <= 0 <= high and f"{name}_SET" in device for name, (low, high) in limits.items())
    if bends:
        return device | {f"{name}_{kind}": 0.0 for name in limits for kind in ("SET", "RESET")}
    if np.allclose(nonlinearity_label(run.device), 0, rtol=0, atol=1e-6):
        return device
    G_min, G_max = (device[name] for name in ("G_min", "G_max"))
    spanned = {kind: float(run.device.evaluate(f"{kind}_count", G=run.device.G_max)) for kind in ("SET", "RESET")}
    pulses = {f"pulses_{kind}": max(number, 1.0) for kind, number in spanned.items()}
    return {"law": "linear", "G_min": G_min, "G_max": G_max, **pulses}


def _finer(device: dict[str, Any], factor: float, in_pulses: tuple[str, ...]) -> dict[str, Any]:
    names = {f"{name}_{kind}" for name in (*in_pulses, "pulses") for kind in ("SET", "RESET")}
    return {name: float(factor * value) for name, value in device.items() if name in names}


def present(run: Run) -> list[str]:
    """Properties of a run that are not ideal already, in the order of `PROPERTIES`."""
    as_is = ideal(run, ())
    own = [effect.title for effect in run.variation.own]
    return [name for name in (*PROPERTIES, *own) if ideal(run, (name,)) != as_is]


def budget_study(run: Run, name: str, seeds: list[int]) -> Study:
    """The runs of a budget, as a study: software, all ideal, each property ideal alone, and added up."""
    found = present(run)
    cases = {AS_IS: ideal(run, ()), IDEAL: ideal(run, tuple(found))}
    cases |= {f"without {name}": ideal(run, (name,)) for name in found if len(found) > 1}
    cases |= {f"+ {name}": ideal(run, tuple(found[place + 1 :])) for place, name in enumerate(found[:-1])}
    base = cases[AS_IS] | {"record": {"pulses": "none", "energy": False}}
    changed = ("device", "variation", "time")  # nothing else, so that the software is trained once for all cases
    cases = {label: {key: case[key] for key in changed if case[key] != base[key]} for label, case in cases.items()}
    grid = Grid(seeds=seeds, cases=cases, baselines=["software"])
    content = {"title": f"Defect budget of {name}", "seeds": seeds, "cases": cases}
    return Study(Path(name), content["title"], base, {"budget": grid}, {}, content)


@dataclass(frozen=True)
class Budget:
    """What each property costs; accuracies are means over the seeds, as fractions.

    Attributes
    ----------
    properties : list of str
        Those that are not ideal.
    accuracy : dict of (float, float)
        Mean and standard deviation by case: ``"software"``, ``"ideal"``, ``"as it is"``, ``"without ..."``, ``"+
        ..."``.
    folder : Path
        Of the study that it was made from.
    left_out : tuple of str
        Properties that cannot be made ideal by themselves.
    """

    properties: list[str]
    accuracy: dict[str, tuple[float, float]]
    folder: Path
    left_out: tuple[str, ...] = ()

    def gains(self) -> dict[str, float]:
        """What making one property ideal gains, the largest first."""
        as_is = self.accuracy[AS_IS][0]
        alone = {name: self._without(name) - as_is for name in self.properties}
        return dict(sorted(alone.items(), key=lambda item: -item[1]))

    def _without(self, name: str) -> float:
        return self.accuracy[f"without {name}" if len(self.properties) > 1 else IDEAL][0]

    def steps(self) -> list[tuple[str, float]]:
        """Accuracy after each addition: software, ideal devices, then one property after the other."""
        steps = [("software", self.accuracy["software"][0]), ("ideal devices", self.accuracy[IDEAL][0])]
        steps += [(f"+ {name}", self.accuracy[f"+ {name}"][0]) for name in self.properties[:-1]]
        return steps + ([(f"+ {self.properties[-1]}", self.accuracy[AS_IS][0])] if self.properties else [])

    def report(self) -> str:
        """The budget as Markdown."""
        lines = ["| property | made ideal alone, gains (points) | added, accuracy becomes (%) |", "|---|---|---|"]
        added = dict(self.steps())
        lines.insert(
            0,
            f"Software: {100 * added.pop('software'):.2f} %. Ideal devices: {100 * added.pop('ideal devices'):.2f} "
            "%.\n",
        )
        gains = self.gains()
        for name, gain in gains.items():
            lines.append(f"| {name} | {100 * gain:+.2f} | {100 * added[f'+ {name}']:.2f} |")
        if self.left_out:
            lines.append(f"\nNot told: {', '.join(self.left_out)}, since the device's law counts no pulses.")
        mean, spread = self.accuracy[AS_IS]
        lines.append(f"\nAs it is: {100 * mean:.2f} ± {100 * spread:.2f} %.")
        return "\n".join(lines)


def budget(run: Run, out: str | Path, seeds: list[int] | None = None, name: str = "run", **options) -> Budget:
    """Work out a run's defect budget.

    Parameters
    ----------
    run : Run
    out : path
        Folder for the runs, the table and the figure.
    seeds : list of int, optional
        Left out: three, from the run's own.
    name : str
        What the run is called.
    options
        ``force``, ``resume``, ``workers``, ``scheduler``, ``engine``, ``command``, as for `pulsenet.study.run_study`.

    Returns
    -------
    Budget

    Raises
    ------
    ConfigError
        If the device draws its steps from a table: it has no ideal counterpart. Else as for a study.

    Examples
    --------
    >>> found = budget(Run.load("runs/digits.toml"), "results/budget")          # doctest: +SKIP
    >>> found.gains()                                                           # doctest: +SKIP
    {'nonlinearity': 0.004, 'levels': 0.002, 'pulse quantisation': -0.001}
    """
    if run.device.random:
        raise ConfigError(
            f"{name}: device.law = {run.device.name!r} has no ideal counterpart; fit a law to the curve for a budget"
        )
    seeds = seeds or [run.seed + number for number in range(3)]
    study = budget_study(run, name, seeds)
    result = run_study(study, out, **options)
    left_out = () if run.device.counts_pulses() else ("levels",)
    found = Budget(present(run), _accuracies(result.rows), result.folder, left_out)
    waterfall(found).savefig(result.folder / "figures" / "waterfall.png", dpi=150)
    (result.folder / "budget.md").write_text(
        f"# {study.title}\n\n![waterfall](figures/waterfall.png)\n\n{found.report()}\n"
    )
    summary = {"properties": found.properties, "accuracy": found.accuracy}
    (result.folder / "budget.json").write_text(json.dumps(summary, indent=1))
    return found


def _accuracies(rows: list[Row]) -> dict[str, tuple[float, float]]:
    collected: dict[str, list[float]] = {}
    for row in rows:
        collected.setdefault("software" if row["training"] == "software" else row["case"], []).append(row["accuracy"])
    return {
        name: (float(np.mean(values)), float(np.std(values, ddof=len(values) > 1)))
        for name, values in collected.items()
    }


@styled
def waterfall(found: Budget) -> Figure:
    """Accuracy from software down to the run as it is, property by property."""
    steps = found.steps()
    figure = Figure(figsize=(7.5, 0.5 * len(steps) + 1.9), layout="constrained")
    axes = figure.subplots()
    figure.suptitle("Where the accuracy goes", x=0.02, ha="left", weight="bold")
    previous = None
    for place, (_, accuracy) in enumerate(steps):
        percent = 100 * accuracy
        if previous is None:
            axes.plot([percent, percent], [place - 0.35, place + 0.35], color="black", lw=2)
        else:
            axes.barh(
                place, percent - previous, left=previous, height=0.6, color=NEGATIVE if percent < previous else POSITIVE
            )
            axes.plot([previous, previous], [place - 1, place + 0.3], color=GREY, lw=0.8, zorder=0)
        text = f"{percent:.2f} %" + ("" if previous is None else f"  ({percent - previous:+.2f})")
        axes.annotate(text, (max(percent, previous or percent), place), (6, 0), textcoords="offset points", va="center")
        previous = percent
    values = [100 * accuracy for _, accuracy in steps]
    margin = max(max(values) - min(values), 0.5)
    axes.set_xlim(min(values) - 0.1 * margin, max(values) + 0.45 * margin)
    axes.set_xticks([tick for tick in axes.get_xticks() if axes.get_xlim()[0] <= tick <= min(100, axes.get_xlim()[1])])
    axes.set_yticks(range(len(steps)), [name for name, _ in steps])
    axes.invert_yaxis()
    axes.set_xlabel("test accuracy (%), mean over seeds")
    return figure
