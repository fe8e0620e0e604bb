"""The command line: arguments become the same calls that the Python API makes; errors become one line and exit code 1."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pulsenet.errors import PulsenetError


class _Group(click.Group):
    """Turns pulsenet's errors, and those of the system, into one line and an exit code."""

    def invoke(self, context):
        try:
            return super().invoke(context)
        except PulsenetError as error:
            click.echo(f"error: {error}", err=True)
        except click.UsageError as error:
            click.echo(f"error: {error.format_message()} See: pulsenet --help", err=True)
        except OSError as error:
            click.echo(f"error: {error.filename or ''}: {error.strerror or error}", err=True)
        context.exit(1)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pulsenet")
def main():
    """Pulse-level simulation of neural networks trained in hardware on electronic synapse devices."""


_ENGINE = click.option(
    "--engine",
    type=click.Choice(["auto", "standalone", "cython", "numpy"]),
    default="auto",
    help="How to simulate: a C++ program built once per circuit, or Brian2 in this process.",
)


@main.command()
@click.argument("run_file", metavar="RUN.toml", type=click.Path(path_type=Path))
@_ENGINE
@click.option("--epochs", type=int, help="Same as --set training.epochs=N.")
@click.option("--out", type=click.Path(path_type=Path), help="The run's folder; default: results/ and the file's name.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Replace a value of the run file.")
@click.option("--force", is_flag=True, help="Replace a run that the folder holds.")
@click.option("--resume", is_flag=True, help="Continue an unfinished run.")
@click.option("--dry-run", is_flag=True, help="Print equations, phase table and estimates; run nothing.")
def run(run_file, engine, epochs, out, overrides, force, resume, dry_run):
    """Train the network of RUN.toml; the result is trace.h5 in the run's folder."""
    from pulsenet.config import Run
    from pulsenet.progress import report
    from pulsenet.show import dry_run as dry

    values = _overrides(overrides) | ({"training.epochs": epochs} if epochs is not None else {})
    description = Run.load(run_file, values)
    out = out or Path("results", run_file.stem)
    if dry_run:
        click.echo(dry(description, engine))
        return
    hint = f"pulsenet run {run_file} " + "".join(f"--set {text} " for text in overrides)
    hint += f"--epochs {epochs} " if epochs is not None else ""
    _train(description, out, engine, force, resume, hint, report)


@main.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("results/demo"), help="The run's folder.")
@_ENGINE
@click.option("--force", is_flag=True, help="Replace an earlier demo in the folder.")
def demo(out, engine, force):
    """Train on scikit-learn's handwritten digits, and draw the figures."""
    from importlib.resources import as_file, files

    from pulsenet.config import Run
    from pulsenet.progress import report

    with as_file(files("pulsenet.runs") / "digits.toml") as run_file:
        description = Run.load(run_file)
    _train(description, out, engine, force, False, "pulsenet demo ", report)
    _plot(out, (), out / "figures", force=True)


@main.command()
@click.argument("trace", type=click.Path(path_type=Path))
@click.option("--figure", "figures", multiple=True, metavar="NAME", help="Which figures; default: all that it can show.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the pictures; default: figures beside the trace.")
@click.option("--force", is_flag=True, help="Replace pictures of the same name.")
def plot(trace, figures, out, force):
    """Draw the figures of a TRACE (a trace.h5 or its folder) as PNG files."""
    folder = trace if trace.is_dir() else trace.parent
    _plot(trace, figures, out or folder / "figures", force)


@main.command()
@click.argument("trace", type=click.Path(path_type=Path))
def inspect(trace):
    """Tell what a TRACE (a trace.h5 or its folder) holds."""
    from pulsenet.show import inspection
    from pulsenet.traces import Trace

    with Trace(trace) as opened:
        click.echo(inspection(opened))


@main.command()
@click.argument("curves", metavar="CURVE.csv...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--law", default="auto", metavar="NAME", help="Law to fit; default: the one with the smallest AIC.")
@click.option("--unit", metavar="UNIT", help="Unit of the values, if the header does not tell it: uS, nA ...")
@click.option("--v-read", metavar="VOLTAGE", help='Voltage at which currents were read: "0.1 V".')
@click.option("--column", "columns", multiple=True, metavar="ROLE=NAME", help="Column of pulse, value, kind, cycle, device or V_read.")
@click.option("--out", type=click.Path(path_type=Path), help="The device's folder; default: models/ and the first file's name.")
@click.option("--force", is_flag=True, help="Replace a device that the folder holds.")
def fit(curves, law, unit, v_read, columns, out, force):
    """Fit response laws to measured curves; LTP and LTD may be two files."""
    from pulsenet.fitting import fit as fit_curves
    from pulsenet.fitting import fit_figure, read_curves

    roles = _pairs(columns, "--column", "ROLE=NAME, for example --column pulse=N")
    found = fit_curves(read_curves(*curves, unit=unit, V_read=v_read, columns=roles), law)
    click.echo(found.report())
    folder = found.write(out or Path("models", curves[0].stem), force)
    fit_figure(found).savefig(folder / "fit.png", dpi=150)
    click.echo(f"device: {folder / 'device.toml'}; figure: {folder / 'fit.png'}")


def _overrides(texts: tuple[str, ...]) -> dict:
    from pulsenet.config import parse_value

    pairs = _pairs(texts, "--set", "KEY=VALUE, for example --set training.epochs=2")
    return {key: parse_value(value) for key, value in pairs.items()}


def _pairs(texts: tuple[str, ...], option: str, form: str) -> dict[str, str]:
    """Values of an option that may be given several times."""
    from pulsenet.errors import ConfigError

    for text in texts:
        if not text.partition("=")[0] or "=" not in text:
            raise ConfigError(f"{option} {text}: write it as {form}")
    return {key.strip(): value.strip() for key, _, value in (text.partition("=") for text in texts)}


def _train(description, out: Path, engine: str, force: bool, resume: bool, command: str, report) -> None:
    from pulsenet.train import train

    try:
        with report() as watch:
            result = train(description, out, engine=engine, force=force, resume=resume, watch=watch)
    except KeyboardInterrupt:
        click.echo(f"interrupted: what was done is safe in {out}; continue with: {command}--out {out} --resume", err=True)
        sys.exit(130)
    accuracy = f"test accuracy {result.accuracy[-1]:.2%} after epoch {len(result.accuracy)}" if result.accuracy else "no test samples"
    click.echo(f"{accuracy}; trace: {result.trace}")


def _plot(trace: Path, names: tuple[str, ...], out: Path, force: bool) -> None:
    from pulsenet.figures import save_all
    from pulsenet.traces import Trace

    with Trace(trace) as opened:
        for path in save_all(opened, out, names or None, force=force):
            click.echo(path)
