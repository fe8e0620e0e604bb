"""Potentiation and depression of several devices in one picture."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pulsenet.errors import DataError
from pulsenet.figures.style import evenly, plain_numbers, scale, styled
from pulsenet.seams.laws import ResponseLaw

#: Okabe and Ito's colours without yellow, and black; devices beyond them get another line style.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_STYLES = ("-", "--", ":", "-.")
#: Above these ratios between the ranges, or the numbers of pulses, of devices a scale is logarithmic.
_WIDE_CONDUCTANCE, _WIDE_PULSES = 30, 12
#: Points of a curve are at most so many.
_MOST_POINTS = 1000


@styled
def device_curves(devices: Mapping[str, ResponseLaw]) -> Figure:
    """Conductance after each identical pulse: SET from G_min, RESET from G_max; relative to the range, and in siemens.

    A dot marks the end of the range. A curve that drops at once is an abrupt SET or RESET.

    Parameters
    ----------
    devices : dict of str to ResponseLaw
        By the name that the legend shows.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DataError
        Of more devices than there are colours and line styles to tell them apart.

    Examples
    --------
    >>> from pulsenet import load_model
    >>> figure = device_curves({name: load_model(name).device for name in ("epiram", "pcmo")})
    >>> len(figure.axes)
    4
    """
    most = len(_COLOURS) * len(_STYLES)
    if len(devices) > most:
        raise DataError(f"{len(devices)} devices in one figure: more than {most} cannot be told apart; choose fewer")
    figure = Figure(figsize=(10.5, 7.2 + 0.22 * max(0, len(devices) - 20)), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.08)
    figure.suptitle("Answer of devices to identical pulses", x=0.015, ha="left", weight="bold")
    panels = figure.subplots(2, 2, sharex="row", sharey="row")
    largest = max(device.G_max for device in devices.values())
    factor, unit = scale(largest, "S")
    for column, kind in enumerate(("SET", "RESET")):
        for number, (name, device) in enumerate(devices.items()):
            style = {
                "color": _COLOURS[number % len(_COLOURS)],
                "ls": _STYLES[number // len(_COLOURS) % len(_STYLES)],
                "label": name,
            }
            n, G = curve(device, kind)
            longest = max(pulses(device, own) for own in ("SET", "RESET"))
            _draw(panels[0, column], n / longest, (G - device.G_min) / (device.G_max - device.G_min), style)
            _draw(panels[1, column], n, factor * G, style)
        panels[0, column].set(xlabel="pulses, relative to the longer branch", xlim=(-0.02, 1.02))
        panels[1, column].set(xlabel="pulses")
    _scales(panels[1, 0], devices)
    panels[0, 0].set(title="potentiation (SET)", ylabel="share of the range")
    panels[0, 1].set(title="depression (RESET)")
    panels[1, 0].set(ylabel=f"conductance ({unit})")
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside right center", handlelength=3)
    return figure


def pulses(device: ResponseLaw, kind: str) -> float:
    """Number (real) of SET or RESET pulses that span the range."""
    return float(device.evaluate(f"{kind}_count", G=device.G_max))


def curve(device: ResponseLaw, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Pulses from the start of a branch, and conductance in siemens after each; at most a thousand points.

    Examples
    --------
    >>> from pulsenet import Linear
    >>> n, G = curve(Linear(G_min="0 S", G_max="1 uS", pulses_SET=2, pulses_RESET=1), "SET")
    >>> n.tolist(), [round(float(value) * 1e6, 6) for value in G]
    ([0.0, 1.0, 2.0], [0.0, 0.5, 1.0])
    """
    n = evenly(np.arange(np.ceil(pulses(device, kind) - 1e-6) + 1), _MOST_POINTS)
    return n, np.clip(device.evaluate(f"{kind}_level", n=n), device.G_min, device.G_max)


def _draw(axes: Axes, x: np.ndarray, y: np.ndarray, style: dict) -> None:
    axes.plot(x, y, lw=1.6, **style)
    axes.plot(x[-1:], y[-1:], "o", ms=4, color=style["color"])


def _scales(axes: Axes, devices: Mapping[str, ResponseLaw]) -> None:
    """Logarithmic scales where devices lie far apart; up to the first pulse, the scale of pulses is linear."""
    longest = [max(pulses(device, kind) for kind in ("SET", "RESET")) for device in devices.values()]
    if max(longest) > _WIDE_PULSES * min(longest):
        axes.set_xscale("symlog", linthresh=1, linscale=0.3)
        axes.set_xlim(left=0)
    plain_numbers(axes.xaxis)
    largest = [device.G_max for device in devices.values()]
    if max(largest) > _WIDE_CONDUCTANCE * min(largest):
        axes.set_yscale("log", nonpositive="clip")


def save(figure: Figure, path: str | Path, force: bool = False, dpi: int = 150) -> Path:
    """Write a figure to a file of its own, which is whole or not there.

    Raises
    ------
    DataError
        If the file exists, its suffix is no picture's, or it cannot be written.
    """
    path = Path(path)
    kinds = figure.canvas.get_supported_filetypes()
    if path.suffix[1:].lower() not in kinds:
        raise DataError(f"{path}: no kind of picture; end its name in .png, .pdf or .svg")
    if path.exists() and not force:
        raise DataError(f"{path}: exists already; choose another name, or replace it with force")
    part = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            figure.savefig(part, dpi=dpi)
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise DataError(f"{path}: cannot be written ({error.strerror}); choose another place") from None
    return path
