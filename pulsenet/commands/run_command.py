"""pulsenet run and pulsenet demo."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from pulsenet.commands.options import ENGINE, SET, override_values
from pulsenet.commands.plot_command import draw


@click.command()
@click.argument("run_file", metavar="RUN.toml", type=click.Path(path_type=Path))
@ENGINE
@click.option("--epochs", type=int, help="Same as --set training.epochs=N.")
@click.option("--out", type=click.Path(path_type=Path), help="The run's folder; default: results/ and the file's name.")
@SET
@click.option("--force", is_flag=True, help="Replace a run that the folder holds.")
@click.option("--resume", is_flag=True, help="Continue an unfinished run.")
@click.option("--dry-run", is_flag=True, help="Print equations, phase table and estimates; run nothing.")
def run(run_file, engine, epochs, out, overrides, force, resume, dry_run):
    """Train the network of RUN.toml; the result is trace.h5 in the run's folder."""
    from pulsenet.describe.catalog import overrides_of
    from pulsenet.describe.run import Run
    from pulsenet.training.dry_run import dry_run as dry
    from pulsenet.training.progress import report

    values = override_values(overrides) | ({"training.epochs": epochs} if epochs is not None else {})
    description = Run.load(run_file, values)
    out = out or Path("results", run_file.stem)
    if told := overrides_of(description):
        click.echo(told)
    if dry_run:
        click.echo(dry(description, engine))
        return
    command = ["pulsenet", "run", str(run_file), *(word for text in overrides for word in ("--set", text))]
    command += [] if epochs is None else ["--epochs", str(epochs)]
    _train(description, out, engine, force, resume, command, report)


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("results/demo"), help="The run's folder.")
@ENGINE
@click.option("--force", is_flag=True, help="Replace an earlier demo in the folder.")
@click.option("--resume", is_flag=True, help="Continue an unfinished demo.")
def demo(out, engine, force, resume):
    """Train on scikit-learn's handwritten digits, and draw the figures."""
    from importlib.resources import as_file, files

    from pulsenet.describe.run import Run
    from pulsenet.training.progress import report

    with as_file(files("pulsenet.runs") / "digits.toml") as run_file:
        description = Run.load(run_file)
    _train(description, out, engine, force, resume, ["pulsenet", "demo"], report)
    draw(out, (), out / "figures", force=True)


def _train(description, out: Path, engine: str, force: bool, resume: bool, command: list[str], report) -> None:
    from pulsenet.exports.inspection import costs
    from pulsenet.trace import Trace
    from pulsenet.training.train import train

    try:
        with report() as watch:
            result = train(description, out, engine=engine, force=force, resume=resume, watch=watch)
    except KeyboardInterrupt:
        again = shlex.join(
            [*command, *([] if engine == "auto" else ["--engine", engine]), "--out", str(out), "--resume"]
        )
        click.echo(f"interrupted: what was done is safe in {out}; continue with: {again}", err=True)
        sys.exit(130)
    accuracy = (
        f"test accuracy {result.accuracy[-1]:.2%} after epoch {len(result.accuracy)}"
        if result.accuracy
        else "no test samples"
    )
    click.echo(f"{accuracy}; trace: {result.trace}")
    with Trace(result.trace) as trace:
        for line in costs(trace):
            click.echo(line)
