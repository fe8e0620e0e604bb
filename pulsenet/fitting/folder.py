"""The folder of a fitted device: device.toml and curve.csv."""

from __future__ import annotations

import json
import os
import tomllib
from hashlib import sha256
from importlib.metadata import version
from math import inf, sqrt
from pathlib import Path

from pulsenet.describe.variation import Variation
from pulsenet.errors import ConfigError, DataError
from pulsenet.fitting.curves import Curves
from pulsenet.fitting.doubts import in_unit
from pulsenet.fitting.solution import BRANCHES, Solution
from pulsenet.text.quantities import PREFIXES


def write(fit: Solution, folder: Path, force: bool) -> Path:
    """Write the folder of a fitted device."""
    curve = curve_csv(fit.curves)
    text = _toml(fit, curve)
    tomllib.loads(text)
    return write_files({"curve.csv": curve, "device.toml": text}, folder, force)


def write_files(contents: dict[str, str], folder: Path, force: bool) -> Path:
    """Write text files into a folder; the last of them, device.toml, comes last, so a folder with one is complete."""
    there = [name for name in contents if (folder / name).exists()]
    if there and not force:
        raise DataError(f"{folder / there[-1]}: exists already; choose another folder, or replace it with force")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in contents.items():
            temporary = folder / f".{name}.{os.getpid()}"
            try:
                with open(temporary, "w", encoding="utf-8", newline="\n") as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(temporary, folder / name)
            finally:
                temporary.unlink(missing_ok=True)
    except OSError as error:
        raise DataError(
            f"{folder}: cannot hold a device ({error.strerror}); choose a folder that can be written"
        ) from None
    return folder


def curve_csv(curves: Curves) -> str:
    """The points of curves as CSV, in SI units."""
    rows = zip(curves.device, curves.cycle, curves.RESET, curves.n, curves.G, strict=True)
    lines = [f"{d + 1},{c + 1},{BRANCHES[int(RESET)]},{n:g},{G!r}" for d, c, RESET, n, G in
             ((d, c, R, n, float(G)) for d, c, R, n, G in rows)]  # fmt: skip
    return "\n".join(["device,cycle,kind,pulse,G (S)", *lines, ""])


def _toml(fit: Solution, curve: str) -> str:
    device = {"law": next(iter(fit.AIC))}
    for name in fit.device().model_dump(exclude_none=True):
        if name != "law":
            device[name] = quantity(fit.values[name]) if name.startswith("G_") else fit.values[name]
    title = ", ".join(name for name, _ in fit.curves.sources)
    variation, sure = _variation(fit)
    ranked = {"R2": fit.R2, "rms": quantity(fit.rms), "label_SET": fit.labels[0], "label_RESET": fit.labels[1]}
    tables = {
        "about": {"title": title, "status": "fitted", "notes": list(fit.warnings)},
        "device": device,
        "variation": variation,
        "certainty.device": {name: _certainty(fit, name) for name in device if name != "law"},
        "certainty.variation": sure,
        "fit": {
            "points": len(fit.curves), **ranked, "parameters": list(fit.names),
            "starts": {k: v for k, v in fit.values.items() if k.startswith("start_")}, "held": fit.held,
            "notes": [*fit.curves.notes, *fit.notes], "warnings": list(fit.warnings),
        },
        "fit.standard_error": {k: quantity(v) if k.startswith("G_") else v for k, v in fit.errors.items()},
        "fit.covariance": {"SI": fit.covariance.tolist()},
        "fit.AIC": fit.AIC,
        "spread.cycle_to_cycle": {"fits": fit.spread.n_cycles, **fit.spread.cycle_to_cycle},
        "spread.device_to_device": {"fits": fit.spread.n_devices, **fit.spread.device_to_device},
        "spread.noise": {"per_pulse": fit.spread.pulse_noise, "per_reading": fit.spread.read_noise},
        "source": {
            "files": [{"name": name, "sha256": digest} for name, digest in fit.curves.sources],
            "curve_sha256": sha256(curve.encode()).hexdigest(),
            "versions": {name: version(name) for name in ("pulsenet", "lmfit", "numpy", "scipy")},
        },
    }  # fmt: skip
    return toml_tables(tables)


def toml_tables(tables: dict[str, dict]) -> str:
    """The content of a device.toml."""
    parts = ['# Made by pulsenet. In a run file: [device] model = "<this folder>". Numbers without a unit are in SI.']
    for title, table in tables.items():
        parts.append("\n".join([f"[{title}]", *(f"{key} = {_item(value)}" for key, value in table.items())]))
    return "\n\n".join(parts) + "\n"


def _certainty(fit: Solution, name: str) -> str:
    """How sure a parameter of the device is."""
    if name in fit.errors:
        return f"fitted: standard error {in_unit(name, fit.errors[name])}"
    return f"derived: {fit.held.get(name, 'given')}"


def _variation(fit: Solution) -> tuple[dict[str, float], dict[str, str]]:
    """What a run needs to know of the spread, and how sure it is; only what was found, and what a run can take."""
    values, spread = fit.values, fit.spread
    span, middle = values["G_max"] - values["G_min"], (values["G_max"] + values["G_min"]) / 2
    relative = {name: spread.device_to_device.get(name, 0.0) / (abs(values[name]) or inf) for name in fit.names}
    kinds = [f"_{kind}" for kind in BRANCHES]
    over, changes = f"standard deviation over {spread.n_devices} devices", "from the changes of successive residuals"
    steps = [relative.get("pulses" + kind, 0.0) for kind in kinds]
    bends = [spread.device_to_device.get(name + kind, 0.0) for name in fit.law.nonlinearity for kind in kinds]
    found = {
        "dtod_G_min": (relative.get("G_min", 0.0), f"fitted: {over}"),
        "dtod_G_max": (relative.get("G_max", 0.0), f"fitted: {over}"),
        "dtod_step": (_mean_square(steps), f"derived: {over} of the number of pulses"),
        "dtod_nonlinearity": (_mean_square(bends), f"fitted: {over}"),
        "ctoc_range": (_mean_square(spread.pulse_noise.values()), f"fitted: {changes}"),
        "read_noise": (
            _mean_square(spread.read_noise.values()) * span / middle,
            f"derived: {changes}, at the middle of the range",
        ),
    }
    kept = {name: (value, sure) for name, (value, sure) in found.items() if value > 0 and _allowed(name, value)}
    return {name: value for name, (value, _) in kept.items()}, {name: sure for name, (_, sure) in kept.items()}


def _mean_square(values) -> float:
    """Root of the mean of the squares; 0 of none."""
    values = list(values)
    return sqrt(sum(value**2 for value in values) / len(values)) if values else 0.0


def _allowed(name: str, value: float) -> bool:
    try:
        Variation(**{name: value})
    except ConfigError:
        return False
    return True


def _item(value) -> str:
    """A value in TOML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_item(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_item, value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f") if isinstance(value, str) else repr(value)


def quantity(value: float) -> str:
    """A conductance as text that reads back as the same number."""
    exponent = next((e for e in sorted(PREFIXES, reverse=True) if abs(value) >= 10.0**e), 0)
    return f"{float(f'{value / 10.0**exponent:.10g}')!r} {PREFIXES[exponent]}S"
