"""The oscilloscope: voltages, charges and conductances of a few lines and device pairs over one frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from pulsenet.figures.frame import choose_frame, choose_lines, pulse_bars
from pulsenet.figures.registry import figure
from pulsenet.figures.style import (
    G_MINUS,
    G_PLUS,
    GREY,
    KIND_COLOURS,
    LIGHT_GREY,
    NEGATIVE,
    POSITIVE,
    line_name,
    new_figure,
    scale,
)
from pulsenet.figures.timing_diagram import _GATE_COLOUR as GATE_COLOUR
from pulsenet.figures.timing_diagram import _PHASE_COLOURS as PHASE_COLOURS
from pulsenet.replay.rebuild import run_of
from pulsenet.replay.waveforms import Waveform, slot_starts
from pulsenet.replay.waveforms import waveforms as signals_of
from pulsenet.trace import Trace

Signals = Mapping[str, Waveform]

#: Lines of a population, and device pairs of a layer, that are chosen when none are asked for.
_LINES, _PAIRS = 3, 2
#: Least part of the time axis that a phase must take for its name to fit.
_LEAST_NAMED = 0.08
#: Of lines or device pairs in one panel.
_COLOURS = ("#000000", "#E69F00", "#56B4E9", "#009E73", "#CC79A7", "#D55E00", "#0072B2")


@figure("waveforms", options=("frame", "lines", "devices", "time"))
def waveforms(
    trace: Trace,
    frame: int | None = None,
    lines: Mapping[str, Sequence[int]] | None = None,
    devices: Sequence[tuple[str, int, int]] | None = None,
    time: str = "clock",
) -> Figure:
    """Waveforms of one frame.

    One panel shows the wires of each population: read pulses forward and backward as steps of voltage, open gates and
    error pulses as bars. One shows the charge of its neurons' integrators: a ramp while pulses are high, empty from
    the next phase on (backward: dashed). One per layer shows the conductances of chosen device pairs, a step per
    programming pulse.

    Parameters
    ----------
    trace : Trace
    frame : int, optional
        Left out, the first recorded training frame in which devices were programmed.
    lines : mapping of population to lines, optional
        Of populations left out, the three lines with the most error pulses, then the longest forward pulses.
    devices : sequence of (layer, input line, neuron), optional
        Left out, for each layer the two shown input lines with the longest pulses, and the shown neuron with the most
        error pulses.
    time : str
        ``"clock"`` or ``"hardware"``, as for `pulsenet.replay.waveforms.waveforms`.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TraceError
        If there is no such frame, line or device pair, or pulses that it takes were not recorded.

    Examples
    --------
    >>> with Trace("results/digits") as trace:                              # doctest: +SKIP
    ...     waveforms(trace, frame=10, devices=[("layer2", 3, 7)]).savefig("frame10.png")
    """
    frame = choose_frame(trace, frame)
    lines = {**_busiest(trace, frame), **(lines or {})}
    choose_lines(trace, frame, lines, (0, trace.schedule.frame_slots))  # refuses what is not there
    devices = _pairs(trace, frame, lines) if devices is None else list(devices)
    signals = signals_of(trace, frame, lines, devices, time)
    starts = slot_starts(trace, run_of(trace), frame, time)
    factor, unit = scale(starts[-1], "s")
    slot = np.diff(starts)[trace.schedule.update_start]
    drawers, heights = _panels(trace, lines, devices, slot)
    figure = new_figure(trace, f"Waveforms of frame {frame:,}", 10.5, 1.5 + sum(heights))
    panels = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights)
    for number, (axes, draw) in enumerate(zip(panels, drawers, strict=True)):
        _shade(trace, axes, starts * factor, with_names=number == 0)
        draw(axes, signals, factor)
    panels[-1].set_xlim(0, starts[-1] * factor)
    stretched = "; update slots last as long as programming pulses" if time == "hardware" else ""
    panels[-1].set_xlabel(f"time from the start of the frame ({unit}{stretched})")
    figure.align_ylabels()
    figure.legend(handles=_legend(), loc="outside lower center", ncols=5, fontsize=9, handlelength=1.4)
    return figure


def _legend() -> list[Line2D | Patch]:
    return [
        Line2D([], [], color=KIND_COLOURS["forward"], label="forward pulse, $V_{read}$"),
        Line2D([], [], color=KIND_COLOURS["backward"], label=r"backward pulse, $\pm V_{read}$; its charge dashed"),
        Patch(color=GATE_COLOUR, label="open gate"),
        Patch(color=POSITIVE, label="positive error pulse"),
        Patch(color=NEGATIVE, label="negative"),
    ]


def _panels(trace: Trace, lines: Mapping[str, Sequence[int]], devices: Sequence[tuple[str, int, int]], slot: float):
    """What draws each panel, and its height in inches; from the input to the output, then the devices."""
    drawers, heights = [], []
    for number, (population, chosen) in enumerate((name, lines[name]) for name in trace.populations):
        drawers.append(partial(_draw_wires, trace, population, chosen, slot))
        heights.append(0.5 + 0.34 * len(chosen))
        if number:
            drawers.append(partial(_draw_charges, trace, population, chosen))
            heights.append(1.5)
    for layer in trace.layers:
        if pairs := [pair for pair in devices if pair[0] == layer]:
            drawers.append(partial(_draw_conductances, trace, pairs))
            heights.append(1.6)
    return drawers, heights


def _busiest(trace: Trace, frame: int) -> dict[str, np.ndarray]:
    """A few lines of each population: most error pulses, then longest forward pulses; bias lines last."""
    chosen = {}
    for population, n_lines in trace.populations.items():
        errors, length = _activity(trace, frame, population)
        bias = np.array([line_name(trace, population, line) == "bias" for line in range(n_lines)])
        chosen[population] = np.sort(np.lexsort([-length, -errors, bias])[:_LINES])
    return chosen


def _activity(trace: Trace, frame: int, population: str) -> tuple[np.ndarray, np.ndarray]:
    """Error pulses of each line, and slots for which its forward pulses are high."""
    n_lines = trace.populations[population]
    forward = pulse_bars(trace, population, "forward", frame)
    errors = np.bincount(pulse_bars(trace, population, "error", frame).line, minlength=n_lines)
    return errors, np.bincount(forward.line, forward.stop - forward.start, minlength=n_lines)


def _pairs(trace: Trace, frame: int, lines: Mapping[str, Sequence[int]]) -> list[tuple[str, int, int]]:
    """Of each layer, the pairs of the longest shown inputs and the shown neuron with the most error pulses."""
    found = []
    for layer, (before, after) in trace.ends.items():
        n_out = trace.layers[layer][1]
        length = _activity(trace, frame, before)[1][list(lines[before])]
        inputs = np.asarray(lines[before])[np.argsort(-length, kind="stable")[:_PAIRS]]
        neurons = [line for line in lines[after] if line < n_out]
        if neurons:
            errors = _activity(trace, frame, after)[0][neurons]
            found += [(layer, int(line), int(neurons[errors.argmax()])) for line in inputs]
    return found


def _shade(trace: Trace, axes: Axes, starts: np.ndarray, with_names: bool) -> None:
    """Shaded phases; with their names above the first panel."""
    for phase in trace.schedule.phases:
        start, stop = starts[phase.start], starts[phase.stop]
        axes.axvspan(start, stop, color=PHASE_COLOURS[phase.kind], lw=0, zorder=0)
        axes.axvline(start, color="white", lw=1.5, zorder=0.5)
        if with_names and stop - start > _LEAST_NAMED * (starts[-1] - starts[0]):
            place = {"xy": ((start + stop) / 2, 1.02), "xycoords": ("data", "axes fraction")}
            axes.annotate(phase.name, ha="center", va="bottom", color=GREY, **place)


def _draw_wires(
    trace: Trace, population: str, lines: Sequence[int], slot: float, axes: Axes, signals: Signals, factor: float
) -> None:
    """One row per line, the first on top: read pulses, gates, and error pulses of ``slot`` seconds."""
    V_read = max((np.abs(wave.value).max() for wave in signals.values() if wave.unit == "V"), default=0.0) or 1.0
    for row, line in enumerate(reversed(lines)):
        axes.axhline(row, color=LIGHT_GREY, lw=0.4, zorder=1)
        for kind, height in (("forward", V_read), ("backward", 2 * V_read)):  # a backward pulse has a sign
            if (wave := signals.get(f"{population}[{line}].{kind}")) is not None:
                shift = 0.35 if kind == "backward" else 0.0
                level = row + shift * (wave.value != 0).any() + 0.7 * wave.value / height
                if (wave.value != 0).any():
                    axes.plot(wave.time * factor, level, color=KIND_COLOURS[kind], lw=1.2, zorder=3)
        if (wave := signals.get(f"{population}[{line}].gate")) is not None:
            axes.fill_between(wave.time * factor, row, row + 0.7 * wave.value, color=GATE_COLOUR, lw=0, zorder=2)
        if (wave := signals.get(f"{population}[{line}].error")) is not None:
            _draw_error_pulses(axes, wave, slot, row, factor)
    axes.set(ylim=(-0.2, len(lines)), yticks=np.arange(len(lines)) + 0.35)
    axes.set_yticklabels([line_name(trace, population, line) for line in reversed(lines)], fontsize=8)
    axes.tick_params(axis="y", length=0)
    axes.set_ylabel(f"{population}\nlines", fontsize=9)


def _draw_error_pulses(axes: Axes, wave: Waveform, slot: float, row: int, factor: float) -> None:
    """One bar per pulse of one slot (``slot`` seconds), up for positive and down for negative ones."""
    if not wave.value.any():
        return
    number = np.rint(np.diff(wave.time) / slot).astype(int) * (wave.value[:-1] != 0)
    sign = np.repeat(wave.value[:-1], number)
    start = np.concatenate([begin + slot * np.arange(n) for begin, n in zip(wave.time, number, strict=False)])
    colours = np.where(sign > 0, POSITIVE, NEGATIVE)
    axes.bar(
        start * factor,
        0.35 * sign,
        slot * factor,
        row + 0.35,
        align="edge",
        color=colours,
        ec="white",
        lw=0.5,
        zorder=4,
    )


def _draw_charges(
    trace: Trace, population: str, lines: Sequence[int], axes: Axes, signals: Signals, factor: float
) -> None:
    """Charge of integrators: forward solid, backward dashed."""
    found = [
        (line, kind, wave)
        for line in lines
        for kind in ("charge", "backward_charge")
        if (wave := signals.get(f"{population}[{line}].{kind}")) is not None
    ]
    largest = max((np.abs(wave.value).max() for _, _, wave in found), default=0.0)
    to_unit, unit = scale(largest or 1.0, "C")
    for line, kind, wave in found:
        forward = kind == "charge"
        label = line_name(trace, population, line) if forward or f"{population}[{line}].charge" not in signals else None
        colour = _COLOURS[list(lines).index(line) % len(_COLOURS)]
        style = "-" if forward else "--"
        axes.plot(wave.time * factor, wave.value * to_unit, style, color=colour, lw=1.2, label=label, zorder=3)
    axes.axhline(0, color=LIGHT_GREY, lw=0.6, zorder=1)
    axes.set_ylabel(f"{population}\ncharge ({unit})", fontsize=9)
    _key(axes)


def _draw_conductances(
    trace: Trace, pairs: Sequence[tuple[str, int, int]], axes: Axes, signals: Signals, factor: float
) -> None:
    """Change of G+ (solid) and of G- (dashed) of device pairs since the start of the frame."""
    layer = pairs[0][0]
    before, after = trace.ends[layer]
    found = {pair: [signals[f"{layer}[{pair[1]},{pair[2]}].G_{side}"] for side in ("plus", "minus")] for pair in pairs}
    largest = max(np.abs(wave.value - wave.value[0]).max() for waves in found.values() for wave in waves)
    to_unit, unit = scale(largest or 1.0, "S")
    for number, ((_, i, j), waves) in enumerate(found.items()):
        name = f"{line_name(trace, before, i)} → {line_name(trace, after, j)}"
        for wave, side, style in zip(waves, (G_PLUS, G_MINUS), ("-", "--"), strict=True):
            change, colour = (wave.value - wave.value[0]) * to_unit, _COLOURS[number % len(_COLOURS)]
            axes.plot(
                wave.time * factor,
                change,
                style,
                color=colour,
                lw=1.0 + 1.2 * (number == 0),
                label=f"{name}, {side}",
                zorder=3,
            )
    if not largest:  # no axis that promises more than there is
        axes.set_yticks([0])
    axes.set_ylabel(f"{layer}\nchange of G" + f" ({unit})" * bool(largest), fontsize=9)
    _key(axes)


def _key(axes: Axes) -> None:
    """A legend beside the panel."""
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.05), fontsize=8, handlelength=1.6, borderaxespad=0.3)
