"""pulsenet fit."""

from __future__ import annotations

from pathlib import Path

import click

from pulsenet.commands.options import pairs


@click.command()
@click.argument("curves", metavar="CURVE.csv...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--law",
    default="auto",
    metavar="NAME",
    help="Law to fit; default: the one with the smallest AIC. jump-table: keep the measured steps.",
)
@click.option("--unit", metavar="UNIT", help="Unit of the values, if the header does not tell it: uS, nA ...")
@click.option("--v-read", metavar="VOLTAGE", help='Voltage at which currents were read: "0.1 V".')
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="ROLE=NAME",
    help="Column of pulse, value, kind, cycle, device or V_read.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="The device's folder; default: models/ and the first file's name."
)
@click.option("--force", is_flag=True, help="Replace a device that the folder holds.")
def fit(curves, law, unit, v_read, columns, out, force):
    """Fit response laws to measured curves; LTP and LTD may be two files."""
    from pulsenet.fitting import fit as fit_curves
    from pulsenet.fitting import fit_figure, jumps_figure, measured_steps, read_curves

    roles = pairs(columns, "--column", "ROLE=NAME, for example --column pulse=N")
    points = read_curves(*curves, unit=unit, V_read=v_read, columns=roles)
    found, figure = (
        (measured_steps(points), jumps_figure) if law == "jump-table" else (fit_curves(points, law), fit_figure)
    )
    click.echo(found.report())
    folder = found.write(out or Path("models", curves[0].stem), force)
    figure(found).savefig(folder / "fit.png", dpi=150)
    click.echo(f"device: {folder / 'device.toml'}; figure: {folder / 'fit.png'}")
