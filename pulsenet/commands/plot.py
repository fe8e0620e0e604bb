"""pulsenet plot."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("trace", type=click.Path(path_type=Path))
@click.option("--figure", "figures", multiple=True, metavar="NAME", help="Which figures; default: all that it can show.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the pictures; default: figures beside the trace.")
@click.option("--force", is_flag=True, help="Replace pictures of the same name.")
def plot(trace, figures, out, force):
    """Draw the figures of a TRACE (a trace.h5 or its folder) as PNG files."""
    folder = trace if trace.is_dir() else trace.parent
    draw(trace, figures, out or folder / "figures", force)


def draw(trace: Path, names: tuple[str, ...], out: Path, force: bool) -> None:
    """Draw figures of a trace and name the files."""
    from pulsenet.figures import save_all
    from pulsenet.traces import Trace

    with Trace(trace) as opened:
        for path in save_all(opened, out, names or None, force=force):
            click.echo(path)
