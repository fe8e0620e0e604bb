"""pulsenet export."""

from __future__ import annotations

from pathlib import Path

import click

from pulsenet.commands.options import pairs

FORMATS = ("vcd", "spice", "sonata", "csv", "parquet")


@click.command()
@click.argument("trace", type=click.Path(path_type=Path))
@click.option("--format", "name", type=click.Choice(FORMATS), help="What to write; has to be given.")
@click.option(
    "--frames", metavar="FRAMES", help="A frame or a range: 7, 0:3, 100: ...; default: what the format takes."
)
@click.option(
    "--lines", multiple=True, metavar="POPULATION=LINES", help="Lines of a population: hidden1=0:3,7; default: all."
)
@click.option("--layer", metavar="NAME", help="Weight layer of a netlist; default: the first.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="File, or folder for tables; default: in exports beside the trace."
)
@click.option("--force", is_flag=True, help="Replace files of the same name.")
def export(trace, name, frames, lines, layer, out, force):
    """Write a TRACE (a trace.h5 or its folder) for other tools.

    vcd: waveforms for GTKWave and Surfer (default: the first recorded frame). spice: the forward phase of one frame as
    a netlist for ngspice. sonata: spikes for libsonata and BMTK. csv, parquet: tables of frames and pulses.
    """
    from pulsenet.errors import ConfigError
    from pulsenet.exports import DEFAULT_NAMES, EXPORTS
    from pulsenet.trace import Trace

    if name is None:  # click's own words for this are six lines
        raise ConfigError(f"--format: is missing; give one of {', '.join(FORMATS)}")
    chosen = _frames(frames)
    if name == "spice":
        if isinstance(chosen, slice):
            raise ConfigError(f"--frames {frames}: a netlist holds one frame; give its number, for example --frames 0")
        options = {"frame": chosen, "layer": layer}
    elif layer is not None:
        raise ConfigError(f"--layer {layer}: only a netlist is of one layer; leave it out, or take --format spice")
    else:
        options = {"frames": chosen}
    with Trace(trace) as opened:
        options["lines"] = _lines(lines, opened.populations)
        folder = trace if trace.is_dir() else trace.parent
        click.echo(EXPORTS[name](opened, out or folder / "exports" / DEFAULT_NAMES[name], force=force, **options))


def _frames(text: str | None) -> int | slice | None:
    """Read ``--frames``."""
    from pulsenet.errors import ConfigError

    try:
        if text is None or ":" not in text:
            return None if text is None else int(text)
        start, stop = (int(part) if part.strip() else None for part in text.split(":"))
        return slice(start, stop)
    except ValueError:
        raise ConfigError(f"--frames {text}: give a frame or a range, for example 7, 0:3 or 100:") from None


def _lines(texts: tuple[str, ...], populations: dict[str, int]) -> dict[str, list[int]]:
    """Read ``--lines``; ranges end within the population."""
    from pulsenet.errors import ConfigError

    chosen = {}
    for population, text in pairs(texts, "--lines", "POPULATION=LINES, for example --lines input=0:3,7").items():
        n_lines = populations.get(population, 0)
        if population not in populations:
            raise ConfigError(
                f"--lines {population}={text}: no such population; populations are {', '.join(populations)}"
            )
        try:
            chosen[population] = [line for part in text.split(",") if part.strip() for line in _range(part, n_lines)]
        except ValueError:
            raise ConfigError(
                f"--lines {population}={text}: give lines from 0 to {n_lines - 1} and ranges of them, for example 0:3,7"
            ) from None
    return chosen


def _range(text: str, n_lines: int) -> range:
    """Lines of ``7`` or ``0:3``; a ValueError if that is none, or not within the population."""
    if ":" in text:
        start, stop = (
            int(part) if part.strip() else default for part, default in zip(text.split(":"), (0, n_lines), strict=True)
        )
    else:
        start, stop = int(text), int(text) + 1
    if not 0 <= start < stop <= n_lines:
        raise ValueError(text)
    return range(start, stop)
