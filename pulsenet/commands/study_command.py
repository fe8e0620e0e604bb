"""pulsenet study."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from pulsenet.commands.options import ENGINE, SET, WORKERS, override_values


@click.command()
@click.argument("study_file", metavar="STUDY.toml", type=click.Path(path_type=Path))
@ENGINE
@click.option(
    "--out", type=click.Path(path_type=Path), help="The study's folder; default: results/ and the file's name."
)
@SET
@click.option("--force", is_flag=True, help="Replace a study that the folder holds.")
@click.option("--resume", is_flag=True, help="Keep the runs that are finished, and go on with the others.")
@WORKERS
@click.option(
    "--scheduler", metavar="ADDRESS", help="Of a Dask cluster that does the runs instead, e.g. tcp://host:8786."
)
def study(study_file, engine, out, overrides, force, resume, workers, scheduler):
    """Do all runs of STUDY.toml in parallel: a table, figures, a report, and verdicts of its claims."""
    from pulsenet.describe.catalog import overrides_of
    from pulsenet.study import load, run_study
    from pulsenet.study.points import points
    from pulsenet.study.report import claim_lines

    described = load(study_file, override_values(overrides))
    out = out or Path("results", study_file.stem)
    command = shlex.join(
        ["pulsenet", "study", str(study_file), *(part for text in overrides for part in ("--set", text))]
    )
    runs = [point.run for point in points(described)]
    for told in dict.fromkeys(filter(None, map(overrides_of, runs))):
        click.echo(told)
    try:
        result = run_study(described, out, force, resume, workers, scheduler, engine, command)
    except KeyboardInterrupt:
        again = f"{command} --out {shlex.quote(str(out))} --resume"
        click.echo(f"interrupted: finished runs are safe in {out}; continue with: {again}", err=True)
        sys.exit(130)
    for line in claim_lines([verdict for some in result.verdicts.values() for verdict in some]):
        click.echo(line)
    click.echo(f"{len(result.rows)} rows: {out / 'table.csv'}; report: {out / 'report.md'}")
