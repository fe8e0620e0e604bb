"""Which pulse programmed what, and when gates were open: worked out by the run's own equations, and only here."""

from __future__ import annotations

import logging

import numpy as np

from pulsenet.errors import TraceError
from pulsenet.records import Pulses
from pulsenet.replay.interpret import Pairs
from pulsenet.replay.machine import Event, Machine
from pulsenet.trace.blocks import recorded_frames
from pulsenet.trace.reader import Trace

_log = logging.getLogger(__name__)


class ProgrammingPulses:
    """Programming pulses and gates of the frames of a trace.

    Parameters
    ----------
    trace : Trace

    Raises
    ------
    TraceError
        If the run was one of other equations, or the trace holds no snapshot.

    Examples
    --------
    >>> with Trace("results/digits") as trace:                              # doctest: +SKIP
    ...     found = ProgrammingPulses(trace)
    ...     numbers = [len(found.pulses(frame)["layer1"]["slot"]) for frame in range(100)]
    """

    def __init__(self, trace: Trace):
        self._trace, self._machine, self._recorded = trace, Machine(trace), recorded_frames(trace)
        self._looks_at = _looks_at(self._machine)

    def pulses(self, frame: int) -> dict[str, Pulses]:
        """Every programming pulse of one frame; refreshes are not among them.

        Parameters
        ----------
        frame : int

        Returns
        -------
        dict of Pulses
            For each layer ``slot`` (int64, from the start of the run), ``pre`` (input line), ``post`` (neuron) and
            ``polarity`` (-1 or 1: which way the weight is to go), sorted by slot, then neuron, then line.

        Raises
        ------
        TraceError
            If there is no such frame, its pulses were not recorded or contradict the phase table, or the learning rule
            programs by what device pairs remember, and not all pulses that made it were recorded.
        """
        frame = self._checked(frame)
        found: dict[str, list[dict[str, np.ndarray]]] = {name: [] for name in self._trace.layers}
        for event, pairs in self._programmed(frame):
            self._check_phase(event, frame)
            found[event.layer.name].append(self._columns(event, pairs, frame))
        return {name: _joined(parts) for name, parts in found.items()}

    def can_tell(self, frame: int) -> bool:
        """Whether the recorded pulses tell what was programmed in a frame.

        They do if the frame was recorded, and, for a rule that programs by what device pairs remember, all before it.
        """
        return bool(self._recorded[frame]) and not (self._looks_at and self._machine.missing(frame - 1) is not None)

    def gates(self, frame: int) -> dict[str, np.ndarray | None]:
        """When each input line holds its gates open; see `gate_levels`."""
        return gate_levels(self._machine, self._checked(frame))

    def _checked(self, frame: int) -> int:
        n_frames = self._trace.n_frames
        if not -n_frames <= frame < n_frames:
            raise TraceError(f"{self._trace.path}: no frame {frame}; there are {n_frames}")
        frame = int(frame) % n_frames
        if not self._recorded[frame]:
            raise TraceError(
                f"{self._trace.path}: the pulses of frame {frame} were not recorded; take another frame, or run again "
                "with "
                f"record.waveforms = [{frame}]"
            )
        return frame

    def _programmed(self, frame: int) -> list[tuple[Event, Pairs]]:
        machine = self._machine
        if not self._looks_at:
            events = [event for event in machine.events(frame) if event.pathway.programs]
            return [(event, machine.meet(event, event.pathway.code.until("polarity"), frame)) for event in events]
        if not self.can_tell(frame):
            remembered, missing = ", ".join(self._looks_at), machine.missing(frame - 1)
            raise TraceError(
                f"{self._trace.path}: the learning rule {machine.run.rule.name!r} programs by what device pairs "
                f"remember ({remembered}), and the pulses of frame {missing}, which made it, were not recorded; "
                "run again with record.pulses = 'all'"
            )
        if machine.at >= frame:
            machine = self._machine = Machine(self._trace)
        machine.reach(frame - 1)
        for _ in machine.steps():
            pass
        return machine.programmed

    def _check_phase(self, event: Event, frame: int) -> None:
        schedule = self._trace.schedule
        if event.slot < schedule.update_start:
            slot, start = (frame * schedule.frame_slots + slot for slot in (event.slot, schedule.update_start))
            raise TraceError(
                f"{self._trace.path}: error pulse in slot {slot}, before the update phase (slot {start}): "
                "the recorded pulses contradict the phase table; do not use this trace"
            )

    def _columns(self, event: Event, pairs: Pairs, frame: int) -> dict[str, np.ndarray]:
        polarity = np.broadcast_to(pairs["polarity"], pairs.index.shape)
        met = polarity != 0
        slot = frame * self._trace.schedule.frame_slots + event.slot
        return {
            "slot": np.full(met.sum(), slot, np.int64),
            "pre": pairs["i"][met].astype(np.int32),
            "post": pairs["j"][met].astype(np.int32),
            "polarity": polarity[met].astype(np.int8),
        }


def _looks_at(machine: Machine) -> list[str]:
    """What device pairs remember, conductances included, and by which they are programmed or not."""
    codes = [pathway.code for layer in machine.layers for pathway in layer.pathways if pathway.programs]
    names = frozenset().union(*(code.until("polarity").names for code in codes))
    return sorted(names & {"G_plus", "G_minus", *machine.memory})


def gate_levels(machine: Machine, frame: int) -> dict[str, np.ndarray | None]:
    """When each input line holds its gates open.

    Parameters
    ----------
    machine : Machine
        Of the trace; where it stands does not matter.
    frame : int

    Returns
    -------
    dict by layer
        bool, shape (frame_slots, n_in); None where gates also depend on more than the line. In an evaluation frame, all
        are closed.
    """
    trace, schedule = machine.trace, machine.trace.schedule
    found: dict[str, np.ndarray | None] = {}
    for layer in machine.layers:
        gate, (n_in, n_out) = layer.pathway("error").gate, layer.shape
        own = machine.state[layer.name]
        if any(name.endswith("_post") or name in own or name in ("j", "device") for name in gate.names):
            found[layer.name] = None
            continue
        levels = found[layer.name] = np.zeros((schedule.frame_slots, n_in), bool)
        if trace.frames["learn"][frame]:
            for slot in range(schedule.update_start, schedule.refresh_slot):
                levels[slot] = machine.evaluate(gate, layer, np.arange(n_in) * n_out, frame, slot)
    return found


def told(trace: Trace) -> ProgrammingPulses | None:
    """The programming pulses and gates of a trace, for who can do without; None, and a warning, if it does not tell.

    That is so for traces of other versions, whose equations this one does not have.
    """
    try:
        return ProgrammingPulses(trace)
    except TraceError as error:
        _log.warning("gates and programming pulses left out: %s", error)
        return None


def programming_pulses(trace: Trace, frame: int) -> dict[str, Pulses]:
    """Every programming pulse of one frame, by layer; `ProgrammingPulses.pulses` is faster for many frames."""
    return ProgrammingPulses(trace).pulses(frame)


def _joined(parts: list[dict[str, np.ndarray]]) -> Pulses:
    """All pulses of a layer in their order."""
    none = {"slot": np.int64, "pre": np.int32, "post": np.int32, "polarity": np.int8}
    joined = {name: np.concatenate([np.empty(0, kind), *(part[name] for part in parts)]) for name, kind in none.items()}
    order = np.lexsort([joined["pre"], joined["post"], joined["slot"]])
    return {name: values[order].astype(none[name]) for name, values in joined.items()}
