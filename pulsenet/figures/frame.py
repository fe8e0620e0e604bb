"""What happens on the wires in one frame: which frame, lines and device pairs to show, and their pulses in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pulsenet.errors import TraceError
from pulsenet.figures.style import evenly
from pulsenet.records import Pulses
from pulsenet.replay.programming import ProgrammingPulses, told
from pulsenet.trace import Trace
from pulsenet.trace.blocks import recorded_frames

#: Most lines of a population, and most device pairs of a layer, that are legible below each other.
MOST_ROWS = 16
_MOST_NAMED = 12


@dataclass(frozen=True)
class Bars:
    """Pulses in time.

    Attributes
    ----------
    start, stop : int, slots of the frame, half open
        When the line is high.
    line : int
    polarity : int
        -1 or 1; 0 for pulses without.
    """

    start: np.ndarray
    stop: np.ndarray
    line: np.ndarray
    polarity: np.ndarray


@dataclass(frozen=True)
class FrameView:
    """One frame of a trace, and what of it to show.

    Attributes
    ----------
    trace : Trace
    frame : int
    lines : dict of int arrays
        Lines of each population to show, ascending.
    remarks : dict of str
        What to say about that choice.
    open_gates : dict of bool arrays, shape (frame_slots, lines)
        In which slots each line of a population holds the gates of its devices open. In none: for the output, behind
        which there are no devices, in evaluation frames, and where gates depend on more than the line.
    programming : dict of Pulses
        Programming pulses by layer.
    window : (int, int), slots of the frame, half open
        What to show of it.
    """

    trace: Trace
    frame: int
    lines: dict[str, np.ndarray]
    remarks: dict[str, str]
    open_gates: dict[str, np.ndarray]
    programming: dict[str, Pulses]
    window: tuple[int, int]

    @classmethod
    def of(
        cls,
        trace: Trace,
        frame: int | None,
        wanted: Mapping[str, Sequence[int]] | None,
        window: tuple[int, int] | None = None,
        programming: ProgrammingPulses | None = None,
    ) -> FrameView:
        """Look at a frame; what is left out (None) is chosen by `choose_frame` and `choose_lines`, or the whole frame.

        ``programming`` is that of the trace, for who looks at many frames.

        Raises
        ------
        TraceError
            If there is no such frame, population or line, its pulses were not recorded, or the window is not inside the
            frame.
        """
        frame = choose_frame(trace, frame)
        window = _check_window(trace, window)
        lines, remarks = choose_lines(trace, frame, wanted or {}, window)
        programming = programming or told(trace)
        gates, pulses = _open_gates(trace, programming, frame), _programming(trace, programming, frame)
        return cls(trace, frame, lines, remarks, gates, pulses, window)

    @property
    def layers(self) -> list[tuple[str, str, str]]:
        """Each layer with the populations before and after it."""
        return [(layer, *ends) for layer, ends in self.trace.ends.items()]

    def bars(self, population: str, kind: str) -> Bars:
        """Pulses of one kind of a population, from leading to trailing edge."""
        return pulse_bars(self.trace, population, kind, self.frame)

    def gates(self, population: str, lines: np.ndarray) -> Bars:
        """Open gates of some lines of a population; ``line`` of the bars is the place in ``lines``.

        Examples
        --------
        >>> is_open = np.array([[1, 0, 1, 1, 0], [0, 0, 0, 0, 0], [0, 0, 1, 1, 1]], bool).T
        >>> view = FrameView(None, 0, {}, {}, {"input": is_open}, {}, (0, 5))
        >>> bars = view.gates("input", np.array([2, 0]))
        >>> bars.line.tolist(), bars.start.tolist(), bars.stop.tolist()
        ([0, 1, 1], [2, 0, 2], [5, 1, 4])
        """
        level = self.open_gates[population][:, lines].T.astype(np.int8)
        edges = np.diff(level, axis=1, prepend=0, append=0)
        row, start = np.nonzero(edges > 0)
        return Bars(start, np.nonzero(edges < 0)[1], row, np.zeros(len(row), np.int8))

    def pairs(self, layer: str, before: str, after: str) -> np.ndarray:
        """Device pairs of a layer to show.

        Of those that were programmed and join shown lines, evenly picked from the least to the most programmed.

        Returns
        -------
        int, shape (pairs, 2)
            Lines before and after the layer, those whose gate is open longest first.
        """
        pre, post = self.programming[layer]["pre"], self.programming[layer]["post"]
        inside = np.isin(pre, self.lines[before]) & np.isin(post, self.lines[after])
        pairs, counts = np.unique(np.column_stack([pre[inside], post[inside]]), axis=0, return_counts=True)
        chosen = pairs[evenly(np.argsort(counts, kind="stable"), MOST_ROWS)]
        open_slots = self.open_gates[before][:, chosen[:, 0]].sum(axis=0)
        return chosen[np.lexsort([chosen[:, 1], chosen[:, 0], -open_slots])]


def _open_gates(trace: Trace, programming: ProgrammingPulses | None, frame: int) -> dict[str, np.ndarray]:
    """Slots in which lines hold gates open, by population; see `FrameView`."""
    slots = trace.schedule.frame_slots
    found = {name: np.zeros((slots, n_lines), bool) for name, n_lines in trace.populations.items()}
    levels = programming.gates(frame) if programming else dict.fromkeys(trace.layers)
    for layer, before in zip(trace.layers, trace.populations, strict=False):
        if levels[layer] is not None:
            found[before] = levels[layer]
    return found


def _programming(trace: Trace, programming: ProgrammingPulses | None, frame: int) -> dict[str, Pulses]:
    """Programming pulses of a frame; none to show where the recorded pulses do not tell them."""
    if programming and programming.can_tell(frame):
        return programming.pulses(frame)
    nothing = {name: np.empty(0, np.int32) for name in ("pre", "post", "polarity")}
    return {layer: {"slot": np.empty(0, np.int64), **nothing} for layer in trace.layers}


def pulse_bars(trace: Trace, population: str, kind: str, frame: int) -> Bars:
    """Pulses of one kind of a population in one frame, from leading to trailing edge.

    A pulse of the width or latency code is recorded with its trailing edge, and is as long as its width; all others
    last one slot. A refresh without SET and RESET pulses is none.
    """
    pulses = trace.pulses(population, kind, frame)
    if "SET" in pulses:
        spent = (pulses["SET"] + pulses["RESET"]) > 0
        pulses = {name: values[spent] for name, values in pulses.items()}
    slot = pulses["slot"] - frame * trace.schedule.frame_slots
    polarity = pulses.get("polarity", np.zeros(len(slot), np.int8))
    if "width" in pulses:
        return Bars(slot - pulses["width"], slot, pulses["line"], polarity)
    return Bars(slot, slot + 1, pulses["line"], polarity)


def _check_window(trace: Trace, window: tuple[int, int] | None) -> tuple[int, int]:
    start, stop = window or (0, trace.schedule.frame_slots)
    if not 0 <= start < stop <= trace.schedule.frame_slots:
        raise TraceError(
            f"{trace.path}: slots {start} to {stop} of a frame; choose a start below the stop, both from 0 to "
            f"{trace.schedule.frame_slots}"
        )
    return start, stop


def choose_frame(trace: Trace, frame: int | None) -> int:
    """The frame to show, from the start of the run: the one asked for, if its pulses were recorded.

    Left out, it is the first recorded frame that trained and programmed a device; if there is none, the first recorded
    frame that trained; if there is none, the first recorded frame.

    Raises
    ------
    TraceError
        If there is no such frame, or its pulses were not recorded; it names the frames that were.
    """
    recorded = recorded_frames(trace)
    if not recorded.any():
        raise TraceError(
            f"{trace.path}: holds no recorded pulses; let the run go on, or run again with record.pulses = 'all' "
            "or a number of frames"
        )
    if frame is None:
        trained = recorded & trace.frames["learn"][:]
        counts = trace.frames.get("programming_pulses")
        programmed = trained & (counts[:] > 0) if counts is not None else trained
        return int(np.argmax(next(choice for choice in (programmed, trained, recorded) if choice.any())))
    if not -trace.n_frames <= frame < trace.n_frames:
        raise TraceError(f"{trace.path}: no frame {frame}; there are {trace.n_frames}")
    frame %= trace.n_frames
    if not recorded[frame]:
        raise TraceError(
            f"{trace.path}: the pulses of frame {frame} were not recorded; those of frames {_ranges(recorded)} were"
        )
    return frame


def _ranges(chosen: np.ndarray, most: int = 4) -> str:
    """Indices of the chosen in words: ``"0-99, 70000-70099"``, at most so many ranges."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], chosen.astype(np.int8), [0]])))
    found = [f"{start}-{stop - 1}" if stop - start > 1 else f"{start}" for start, stop in edges.reshape(-1, 2)]
    return ", ".join(found[:most] + ["..."] * (len(found) > most))


def choose_lines(
    trace: Trace, frame: int, wanted: Mapping[str, Sequence[int]], window: tuple[int, int]
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Lines of each population to show, and what to say about the choice.

    Parameters
    ----------
    wanted : mapping of population to lines
        Of populations left out, all lines are taken if they are few; else those with pulses in the window, evenly
        picked.
    window : (int, int), slots of the frame, half open

    Raises
    ------
    TraceError
        If there is no such population or line.
    """
    for population in wanted:
        if population not in trace.populations:
            known = ", ".join(trace.populations)
            raise TraceError(f"{trace.path}: no population {population!r}; populations are {known}")
    lines, remarks = {}, {}
    for population, n_lines in trace.populations.items():
        if population in wanted:
            lines[population] = _check_lines(trace, population, wanted[population])
            remarks[population] = f"{len(lines[population])} of {n_lines} lines"
        elif n_lines <= MOST_ROWS:
            lines[population], remarks[population] = np.arange(n_lines), f"all {n_lines} lines"
        else:
            kinds = ("forward", "backward", "error")
            bars = [pulse_bars(trace, population, kind, frame) for kind in kinds]
            seen = [one.line[(one.start < window[1]) & (one.stop > window[0])] for one in bars]
            active = np.unique(np.concatenate(seen))
            lines[population] = evenly(active, MOST_ROWS)
            picked = len(lines[population]) < len(active)
            share = f"{MOST_ROWS} of {len(active)} active lines,\nevenly picked"
            remarks[population] = share if picked else f"active: {len(active)} of {n_lines} lines"
    return lines, remarks


def _check_lines(trace: Trace, population: str, wanted: Sequence[int]) -> np.ndarray:
    lines = np.unique(np.asarray(wanted, dtype=np.int64))
    n_lines = trace.populations[population]
    if not len(lines) or lines[0] < 0 or lines[-1] >= n_lines:
        given = ", ".join(map(str, wanted[:_MOST_NAMED])) or "none"
        given += ", ..." * (len(wanted) > _MOST_NAMED)
        raise TraceError(f"{trace.path}: lines of {population}: {given}; choose from 0 to {n_lines - 1}")
    return lines
