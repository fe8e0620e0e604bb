"""pulsenet inspect."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("trace", type=click.Path(path_type=Path))
def inspect(trace):
    """Tell what a TRACE (a trace.h5 or its folder) holds."""
    from pulsenet.exports.inspection import inspection
    from pulsenet.trace import Trace

    with Trace(trace) as opened:
        click.echo(inspection(opened))
