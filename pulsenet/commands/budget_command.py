"""pulsenet budget."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from pulsenet.commands.options import ENGINE, SET, WORKERS, override_values


@click.command()
@click.argument("run_file", metavar="RUN.toml", type=click.Path(path_type=Path))
@ENGINE
@SET
@click.option("--seeds", type=click.IntRange(min=1), default=3, show_default=True, help="Number of seeds.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the budget; default: results/NAME-budget.")
@click.option("--force", is_flag=True, help="Replace a budget that the folder holds.")
@click.option("--resume", is_flag=True, help="Keep the runs that are finished, and go on with the others.")
@WORKERS
def budget(run_file, engine, overrides, seeds, out, force, resume, workers):
    """Which property of the devices costs the accuracy of RUN.toml? Makes each ideal in turn, and adds them up."""
    from pulsenet.describe.run import Run
    from pulsenet.study.budget import budget as work_out

    run = Run.load(run_file, override_values(overrides))
    out = out or Path("results", f"{run_file.stem}-budget")
    command = shlex.join(
        ["pulsenet", "budget", str(run_file), *(part for text in overrides for part in ("--set", text))]
    )
    options = {"force": force, "resume": resume, "workers": workers, "engine": engine, "command": command}
    try:
        found = work_out(run, out, [run.seed + number for number in range(seeds)], run_file.stem, **options)
    except KeyboardInterrupt:
        click.echo(
            f"interrupted: finished runs are safe in {out}; continue with: {command} --out {out} --resume", err=True
        )
        sys.exit(130)
    click.echo(found.report())
    click.echo(f"figure: {out / 'figures' / 'waterfall.png'}; table: {out / 'table.csv'}; report: {out / 'budget.md'}")
