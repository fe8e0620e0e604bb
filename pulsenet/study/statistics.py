"""Mean and spread over seeds, for figures and reports."""

from __future__ import annotations

from typing import Any

import numpy as np

from pulsenet.study.table import Row

#: Columns that are no axis.
_RESULTS = ("_pulses", "_energy", "_time")


def axis_names(rows: list[Row]) -> list[str]:
    """The columns by which rows of one grid were chosen, ``case`` among them, if they have values at all."""
    fixed = ("grid", "training", "seed", "epochs", "accuracy", "training_accuracy", "warnings")
    names = [name for name in rows[0] if name not in fixed and not name.endswith(_RESULTS)]
    return [name for name in names if any(row[name] is not None for row in rows)]


def group(rows: list[Row], names: list[str]) -> dict[tuple[Any, ...], np.ndarray]:
    """Accuracies over seeds by the values of ``names``, in the order of the rows.

    Examples
    --------
    >>> rows = [{"beta": 0, "accuracy": 0.9}, {"beta": 0, "accuracy": 0.8}, {"beta": 1, "accuracy": 0.7}]
    >>> {key: values.tolist() for key, values in group(rows, ["beta"]).items()}
    {(0,): [0.9, 0.8], (1,): [0.7]}
    """
    groups: dict[tuple[Any, ...], list[float]] = {}
    for row in rows:
        if row["accuracy"] is not None:
            groups.setdefault(tuple(row[name] for name in names), []).append(row["accuracy"])
    return {key: np.array(values) for key, values in groups.items()}


def spread(values: np.ndarray) -> float:
    """Sample standard deviation; 0 of a single value."""
    return float(values.std(ddof=1)) if len(values) > 1 else 0.0
