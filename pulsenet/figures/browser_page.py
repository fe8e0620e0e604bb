"""A page for browsing a trace: one HTML file that holds its data and scripts, and asks for nothing else."""

from __future__ import annotations

import base64
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from pulsenet.errors import TraceError
from pulsenet.figures.averages import Blocks
from pulsenet.figures.frame import FrameView, pulse_bars
from pulsenet.figures.learning import tested
from pulsenet.figures.style import (
    KIND_COLOURS,
    NEGATIVE,
    POSITIVE,
    conductance_range,
    evenly,
    run_name,
)
from pulsenet.trace import Trace
from pulsenet.trace.blocks import recorded_frames
from pulsenet.trace.files import replacing, reporting, write_all

#: Bytes that all snapshots on a page may take, so that a browser opens it at once.
_MOST_BYTES = 8_000_000
#: Conductances on the page are whole numbers from 0 (G_min) to this (G_max).
_LEVELS = 65535


def write_page(trace: Trace, path: str | Path, n_frames: int = 20, force: bool = False) -> Path:
    """Write a page for browsing a trace with any web browser.

    It shows the learning curve, the timing diagram of the first recorded frames, and maps of the conductances. All that
    it needs is in the file.

    Parameters
    ----------
    trace : Trace
    path : path
        Of the page; its folder is made if it is not there.
    n_frames : int
        Recorded frames whose pulses the page holds, at most; from the start of the run.
    force : bool
        Replace a file that is there.

    Returns
    -------
    Path

    Raises
    ------
    TraceError
        If the file exists or cannot be written, the number of frames is negative, or the trace does not tell the range
        of its device.

    Examples
    --------
    >>> with Trace("runs/digits") as trace:                                 # doctest: +SKIP
    ...     write_page(trace, "digits.html")
    PosixPath('digits.html')
    """
    path = Path(path)
    if path.exists() and not force:
        raise TraceError(f"{path}: exists already; choose another file, or replace it with force")
    if n_frames < 0:
        raise TraceError(f"{path}: {n_frames} frames; choose 0 or more")
    text = page(trace, n_frames)
    with reporting(f"{path}: cannot be written", "choose a folder that can be written"):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as descriptor:
            write_all(descriptor, text.encode())
    return path


def page(trace: Trace, n_frames: int = 20) -> str:
    """The text of the page that `write_page` writes."""
    template = files("pulsenet.figures")
    # A "</script>" inside the data would end the script that holds them.
    data = json.dumps(_contents(trace, n_frames), separators=(",", ":"), allow_nan=False).replace("</", "<\\/")
    text = (template / "page.html").read_text(encoding="utf-8")
    script = (template / "page.js").read_text(encoding="utf-8")
    return text.replace("/* script */", script).replace("/* data */", data)


def _contents(trace: Trace, n_frames: int) -> dict[str, Any]:
    """What the script of the page draws."""
    recorded = np.flatnonzero(recorded_frames(trace)) if trace.n_frames else np.empty(0, int)
    schedule, names = trace.schedule, list(trace.populations)
    return {
        "run": run_name(trace),
        "complete": trace.complete,
        "nFrames": trace.n_frames,
        "nRecorded": len(recorded),
        "slot": trace.slot,
        "frameSlots": schedule.frame_slots,
        "phases": [
            {key: getattr(phase, key) for key in ("name", "kind", "start", "stop")} for phase in schedule.phases
        ],
        "populations": [
            {"name": name, "lines": lines, "bias": name != names[-1]} for name, lines in trace.populations.items()
        ],
        "colours": KIND_COLOURS | {"positive": POSITIVE, "negative": NEGATIVE},
        "learning": _learning(trace),
        "frames": [_frame(trace, int(frame)) for frame in recorded[:n_frames]],
        "conductance": _conductance(trace),
    }


def _learning(trace: Trace) -> dict[str, Any] | None:
    """Curves over training frames; None before the first."""
    if not trace.n_frames or not trace.frames["learn"][:].any():
        return None
    blocks = Blocks.of(trace)
    right = trace.frames["prediction"][:] == trace.frames["label"][:]
    before, accuracy = tested(trace, blocks)
    kinds = [kind for kind in KIND_COLOURS if f"{kind}_pulses" in trace.frames]
    return {
        "frames": blocks.middle.tolist(),
        "online": (100 * blocks.mean(right)).tolist(),
        "test": {
            "frames": before.tolist(),
            "accuracy": accuracy.tolist(),
            "epoch": trace.evaluation["epoch"][:].tolist(),
        },
        "pulses": {kind: blocks.mean(trace.frames[f"{kind}_pulses"][:]).tolist() for kind in kinds},
        "ends": blocks.ends.tolist(),
    }


def _frame(trace: Trace, frame: int) -> dict[str, Any]:
    """One frame: what it presents, its pulses as bars, its open gates."""
    view = FrameView.of(trace, frame, None)
    bars, gates = [], {}
    for population, n_lines in trace.populations.items():
        is_open = view.gates(population, np.arange(n_lines))
        gates[population] = {name: getattr(is_open, name).tolist() for name in ("start", "stop", "line")}
        for kind in ("forward", "backward", "error", "refresh"):
            found = pulse_bars(trace, population, kind, frame)
            columns = {name: getattr(found, name).tolist() for name in ("start", "stop", "line", "polarity")}
            if columns["line"]:
                bars.append({"population": population, "kind": kind, **columns})
    of = {name: int(trace.frames[name][frame]) for name in ("epoch", "learn", "sample", "label", "prediction")}
    return {"frame": frame, **of, "bars": bars, "gates": gates}


def _conductance(trace: Trace) -> dict[str, Any] | None:
    """Conductances of evenly picked snapshots, as little-endian 16-bit numbers in base 64; None without any."""
    number = len(trace.snapshots)
    if not number:
        return None
    G_min, G_max = conductance_range(trace)
    size = 2 * 2 * sum(n_in * n_out for n_in, n_out in trace.layers.values())
    shown = evenly(np.arange(number), max(2, _MOST_BYTES // size))
    layers = []
    for layer, (before, after) in trace.ends.items():
        n_in, n_out = trace.layers[layer]
        snapshots = []
        for snapshot in shown:
            level = (np.array(trace.conductance(layer, int(snapshot))) - G_min) / (G_max - G_min)
            # A device whose own range is wider than the nominal one is shown at the end of the scale.
            numbers = np.rint(np.clip(level, 0, 1) * _LEVELS).astype("<u2")
            snapshots.append(base64.b64encode(numbers.tobytes()).decode())
        layers.append(
            {"name": layer, "in": n_in, "out": n_out, "before": before, "after": after, "snapshots": snapshots}
        )
    frames = trace.snapshots[:][shown].tolist()
    return {"min": G_min, "max": G_max, "levels": _LEVELS, "number": number, "frames": frames, "layers": layers}
