"""pulsenet models."""

from __future__ import annotations

import textwrap
from pathlib import Path

import click


@click.group()
def models():
    """The device catalogue: list, show and plot devices.

    A DEVICE is the name of a bundled device, or the path of a device.toml or of its folder. A run file takes one with
    [device] model = "DEVICE".
    """


@models.command(name="list")
def list_devices():
    """List the bundled devices."""
    from pulsenet.describe.catalog import list_models, load_model

    rows = [("name", "law", "SET/RESET pulses", "G_min", "G_max", "ratio", "status", "device")]
    for name in list_models():
        model = load_model(name)
        rows.append((name, model.device.law, *_range(model.device), model.about.status, model.about.title))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    right = (2, 3, 4, 5)
    for row in rows:
        cells = [
            cell.rjust(w) if i in right else cell.ljust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        ]
        click.echo("  ".join(cells).rstrip())
    click.echo(
        "status: fitted (a law fitted to a measurement), derived (from published numbers), "
        "illustrative (chosen, or not verified)"
    )


@models.command()
@click.argument("device")
def show(device):
    """Show all that is known about DEVICE: every number with its unit, how sure it is, and where it comes from."""
    from pulsenet.describe.catalog import load_model

    model = load_model(device)
    parts = [_head(model), *_sections(model), _published(model), _source(model)]
    click.echo("\n\n".join(part for part in parts if part))


@models.command()
@click.argument("devices", metavar="DEVICE...", nargs=-1, required=True)
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("devices.png"), help="The picture; default: devices.png."
)
@click.option("--force", is_flag=True, help="Replace a picture that is there.")
def plot(devices, out, force):
    """Draw potentiation and depression of devices over each other."""
    from pulsenet.describe.catalog import load_model
    from pulsenet.figures.devices import device_curves, save

    laws = {name: load_model(name).device for name in devices}
    click.echo(save(device_curves(laws), out, force))


def _range(device) -> tuple[str, str, str, str]:
    """Numbers of pulses, G_min, G_max and their ratio, as text."""
    from pulsenet.figures.devices import pulses
    from pulsenet.text.quantities import from_si

    counts = "/".join(_number(pulses(device, kind)) for kind in ("SET", "RESET"))
    ratio = f"{device.G_max / device.G_min:.3g}" if device.G_min else "inf"
    return counts, from_si(device.G_min, "S"), from_si(device.G_max, "S"), ratio


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 1000 else f"{value:.4g}"


def _head(model) -> str:
    from pulsenet.seams.laws import nonlinearity_label

    counts, G_min, G_max, ratio = _range(model.device)
    labels = "SET {:.2f}, RESET {:.2f}".format(*(round(value, 2) + 0.0 for value in nonlinearity_label(model.device)))
    about = model.about
    lines = [f"{model.file.name}: {about.title}" if about.title else model.file.name, _wrapped(about.summary)]
    lines += [
        f"status: {about.status}",
        f"{model.device.law} law, {counts} SET/RESET pulses, {G_min} to {G_max} (ratio {ratio})",
    ]
    lines += [f"nonlinearity label (NeuroSim): {labels}", *(_wrapped(f"note: {note}") for note in about.notes)]
    lines.append(f"sha256 of the file: {model.file.sha256}")
    return "\n".join(line for line in lines if line)


def _sections(model) -> list[str]:
    """One block per section, with a line for each number: value, unit, how sure."""
    lines = {
        "device": [],
        "programming": ["  not known: the energy of programming is not counted, and a pulse lasts a slot"],
        "variation": ["  not known: devices are all alike, and free of noise"],
    }
    given = {section for section, _ in model.numbers()}
    lines |= {section: [] for section in given}
    for (section, key), value in model.numbers().items():
        how = model.certainty.get(section, {}).get(key, "not told how sure")
        lines[section].append(f"  {key:<16} {_quantity(model, section, key, value):<12} {how}")
    return ["\n".join([f"[{section}]", *rows]) for section, rows in lines.items()]


def _quantity(model, section: str, key: str, value) -> str:
    """A number of a section with its unit."""
    from pulsenet.text.quantities import from_si, symbol_of

    if isinstance(value, str):
        return value
    symbol = symbol_of(type(getattr(model, section)).model_fields[key])
    return from_si(value, symbol) if symbol else f"{value:.6g}"


def _published(model) -> str:
    published = model.published
    lines = (
        []
        if published.accuracy is None
        else [_wrapped(f"  accuracy {published.accuracy:.0%}: {published.benchmark}", "    ")]
    )
    if published.label_SET is not None and published.label_RESET is not None:
        lines.append(f"  nonlinearity label: SET {published.label_SET:g}, RESET {published.label_RESET:g}")
    lines += [_wrapped(f"  {fact}", "    ") for fact in published.facts]
    return "\n".join(["published", *lines]) if lines else ""


def _source(model) -> str:
    source = model.source
    lines = [
        _wrapped(f"  {one.text}" + (f", doi {one.doi}" if one.doi else " (DOI not verified)"), "    ")
        for one in source.references
    ]
    lines += [f"  measured: {one.get('name', '?')}, sha256 {one.get('sha256', '?')}" for one in source.files]
    lines += [f"  {program} {version}" for program, version in source.versions.items()]
    return "\n".join(["source", *lines]) if lines else ""


def _wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(text, 120, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
