"""pulsenet view."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("trace", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="PAGE.html", help="The page; default: view.html beside the trace."
)
@click.option(
    "--frames",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="Recorded frames whose pulses the page holds, at most.",
)
@click.option("--force", is_flag=True, help="Replace a page that is there.")
def view(trace, out, frames, force):
    """Write a page for browsing a TRACE (a trace.h5 or its folder): learning curves, pulses, conductance maps."""
    from pulsenet.figures.browser_page import write_page
    from pulsenet.trace import Trace

    out = out or (trace if trace.is_dir() else trace.parent) / "view.html"
    with Trace(trace) as opened:
        click.echo(write_page(opened, out, frames, force))
