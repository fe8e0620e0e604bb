"""pulsenet assess."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from pulsenet.commands.options import ENGINE, WORKERS, pairs


@click.command()
@click.argument("curves", metavar="CURVE.csv...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--data",
    type=click.Choice(["digits", "mnist"]),
    default="digits",
    show_default=True,
    help="What the network learns.",
)
@click.option("--quick", is_flag=True, help="A first look: 1 seed, fewer epochs.")
@click.option("--seeds", type=click.IntRange(min=1), help="Number of seeds; default: 3, or 1 if quick.")
@click.option("--v-set", metavar="VOLTAGE", help='Amplitude of SET pulses: "2 V".')
@click.option("--t-set", metavar="TIME", help='Width of SET pulses: "100 ns".')
@click.option("--v-reset", metavar="VOLTAGE", help="Amplitude of RESET pulses.")
@click.option("--t-reset", metavar="TIME", help="Width of RESET pulses.")
@click.option("--law", default="auto", metavar="NAME", help="Law to fit; default: the one with the smallest AIC.")
@click.option("--unit", metavar="UNIT", help="Unit of the values, if the header does not tell it: uS, nA ...")
@click.option("--v-read", metavar="VOLTAGE", help='Voltage at which currents of the curve were read: "0.1 V".')
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="ROLE=NAME",
    help="Column of pulse, value, kind, cycle, device or V_read.",
)
@ENGINE
@WORKERS
@click.option("--out", type=click.Path(path_type=Path), help="The folder; default: results/ and the first file's name.")
@click.option("--force", is_flag=True, help="Replace an assessment that the folder holds.")
@click.option("--resume", is_flag=True, help="Keep the runs that are finished, and go on with the others.")
@click.pass_context
def assess(context, curves, data, quick, seeds, v_set, t_set, v_reset, t_reset, law, unit, v_read, columns, engine,
           workers, out, force, resume):  # fmt: skip
    """From a measured curve to an answer: how well do such devices learn, what costs most, in how much time and energy?

    Fits the device, trains the standard network on it beside software and ideal devices, works out the defect budget,
    and writes report.html, a page that can be sent as it is, and report.md.
    """
    from pulsenet.assess import assess as work_out
    from pulsenet.fitting import read_curves

    roles = pairs(columns, "--column", "ROLE=NAME, for example --column pulse=N")
    given = {"V_SET": v_set, "t_SET": t_set, "V_RESET": v_reset, "t_RESET": t_reset}
    programming = {name: value for name, value in given.items() if value is not None}
    _check_complete(programming, given)
    measured = read_curves(*curves, unit=unit, V_read=v_read, columns=roles)
    out = out or Path("results", curves[0].stem)
    seeds = seeds or (1 if quick else 3)
    command = _command(context)
    try:
        found = work_out(measured, out, data, seeds, quick, law, programming, force, resume, workers, engine, command)
    except KeyboardInterrupt:
        again = f"{command} --out {shlex.quote(str(out))} --resume"
        click.echo(f"interrupted: finished runs are safe in {out}; continue with: {again}", err=True)
        sys.exit(130)
    click.echo(found.summary())
    click.echo(f"report: {found.folder / 'report.html'} (the same as Markdown: {found.folder / 'report.md'})")


def _check_complete(programming: dict[str, str], given: dict) -> None:
    from pulsenet.errors import ConfigError

    option = {name: "--" + name.lower().replace("_", "-") for name in given}
    missing = [option[name] for name in given if name not in programming]
    if programming and missing:
        raise ConfigError(f"{option[next(iter(programming))]} needs {', '.join(missing)}, too; or leave all four out")


def _command(context: click.Context) -> str:
    """What was typed, but for the folder and what is to become of an older one."""
    words = ["pulsenet", "assess"]
    for parameter in context.command.params:
        value = context.params.get(parameter.name)
        if parameter.name in ("out", "force", "resume") or value in (None, (), False) or value == parameter.default:
            continue
        if isinstance(parameter, click.Argument):
            words += map(str, value)
        elif parameter.is_flag:
            words.append(parameter.opts[0])
        else:
            words += [
                word for one in (value if parameter.multiple else (value,)) for word in (parameter.opts[0], str(one))
            ]
    return shlex.join(words)
