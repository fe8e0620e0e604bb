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
@click.option("--frame", type=int, help="Frame of the figures pulses and waveforms; default: the first that programs.")
@click.option("--lines", multiple=True, metavar="POPULATION=LINES", help="Their lines: input=0-9,12.")
@click.option("--window", metavar="START:STOP", help="Slots of the figure pulses, from the start of the frame: 51:68.")
@click.option(
    "--devices", multiple=True, metavar="LAYER=LINE,NEURON", help="Device pairs of the figure waveforms: layer1=12,3."
)
@click.option(
    "--time", type=click.Choice(["clock", "hardware"]), help="Time axis of the figure waveforms; default: clock."
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder for the pictures; default: figures beside the trace."
)
@click.option("--force", is_flag=True, help="Replace pictures of the same name.")
def plot(trace, other, figures, frame, lines, window, devices, time, out, force):
    """Draw the figures of a TRACE (a trace.h5 or its folder) as PNG files; of a TRACE and an OTHER, how they
    compare.
    """
    given = {
        "frame": frame,
        "lines": _lines(lines),
        "window": _window(window),
        "devices": _devices(devices),
        "time": time,
    }
    given = {option: value for option, value in given.items() if value is not None}
    out = out or (trace if trace.is_dir() else trace.parent) / "figures"
    if other or "compare" in figures:
        _draw_comparison(trace, other, figures, given, out, force)
    else:
        names = figures or _first_taking(given)
        draw(trace, names, out, force, _options(given, names))


def draw(trace: Path, names: tuple[str, ...], out: Path, force: bool, options: dict[str, dict] | None = None) -> None:
    """Draw figures of a trace and name the files."""
    from pulsenet.figures.saving import save_all
    from pulsenet.trace import Trace

    with Trace(trace) as opened:
        for path in save_all(opened, out, names or None, force=force, options=options):
            click.echo(path)


def _draw_comparison(
    trace: Path, other: Path | None, names: tuple[str, ...], given: dict, out: Path, force: bool
) -> None:
    from pulsenet.errors import ConfigError
    from pulsenet.figures.compare import compare
    from pulsenet.figures.saving import save
    from pulsenet.trace import Trace

    if other is None:
        raise ConfigError("--figure compare: needs two traces; write pulsenet plot TRACE OTHER --figure compare")
    if given or set(names) - {"compare"}:
        raise ConfigError(f"{other}: a second trace is for the figure compare alone; draw other figures of one trace")
    with Trace(trace) as one, Trace(other) as two:
        for path in save({"compare": compare(one, two)}, out, force=force):
            click.echo(path)


def _first_taking(given: dict) -> tuple[str, ...]:
    """The first figure that takes each of the given options; none if nothing is given."""
    from pulsenet.figures.registry import figures_taking

    return tuple(dict.fromkeys(figures_taking(option)[0] for option in given))


def _options(given: dict, names: tuple[str, ...]) -> dict[str, dict]:
    """What is given, for each figure that is drawn and takes it."""
    from pulsenet.errors import ConfigError
    from pulsenet.figures.registry import figures_taking

    for option in given:
        taking = figures_taking(option)
        if not set(taking) & set(names):
            figures = " and ".join(taking)
            raise ConfigError(f"--{option}: is for {figures}, not drawn here; add --figure {taking[0]}")
    return {name: {option: given[option] for option in given if name in figures_taking(option)} for name in names}


def _lines(texts: tuple[str, ...]) -> dict[str, list[int]] | None:
    given = pairs(texts, "--lines", "POPULATION=LINES, for example --lines input=0-9,12")
    return {population: _numbers(text) for population, text in given.items()} or None


def _devices(texts: tuple[str, ...]) -> list[tuple[str, int, int]] | None:
    from pulsenet.errors import ConfigError

    found = []
    for text in texts:
        layer, _, pair = text.partition("=")
        numbers = [number.strip() for number in pair.split(",")]
        if not layer or len(numbers) != 2 or not all(number.isdecimal() and len(number) < 7 for number in numbers):
            raise ConfigError(f"--devices {text}: write LAYER=LINE,NEURON, for example --devices layer1=12,3")
        found.append((layer, int(numbers[0]), int(numbers[1])))
    return found or None


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


def _window(text: str | None) -> tuple[int, int] | None:
    from pulsenet.errors import ConfigError

    if text is None:
        return None
    start, _, stop = text.partition(":")
    if not (start.isdecimal() and stop.isdecimal()):
        raise ConfigError(f"--window {text}: write START:STOP in slots from the start of the frame, for example 51:68")
    return int(start), int(stop)
