"""What the table of an assessment says: accuracies by method, gains with their errors, time and energy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

import numpy as np

from pulsenet.assess.standard import BIDIRECTIONAL, UNIDIRECTIONAL
from pulsenet.describe.run import Run
from pulsenet.study.budget import AS_IS, IDEAL, Budget, present
from pulsenet.study.grids import ON_CHIP
from pulsenet.study.points import Point
from pulsenet.study.statistics import spread
from pulsenet.study.table import Row
from pulsenet.trace import Trace

#: What time and energy of a frame go to: column, name.
PARTS = {"read": "forward reading", "error": "backward reading", "programming": "programming", "refresh": "refresh"}
SOFTWARE, QUANTISED = "software", "quantised"
CLEAR, LIKELY, UNSEEN, LOSS = "clear", "likely", "not seen", "a loss"


@dataclass(frozen=True)
class Gain:
    """What making one property ideal gains.

    Attributes
    ----------
    name : str
        Of the property.
    mean, error : float
        Difference of accuracies (fractions) and its standard error, of the seeds and of the finite number of test
        samples.
    seeds : int
        Of one, nothing is known about how much seeds differ.
    """

    name: str
    mean: float
    error: float
    seeds: int

    @property
    def certainty(self) -> str:
        """``"clear"`` above two standard errors, ``"a loss"`` below minus two, both of several seeds.

        ``"likely"`` above one. Else ``"not seen"``.
        """
        if self.mean < -2 * self.error and self.seeds > 1:
            return LOSS
        if self.mean > 2 * self.error and self.seeds > 1:
            return CLEAR
        return LIKELY if self.mean > self.error else UNSEEN


@dataclass(frozen=True)
class Findings:
    """The results of all runs of an assessment.

    Attributes
    ----------
    run : Run
        The standard network on the device, with unidirectional updating.
    rows : list of dict
        The study's table.
    accuracy : dict of str to dict of int to float
        By training (``"software"``, ``"quantised"``, ``"unidirectional"``, ``"bidirectional"``) and by case of the
        budget, by seed.
    budget : Budget
    n_train, n_test : int
        Samples.
    """

    run: Run
    rows: list[Row]
    accuracy: dict[str, dict[int, float]]
    budget: Budget
    n_train: int
    n_test: int

    @classmethod
    def of(cls, run: Run, rows: list[Row], folder: Path, trace: Path) -> Findings:
        """Findings from the table of a study; ``trace`` is any of its traces."""
        accuracy: dict[str, dict[int, float]] = {}
        for row in rows:
            name = row["case"] if row["training"] == ON_CHIP else row["training"]
            accuracy.setdefault(name, {})[row["seed"]] = row["accuracy"]
        means = {name: (_mean(values), spread(np.array([*values.values()]))) for name, values in accuracy.items()}
        with Trace(trace) as opened:
            n_train = int(opened.frames["learn"][:].sum()) // run.training.epochs
            n_test = int(opened.evaluation["confusion"][-1].sum())
        return cls(run, rows, accuracy, Budget(present(run), means, folder), n_train, n_test)

    @property
    def seeds(self) -> list[int]:
        return list(self.accuracy[UNIDIRECTIONAL])

    def ideal_device(self) -> str:
        """The case in which the devices are ideal, and the pulses are as they are."""
        found = self.budget.properties
        return "+ pulse quantisation" if found[0] == "pulse quantisation" and len(found) > 1 else IDEAL

    def gains(self) -> list[Gain]:
        """What making one property ideal gains, the largest first."""
        several = len(self.budget.properties) > 1
        cases = {name: f"without {name}" if several else IDEAL for name in self.budget.properties}
        return sorted((self.difference(name, case, AS_IS) for name, case in cases.items()), key=lambda gain: -gain.mean)

    def difference(self, name: str, case: str, against: str) -> Gain:
        """How much more accurate one case is than another one, seed by seed."""
        of, other = self.accuracy[case], self.accuracy[against]
        by_seed = np.array([of[seed] - other[seed] for seed in of])
        samples = sum(_mean(values) * (1 - _mean(values)) for values in (of, other)) / self.n_test
        return Gain(name, float(by_seed.mean()), sqrt(spread(by_seed) ** 2 / len(by_seed) + samples), len(by_seed))

    def per_frame(self, case: str, quantity: str) -> dict[str, float]:
        """Mean ``"time"`` (s) or ``"energy"`` (J) of a training frame, by part; what was not counted is left out."""
        return {part: value for part in PARTS if (value := self.mean(case, f"{part}_{quantity}")) is not None}

    def mean(self, case: str, column: str) -> float | None:
        """Mean of a column of the table over the seeds of an update method; None if it was not counted."""
        values = [row.get(column) for row in self.rows if row["training"] == ON_CHIP and row["case"] == case]
        return None if None in values else float(np.mean(values))

    def warnings(self) -> dict[str, str]:
        """What the diagnosis had to say about runs of the two update methods, by run."""
        methods = (UNIDIRECTIONAL, BIDIRECTIONAL)
        return {
            f"{row['case']}, seed {row['seed']}": row["warnings"]
            for row in self.rows
            if row["case"] in methods and row["warnings"]
        }


def trace_of(points: Iterable[Point], case: str, runs: Path) -> Path:
    """The trace of a case's first seed."""
    return next(
        runs / point.folder / "trace.h5"
        for point in points
        if point.training == ON_CHIP and point.labels["case"] == case
    )


def _mean(values: dict[int, float]) -> float:
    return float(np.mean([*values.values()]))
