"""A jump table from measured curves: nothing is fitted, the steps themselves are kept.

Worth it where curves were measured several times, so that the scatter of the steps is known; `fit` says what a law of
few parameters makes of the same points.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from pulsenet.errors import DataError
from pulsenet.figures.style import GREY, NEGATIVE, POSITIVE, styled
from pulsenet.fitting.curves import Curves
from pulsenet.fitting.folder import curve_csv, quantity, toml_tables, write_files
from pulsenet.seams.laws import JumpTable
from pulsenet.text.quantities import from_si

#: Fewest measured steps of SET, and of RESET, that make a table.
FEWEST = 10
BINS, QUANTILES = 16, 16


@dataclass(frozen=True)
class MeasuredSteps:
    """The steps of measured curves, as a device.

    Attributes
    ----------
    curves : Curves
    device : JumpTable
    steps : dict of (G, step)
        For ``"SET"`` and ``"RESET"``: conductance before each pulse in siemens, and its step upwards (downwards) in
        ranges.
    warnings : tuple of str
    """

    curves: Curves
    device: JumpTable
    steps: dict[str, tuple[np.ndarray, np.ndarray]]
    warnings: tuple[str, ...]

    def report(self) -> str:
        """What was found, in a few lines of text."""
        device = self.device
        lines = [
            f"jump table of {BINS} bins and {QUANTILES} quantiles, from {from_si(device.G_min, 'S')} to "
            f"{from_si(device.G_max, 'S')}"
        ]
        for kind, (_, step) in self.steps.items():
            pulses = float(device.evaluate(f"{kind}_count", G=device.G_max))
            lines.append(
                f"{kind}: {len(step)} steps, mean {step.mean():.2%} of the range, standard deviation {step.std():.2%};"
                f" {np.mean(step < 0):.0%} go the wrong way; {pulses:.4g} pulses span the range on average"
            )
        return "\n".join([*lines, *(f"warning: {text}" for text in self.warnings)])

    def write(self, folder: str | Path, force: bool = False) -> Path:
        """Write ``device.toml`` and ``curve.csv`` into a folder, as `pulsenet.fitting.Fit.write` does."""
        curve = curve_csv(self.curves)
        fields = self.device.model_dump(exclude={"stretch_SET", "stretch_RESET"})
        device = {name: quantity(value) if name.startswith("G_") else value for name, value in fields.items()}
        sure = {name: f"measured: {len(self.curves)} readings" for name in device if name != "law"}
        title = ", ".join(name for name, _ in self.curves.sources)
        tables = {
            "about": {"title": title, "status": "measured", "notes": list(self.warnings)},
            "device": {"law": "jump-table", **device},
            "certainty.device": sure,
            "source": {
                "files": [{"name": name, "sha256": digest} for name, digest in self.curves.sources],
                "curve_sha256": sha256(curve.encode()).hexdigest(),
                "versions": {name: version(name) for name in ("pulsenet", "numpy")},
            },
        }  # fmt: skip
        text = toml_tables(tables)
        tomllib.loads(text)
        return write_files({"curve.csv": curve, "device.toml": text}, Path(folder), force)


def measured_steps(curves: Curves) -> MeasuredSteps:
    """The jump table of measured curves.

    Parameters
    ----------
    curves : Curves
        Readings after successive single pulses; the range goes from the mean of the curves' lowest readings to that of
        the highest.

    Raises
    ------
    DataError
        If there are too few steps of SET or of RESET, or they go the wrong way on average.

    Examples
    --------
    >>> n = np.tile(np.arange(21.0), 2)
    >>> RESET = np.repeat([False, True], 21)
    >>> G = 1e-6 * np.where(RESET, 1 - n / 20, n / 20)
    >>> found = measured_steps(Curves(device=0 * n.astype(int), cycle=0 * n.astype(int), RESET=RESET, n=n, G=G))
    >>> round(float(found.device.levels()), 6)
    20.0
    """
    cycles = {kind: _cycles(curves, kind == "RESET") for kind in ("SET", "RESET")}
    for kind, found in cycles.items():
        if sum(len(cycle) - 1 for cycle in found) < FEWEST:
            raise DataError(
                f"law jump-table: {sum(len(cycle) - 1 for cycle in found)} steps of {kind} by one pulse each;"
                f" a table needs at least {FEWEST}; measure more, or fit a law"
            )
    both = [cycle for found in cycles.values() for cycle in found]
    G_min, G_max = float(np.mean([cycle.min() for cycle in both])), float(np.mean([cycle.max() for cycle in both]))
    try:
        device = JumpTable.from_curve(max(G_min, 0.0), G_max, cycles["SET"], cycles["RESET"], BINS, QUANTILES)
    except ValueError as error:
        raise DataError(f"law jump-table: {error}") from None
    steps = {}
    for kind, sign in (("SET", 1), ("RESET", -1)):
        before = np.concatenate([cycle[:-1] for cycle in cycles[kind]])
        steps[kind] = before, sign * np.concatenate([np.diff(cycle) for cycle in cycles[kind]]) / (G_max - G_min)
    return MeasuredSteps(curves, device, steps, _warnings(steps, device))


def _cycles(curves: Curves, RESET: bool) -> list[np.ndarray]:
    """Runs of readings after successive single pulses."""
    found = []
    for device, cycle in sorted(set(zip(curves.device.tolist(), curves.cycle.tolist(), strict=True))):
        own = (curves.device == device) & (curves.cycle == cycle) & (curves.RESET == RESET)
        order = np.argsort(curves.n[own], kind="stable")
        n, G = curves.n[own][order], curves.G[own][order]
        found += [part for part in np.split(G, np.flatnonzero(np.diff(n) != 1) + 1) if len(part) > 1]
    return found


def _warnings(steps, device: JumpTable) -> tuple[str, ...]:
    said = []
    for kind, (before, _) in steps.items():
        row = np.clip((before - device.G_min) / (device.G_max - device.G_min) * BINS, 0, BINS - 1).astype(int)
        filled = np.bincount(row, minlength=BINS)
        if (filled < 5).any():
            few = int((filled < 5).sum())
            said.append(
                f"{kind}: {few} of {BINS} bins hold fewer than 5 steps, so their scatter is not known; measure more "
                "cycles"
            )
    return tuple(said)


@styled
def jumps_figure(found: MeasuredSteps) -> Figure:
    """Measured steps against conductance, with the mean and the middle 80 % of each bin of the table."""
    figure = Figure(figsize=(8, 3.8), layout="constrained")
    device, span = found.device, found.device.G_max - found.device.G_min
    centres = device.G_min + (np.arange(BINS) + 0.5) / BINS * span
    for axes, (kind, colour) in zip(
        figure.subplots(1, 2, sharey=True), (("SET", POSITIVE), ("RESET", NEGATIVE)), strict=True
    ):
        G, step = found.steps[kind]
        table = 100 * np.array(getattr(device, f"{kind}_jumps"))
        axes.plot(G * 1e6, 100 * step, ".", color=GREY, ms=2, alpha=0.5, label="measured", rasterized=True)
        low, high = np.quantile(table, [0.1, 0.9], axis=1)
        axes.fill_between(centres * 1e6, low, high, color=colour, alpha=0.25, lw=0, label="table: middle 80 %")
        axes.plot(centres * 1e6, table.mean(axis=1), color=colour, lw=1.5, label="table: mean")
        axes.axhline(0, color="black", lw=0.5)
        axes.set_title(f"{kind}: step {'upwards' if kind == 'SET' else 'downwards'}")
        axes.set_xlabel("conductance (µS)")
        axes.legend(loc="best")
    figure.axes[0].set_ylabel("step (% of the range)")
    return figure
