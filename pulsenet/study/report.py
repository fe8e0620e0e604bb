"""The report of a study: verdicts, tables and figures as Markdown."""

from __future__ import annotations

import math
from pathlib import Path

from pulsenet.study.claims import Verdict
from pulsenet.study.statistics import axis_names, group, spread
from pulsenet.study.table import Row


def report(
    title: str, rows: list[Row], verdicts: dict[str, list[Verdict]], figures: dict[str, str], command: str
) -> str:
    """The report as Markdown text.

    Parameters
    ----------
    title : str
    rows : list of dict
        The table.
    verdicts : dict of list of Verdict
        By grid.
    figures : dict of str
        Path of each grid's figure, as seen from the report.
    command : str
        With which the study can be repeated.
    """
    parts = [f"# {title}", f"Repeat with `{command}`. The table is `table.csv`; every run's trace is in `runs`."]
    if any(verdicts.values()):
        parts.append("\n".join(["## Claims", "", *claim_lines([v for some in verdicts.values() for v in some], "- ")]))
    for name in dict.fromkeys(row["grid"] for row in rows):
        own = [row for row in rows if row["grid"] == name]
        parts += [f"## {name}", f"![accuracy]({figures[name]})", _accuracy_table(own)]
        warned = sum(bool(row["warnings"]) for row in own)
        if warned:
            parts.append(f"{warned} of {len(own)} runs had warnings: see the last column of `table.csv`.")
    return "\n\n".join(parts) + "\n"


def claim_lines(verdicts: list[Verdict], bullet: str = "") -> list[str]:
    """One line per claim: verdict, sentence, mean and spread, threshold."""
    lines = []
    for verdict in verdicts:
        claim = verdict.claim
        kind = next(kind for kind in ("at_least", "at_most", "within") if getattr(claim, kind) is not None)
        unit = " points" if claim.against is not None else " %"
        threshold = f"{kind.replace('_', ' ')} {_number(getattr(claim, kind), claim.column, unit)}"
        what = "difference" if claim.against is not None else claim.column.replace("_", " ")
        found = f"{what} {_number(verdict.mean, claim.column, unit)}"
        if not math.isnan(verdict.spread):
            found += f" ± {_number(verdict.spread, claim.column, unit)}"
        seeds = f"{verdict.seeds} seed{'s' * (verdict.seeds != 1)}"
        lines.append(
            f"{bullet}{verdict.verdict}: {claim.sentence} [{verdict.name}: {found} ({seeds}), claimed: {threshold}]"
        )
    return lines


def _number(value: float, column: str, unit: str) -> str:
    """A share in percent or, where it is a difference of such, in points; anything else as it is."""
    return f"{100 * value:.2f}{unit}" if column.endswith("accuracy") else f"{value:.4g}"


def _accuracy_table(rows: list[Row]) -> str:
    """Mean and standard deviation over seeds, a row per combination."""
    names = ["training", *axis_names(rows)]
    head = ["training", *names[1:], "test accuracy (%)", "seeds"]
    lines = [f"| {' | '.join(map(str, head))} |", "|" + "---|" * len(head)]
    for key, values in group(rows, names).items():
        cells = ["" if value is None else str(value) for value in key]
        cells += [
            f"{100 * values.mean():.2f} ± {100 * spread(values):.2f}" if len(values) > 1 else f"{100 * values[0]:.2f}"
        ]
        lines.append(f"| {' | '.join([*cells, str(len(values))])} |")
    return "\n".join(lines)


def write_text(text: str, path: Path) -> None:
    """Write a text file, whole or not at all."""
    from pulsenet.trace.files import replacing, write_all

    with replacing(path) as descriptor:
        write_all(descriptor, text.encode())
