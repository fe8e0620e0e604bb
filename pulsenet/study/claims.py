"""Deciding claims: a difference of means against a threshold, with the seeds as the sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit  # of scipy.stats, which takes half a second to import, it is the t distribution

from pulsenet.study.grids import Claim
from pulsenet.study.points import selects
from pulsenet.study.table import Row

#: Probability with which the true mean lies beyond a one-sided bound.
CONFIDENCE = 0.95
HOLDS, FAILS, OPEN = "holds", "does not hold", "not decided"


@dataclass(frozen=True)
class Verdict:
    """What a study says of a claim.

    Attributes
    ----------
    name : str
    claim : Claim
    verdict : str
        ``"holds"``, ``"does not hold"`` or ``"not decided"``.
    mean, spread : float
        Of the difference, over seeds; the spread is the sample standard deviation (NaN for one seed).
    low, high : float
        One-sided 95 % bounds of the mean.
    seeds : int
        How many seeds were compared.
    """

    name: str
    claim: Claim
    verdict: str
    mean: float
    spread: float
    low: float
    high: float
    seeds: int


def decide(name: str, claim: Claim, rows: list[Row]) -> Verdict:
    """Decide a claim from the rows of its grid.

    The rows of each side are averaged per seed, and the two are compared seed by seed. A claim holds if the 95 % bound
    of the mean difference (one-sided, Student's t) is on the right side of the threshold; it does not hold if the other
    bound is on the wrong side; between, or with a single seed, it is not decided.

    Parameters
    ----------
    name : str
    claim : Claim
    rows : list of dict
        With ``training``, ``seed`` and all columns that the claim names.

    Returns
    -------
    Verdict

    Notes
    -----
    Student's t: "Student" 1908, 10.1093/biomet/6.1.1. Two one-sided tests for ``within``: Schuirmann 1987,
    10.1007/BF01068419.

    Examples
    --------
    >>> claim = Claim(sentence="a is better than b", of={"case": "a"}, against={"case": "b"}, at_least=0.0)
    >>> rows = [{"training": "on-chip", "case": case, "seed": seed, "accuracy": accuracy + 0.001 * seed}
    ...         for case, accuracy in (("a", 0.9), ("b", 0.8)) for seed in (1, 2, 3)]
    >>> verdict = decide("better", claim, rows)
    >>> verdict.verdict, round(verdict.mean, 6)
    ('holds', 0.1)
    """
    of, against = _by_seed(claim.of, claim.column, rows), None
    if claim.against is not None:
        against = _by_seed(claim.against, claim.column, rows)
    seeds = [seed for seed in of if against is None or seed in against]
    values = np.array([of[seed] - (against[seed] if against else 0.0) for seed in seeds])
    mean = float(values.mean()) if len(values) else float("nan")
    spread = float(values.std(ddof=1)) if len(values) > 1 else float("nan")
    reach = stdtrit(len(values) - 1, CONFIDENCE) * spread / np.sqrt(len(values)) if len(values) > 1 else np.inf
    low, high = float(mean - reach), float(mean + reach)
    return Verdict(name, claim, _verdict(claim, low, high), mean, spread, low, high, len(values))


def _by_seed(chosen: dict, column: str, rows: list[Row]) -> dict[int, float]:
    """Mean over the chosen rows, by seed."""
    values: dict[int, list[float]] = {}
    for row in rows:
        if selects(chosen, row["training"], row) and row.get(column) is not None:
            values.setdefault(row["seed"], []).append(float(row[column]))
    return {seed: float(np.mean(some)) for seed, some in values.items()}


def _verdict(claim: Claim, low: float, high: float) -> str:
    if claim.at_least is not None:
        holds, fails = low >= claim.at_least, high < claim.at_least
    elif claim.at_most is not None:
        holds, fails = high <= claim.at_most, low > claim.at_most
    else:
        holds = low >= -claim.within and high <= claim.within
        fails = low > claim.within or high < -claim.within
    return HOLDS if holds else FAILS if fails else OPEN
