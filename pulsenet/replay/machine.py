"""The device pairs of a recorded run, moved by the pulses of its trace: what replays and waveforms are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from pulsenet.circuit.composition import Composition
from pulsenet.circuit.pathways import LayerSpec, Pathway
from pulsenet.circuit.populations import PopulationSpec
from pulsenet.engines.engine import COLUMNS
from pulsenet.errors import TraceError
from pulsenet.records import Conductances
from pulsenet.replay.interpret import Pairs, execute, write
from pulsenet.replay.rebuild import rebuilt
from pulsenet.text.assignments import Code
from pulsenet.text.expressions import Expression, expression
from pulsenet.trace.blocks import Blocks, recorded_frames
from pulsenet.trace.reader import Trace
from pulsenet.trace.schema import KINDS
from pulsenet.trace.wires import line_values
from pulsenet.training.clock import needs_clock, starts_of, timed
from pulsenet.training.plan import dither, fed


@dataclass(frozen=True)
class Event:
    """A pathway that runs for some lines of a population in one slot; ``variables`` hold one value per line of it."""

    slot: int
    layer: LayerSpec
    pathway: Pathway
    lines: np.ndarray
    variables: dict[str, np.ndarray]


class Machine:
    """All device pairs of a run, moved from frame to frame by the pulses of its trace.

    Parameters
    ----------
    trace : Trace

    Attributes
    ----------
    run : Run
    state : dict of dicts of arrays of shape (n_in*n_out,)
        By layer and variable: conductances, what pairs remember, and the parameters that each pair has for itself.
    layers : tuple of LayerSpec
    pulses : Blocks
    at : int
        The frame after which the conductances are as they are.
    programmed : list of (Event, Pairs)
        What was programmed in the last frame: pairs, with the ``polarity`` of each.

    Raises
    ------
    TraceError
        If the run was one of other equations, or the trace holds no snapshot.
    """

    def __init__(self, trace: Trace):
        self.trace, found = trace, rebuilt(trace)
        self.run, self.values, self._setting = found.run, found.values, found.setting
        self.memory, self.layers = found.circuit.memory, found.composition.layers
        self._populations = {spec.name: spec for spec in found.composition.populations}
        functions = {function.name: function for function in found.composition.functions}
        self._functions = {**found.composition.constants, **functions, "t": 0}
        self.taken = {int(frame): row for row, frame in enumerate(trace.snapshots[:])}
        if not self.taken:
            raise TraceError(f"{trace.path}: holds no snapshot yet; let the run go on")
        self._learn, self._recorded = trace.frames["learn"][:].astype(bool), recorded_frames(trace)
        self.pulses = Blocks(trace)
        self.state = {name: self._start(name) for name in found.circuit.layers}
        changing = {"G_plus", "G_minus", *self.memory}
        self._moving = [
            (layer, pathway)
            for layer in self.layers
            for pathway in layer.pathways
            if changing & set(pathway.code.assigned) or pathway.programs
        ]
        self._starts = starts_of(trace) if needs_clock(self.run.variation.effects) else None
        self._needs_phases = any("error_phase_post" in pathway.code.names for _, pathway in self._moving)
        _check_equations(trace, found.composition)
        self._known: dict[tuple[str, int], tuple] = {}
        self.programmed: list[tuple[Event, Pairs]] = []
        self.at = -1
        self.load(0)

    def _start(self, layer: str) -> dict[str, np.ndarray]:
        size = int(np.prod(self.trace.layers[layer]))
        state = {name: np.zeros(size) for name in ("G_plus", "G_minus", *self.memory)}
        return state | {name: np.ravel(value) for name, value in self.values[layer].items() if np.ndim(value)}

    def conductance(self) -> Conductances:
        """A copy of the conductances as they are now."""
        return {
            name: tuple(self.state[name][side].reshape(shape).copy() for side in ("G_plus", "G_minus"))
            for name, shape in self.trace.layers.items()
        }

    def load(self, row: int) -> None:
        """Take the conductances from a snapshot; what pairs remember stays."""
        for name in self.trace.layers:
            for side, G in zip(("G_plus", "G_minus"), self.trace.conductance(name, row), strict=True):
                self.state[name][side] = G.ravel().astype(np.float64)
        self.at = int(self.trace.snapshots[row])

    def reach(self, frame: int) -> None:
        """Go to the end of a frame that does not lie before `at`, from the nearest snapshot.

        Raises
        ------
        TraceError
            If pulses that it takes were not recorded, or the frame lies before the first snapshot.
        """
        before = [taken for taken in self.taken if taken <= frame]
        if not before:
            first = f"the first snapshot (after frame {min(self.taken)})"
            raise TraceError(f"{self.trace.path}: frame {frame} lies before {first}")
        if max(before) > self.at and not self.memory:
            self.load(self.taken[max(before)])
        missing = self.missing(frame)
        if missing is not None:
            since, again = f"the snapshot after frame {max(before)}", f"record.waveforms = [{frame + 1}]"
            if self.memory:
                since, again = "the start of the run", "record.pulses = 'all'"
            raise TraceError(
                f"{self.trace.path}: conductances after frame {frame} cannot be replayed, since the pulses of frame "
                f"{missing}, after {since}, were not recorded; take another frame, or run again with {again}"
            )
        self.advance(frame)

    def missing(self, frame: int) -> int | None:
        """The first training frame that it takes to reach a frame, and whose pulses were not recorded."""
        since = [-1] if self.memory else [taken for taken in self.taken if taken <= frame]
        return self.first_missing(max(since), frame)

    def first_missing(self, before: int, frame: int) -> int | None:
        """The first training frame after ``before``, up to ``frame``, whose pulses were not recorded."""
        missing = np.flatnonzero((self._learn & ~self._recorded)[before + 1 : frame + 1])
        return before + 1 + int(missing[0]) if len(missing) else None

    def advance(self, frame: int) -> None:
        """Go to a frame's end, pulse by pulse; a snapshot on the way puts the conductances right to the last digit."""
        while self.at < frame:
            for _ in self.steps():
                pass
            if self.at < frame and self.at in self.taken:
                self.load(self.taken[self.at])

    def steps(self) -> Iterator[int]:
        """Go through the next frame, and stop after each slot in which a pulse came: yields the slot of the frame."""
        frame, self.programmed = self.at + 1, []
        for slot, events in groupby(self.events(frame), key=lambda event: event.slot):
            for event in events:
                pairs = self.meet(event, event.pathway.code, frame)
                write(event.pathway.code, pairs)
                if event.pathway.programs:
                    self.programmed.append((event, pairs))
            yield slot
        self.at = frame

    def meet(self, event: Event, code: Code, frame: int) -> Pairs:
        """The pairs of an event after some of its code; nothing is written back to them."""
        layer, (n_in, n_out) = event.layer, event.layer.shape
        if event.pathway.side == "post":
            index = (np.arange(n_in)[:, None] * n_out + event.lines).ravel()
        else:
            index = (event.lines[:, None] * n_out + np.arange(n_out)).ravel()
        pairs = self._pairs(layer, index, frame)
        pairs.sides[event.pathway.side] |= event.variables
        common, guard = self._common(layer, frame, event.slot), event.pathway.guard
        self._evaluated(lambda: execute(code, pairs, common, guard), f"on {event.pathway.event}")
        return pairs

    def evaluate(self, value: Expression, layer: LayerSpec, index: np.ndarray, frame: int, slot: int) -> np.ndarray:
        """Value of an expression at pairs of a layer, with what is known of them in a slot of a frame.

        Parameters
        ----------
        value : Expression
        layer : LayerSpec
        index : int array
            Numbers of the pairs, i*n_out + j.
        frame : int
        slot : int, of the frame
        """
        pairs, common = self._pairs(layer, index, frame), self._common(layer, frame, slot)
        return np.broadcast_to(self._evaluated(lambda: value.evaluate(pairs, common), str(value)), index.shape)

    def seen(self, layer: LayerSpec, event: str, index: np.ndarray, frame: int) -> Pairs:
        """Pairs of a layer with the conductances that a reading sees in a frame, as ``sees`` of a pathway sets them."""
        pairs, common = self._pairs(layer, index, frame), self._common(layer, frame, 0)
        sees = layer.pathway(event).sees
        self._evaluated(lambda: execute(sees, pairs, common), f"on {event}")
        return pairs

    def _common(self, layer: LayerSpec, frame: int, slot: Any) -> dict[str, Any]:
        """Names that are alike for all pairs of a layer, in a slot of a frame."""
        schedule = self.trace.schedule
        now = frame * schedule.frame_slots + slot
        times = {"t_in_timesteps": now, "pulse": now, "update_slot": slot - schedule.update_start, "frame": frame}
        return self._of_frame(layer, frame)[0] | times

    def _pairs(self, layer: LayerSpec, index: np.ndarray, frame: int) -> Pairs:
        _, pre, post = self._of_frame(layer, frame)
        return Pairs(index, layer.shape[1], self.state[layer.name], dict(pre), dict(post))

    def _of_frame(self, layer: LayerSpec, frame: int) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        """What stays as it is in a frame: names alike for all pairs, variables of the input lines and the neurons."""
        if (layer.name, frame) not in self._known:
            self._known = {key: known for key, known in self._known.items() if key[1] == frame}
            own, values = self.state[layer.name], self.values
            common = {name: value for name, value in values[layer.name].items() if name not in own}
            pulses, lines = self.pulses.of(layer.source, "forward", frame), self.trace.populations[layer.source]
            pre = values.get(layer.source, {}) | {"forward_slots": line_values(pulses, lines)}
            post = dict(values.get(layer.target, {}))
            if self._needs_phases:
                post["error_phase"] = dither(self._setting, frame, frame + 1)[layer.target][0]
            self._known[layer.name, frame] = self._functions | self._inputs(frame) | common, pre, post
        return self._known[layer.name, frame]

    def _inputs(self, frame: int) -> dict[str, Any]:
        """The arrays that are fed in, as functions of time, as far as they follow from the run."""
        trained = self._learn[: frame + 1].sum()
        values: dict[str, Any] = {"frame_in": frame, "refresh_in": self.run.update.turn(trained) * self._learn[frame]}
        if period := self.run.rule.batch_frames():
            values["batch_in"] = self._learn[frame] and trained % period == 0
        effects = self.run.variation.effects
        given = fed(effects, self._setting, frame, frame + 1)
        if self._starts is not None:
            given |= timed(effects, self._setting, frame, frame + 1, self._starts)
        values |= {name: array[0] for name, array in given.items()}
        return {name: lambda t, i=None, value=value: value if i is None else value[i] for name, value in values.items()}

    def events(self, frame: int) -> list[Event]:
        """What moves conductances in a frame, in the order in which it does."""
        found = []
        for layer, pathway in self._moving:
            population = self._populations[layer.target if pathway.side == "post" else layer.source]
            if pathway.event in KINDS:
                found += self._sent(frame, layer, pathway, population)
            else:
                found += self._due(frame, layer, pathway, population)
        return sorted(found, key=lambda event: (event.slot, event.pathway.order))

    def _sent(self, frame: int, layer: LayerSpec, pathway: Pathway, population: PopulationSpec) -> list[Event]:
        """Events that the trace holds as pulses."""
        pulses = self.pulses.of(population.name, pathway.event, frame)
        n_lines = layer.shape[pathway.side == "post"]  # a bias line is refreshed too, but no pair leads to it
        inside = pulses["line"] < n_lines
        recorded = {name: COLUMNS[name][0] for name in population.records[pathway.event] if name in COLUMNS}
        events = []
        for slot in np.unique(pulses["slot"][inside]):
            chosen = inside & (pulses["slot"] == slot)
            lines, variables = pulses["line"][chosen], {}
            for name, column in recorded.items():
                variables[name] = np.zeros(n_lines, np.int64)
                variables[name][lines] = pulses[column][chosen]
            events.append(Event(int(slot) % self.trace.schedule.frame_slots, layer, pathway, lines, variables))
        return events

    def _due(self, frame: int, layer: LayerSpec, pathway: Pathway, population: PopulationSpec) -> list[Event]:
        """Events that follow from the time alone, and come to all lines."""
        slots = np.arange(self.trace.schedule.frame_slots)
        condition, common = expression(population.events[pathway.event]), self._common(layer, frame, slots)
        due = self._evaluated(lambda: condition.evaluate({}, common), str(condition))
        lines = np.arange(layer.shape[pathway.side == "post"])
        return [Event(int(slot), layer, pathway, lines, {}) for slot in slots[np.broadcast_to(due, slots.shape)]]

    def _evaluated(self, evaluate: Callable[[], Any], where: str) -> Any:
        """The value of what is to be evaluated; a name that is not known is a `TraceError`."""
        try:
            return evaluate()
        except (NameError, KeyError) as error:
            name = error.name if isinstance(error, NameError) else error.args[0]
            raise TraceError(
                f"{self.trace.path}: cannot be replayed: the equations of this run ({where}) use {name}, "
                "which a trace does not hold"
            ) from None


def _check_equations(trace: Trace, composition: Composition) -> None:
    """Refuse a trace whose devices answered by other equations than this version would write."""
    recorded = "".join(trace.provenance.get("equations", "").split())
    layers = composition.layers
    texts = {f"{layer.name}, on {way.event}": str(way.code) for layer in layers for way in layer.pathways}
    texts |= {function.name: function.cpp() for function in composition.functions}
    for what, text in texts.items():
        if recorded and "".join(text.split()) not in recorded:
            raise TraceError(
                f"{trace.path}: was run with other equations than this version of pulsenet has ({what}); "
                "replay it with the version that wrote it (provenance.versions)"
            )
