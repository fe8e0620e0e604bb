"""pulsenet plot."""

from __future__ import annotations

from pathlib import Path

import click

from pulsenet.commands.options import pairs


@click.command()
@click.argument("trace", type=click.Path(path_type=Path))
@click.argument("other", required=False, type=click.Path(path_type=Path))
@click.option(
    "--figure", "figures", multiple=True, metavar="NAME", help="Which figures; default: all that it can show."
)
@click.option(
    "--frame", type=int, help="Frame of the timing diagram (figure pulses); default: the first that programs."
)
@click.option("--lines", multiple=True, metavar="POPULATION=LINES", help="Its lines: input=0-9,12.")
@click.option("--window", metavar="START:STOP", help="Its slots, from the start of the frame: 51:68.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder for the pictures; default: figures beside the trace."
)
@click.option("--force", is_flag=True, help="Replace pictures of the same name.")
def plot(trace, other, figures, frame, lines, window, out, force):
    """Draw the figures of a TRACE (a trace.h5 or its folder) as PNG files; of a TRACE and an OTHER, how they compare."""
    timing = _timing(frame, lines, window)
    out = out or (trace if trace.is_dir() else trace.parent) / "figures"
    if other or "compare" in figures:
        _draw_comparison(trace, other, figures, timing, out, force)
    else:
        _check_timing(timing, figures)
        draw(trace, figures or (("pulses",) if timing else ()), out, force, {"pulses": timing})


def draw(trace: Path, names: tuple[str, ...], out: Path, force: bool, options: dict[str, dict] | None = None) -> None:
    """Draw figures of a trace and name the files."""
    from pulsenet.figures import save_all
    from pulsenet.traces import Trace

    with Trace(trace) as opened:
        for path in save_all(opened, out, names or None, force=force, options=options):
            click.echo(path)


def _draw_comparison(
    trace: Path, other: Path | None, names: tuple[str, ...], timing: dict, out: Path, force: bool
) -> None:
    from pulsenet.errors import ConfigError
    from pulsenet.figures import compare, save
    from pulsenet.traces import Trace

    if other is None:
        raise ConfigError("--figure compare: needs two traces; write pulsenet plot TRACE OTHER --figure compare")
    if timing or set(names) - {"compare"}:
        raise ConfigError(f"{other}: a second trace is for the figure compare alone; draw other figures of one trace")
    with Trace(trace) as one, Trace(other) as two:
        for path in save({"compare": compare(one, two)}, out, force=force):
            click.echo(path)


def _timing(frame: int | None, lines: tuple[str, ...], window: str | None) -> dict:
    """Parameters of the timing diagram, as far as they are given."""
    found = {} if frame is None else {"frame": frame}
    if lines:
        given = pairs(lines, "--lines", "POPULATION=LINES, for example --lines input=0-9,12")
        found["lines"] = {population: _numbers(text) for population, text in given.items()}
    if window is not None:
        found["window"] = _window(window)
    return found


def _check_timing(timing: dict, names: tuple[str, ...]) -> None:
    from pulsenet.errors import ConfigError

    if timing and names and "pulses" not in names:
        raise ConfigError(f"--{next(iter(timing))}: is of the figure pulses, which is not drawn; add --figure pulses")


def _numbers(text: str) -> list[int]:
    """Lines from ``"0-9,12"``."""
    from pulsenet.errors import ConfigError

    found = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not all(number.isdecimal() and len(number) < 7 for number in ((first, last) if dash else (first,))):
            raise ConfigError(f"--lines {text}: {part!r} is no line or range of lines; write for example input=0-9,12")
        found += range(int(first), int(last if dash else first) + 1)
    return found


def _window(text: str) -> tuple[int, int]:
    from pulsenet.errors import ConfigError

    start, _, stop = text.partition(":")
    if not (start.isdecimal() and stop.isdecimal()):
        raise ConfigError(f"--window {text}: write START:STOP in slots from the start of the frame, for example 51:68")
    return int(start), int(stop)
