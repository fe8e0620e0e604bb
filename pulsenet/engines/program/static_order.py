"""The static order of a frame: what can happen in which slot, and what may be done at once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from pulsenet.circuit.composition import Composition
from pulsenet.engines.brian.build import Simulation
from pulsenet.engines.program.events import Event, event_of
from pulsenet.engines.program.statements import Block
from pulsenet.engines.program.visits import Visit


@dataclass(frozen=True)
class Sent:
    """An event with all that follows from it in a phase.

    Attributes
    ----------
    event : Event
    visits : list of Visit
    then : Block or None
        What it does to the neuron that sends it.
    recorded : tuple of str, or None
        Variables that are recorded with it.
    """

    event: Event
    visits: list[Visit]
    then: Block | None
    recorded: tuple[str, ...] | None

    @property
    def in_order(self) -> list[Visit]:
        """Visits as they follow each other."""
        return sorted(self.visits, key=lambda visit: (visit.pathway.order, visit.name))

    @property
    def written(self) -> frozenset[str]:
        """Arrays that change by it."""
        blocks = [visit.block for visit in self.visits] + ([self.then] if self.then else [])
        return frozenset().union(*(block.written for block in blocks))

    @property
    def read(self) -> frozenset[str]:
        """Arrays that matter after the decision to send: in visits, at the neuron, and in the record."""
        blocks = [visit.block for visit in self.visits] + ([self.then] if self.then else [])
        recorded = {f"{self.event.population}_{name}" for name in self.recorded or ()}
        return frozenset(recorded).union(*(block.read for block in blocks))


@dataclass(frozen=True)
class Step:
    """An event in a phase, and how its senders are found.

    Attributes
    ----------
    sent : Sent
    listed : bool
        Whether all senders of all slots are known when the phase begins.
    at_once : bool
        Whether all that follows from it may be done when the phase begins.
    """

    sent: Sent
    listed: bool
    at_once: bool

    @property
    def event(self) -> Event:
        return self.sent.event


@dataclass(frozen=True)
class Phase:
    """A phase of the frame: what populations do when it begins, then what is done at once, then slot by slot."""

    number: int
    first_slot: int
    regular: list[tuple[str, Block]]
    steps: list[Step]

    @property
    def at_once(self) -> list[Step]:
        return [step for step in self.steps if step.at_once]

    @property
    def by_slot(self) -> list[Step]:
        return [step for step in self.steps if not step.at_once]

    @property
    def slots(self) -> range:
        """Slots of the frame in which something is left to be done."""
        ranges = [step.event.slots for step in self.by_slot]
        return range(min(r.start for r in ranges), max(r.stop for r in ranges)) if ranges else range(0)

    @property
    def visits(self) -> list[tuple[Step, Visit]]:
        """What is left to be done in a slot, in order."""
        found = [(step, visit) for step in self.by_slot for visit in step.sent.visits]
        return sorted(found, key=lambda pair: (pair[1].pathway.order, pair[1].name))


@dataclass(frozen=True)
class Frame:
    """All phases, and what is copied out at the end.

    Attributes
    ----------
    phases : list of Phase
    sent : list of Sent
        All events.
    blocks : list of Block
        All code objects.
    tally : list of (population, variable)
    """

    phases: list[Phase]
    sent: list[Sent]
    blocks: list[Block]
    tally: list[tuple[str, str]] = field(default_factory=list)


def frame_of(composition: Composition, simulation: Simulation) -> Frame:
    """The order of a circuit's frame, from its text and what Brian2 made of it."""
    schedule = composition.circuit.schedule
    functions = {function.name: function for function in composition.functions}

    def block_of(runner) -> Block:
        return replace(runner.codeobj.code, functions=functions)

    visits = [
        Visit(layer, pathway, block_of(getattr(simulation.layers[layer.name], pathway.event)))
        for layer in composition.layers
        for pathway in layer.pathways
    ]
    sent, tally = [], []
    for spec in composition.populations:
        group = simulation.populations[spec.name]
        tally += [(spec.name, name) for name in spec.records.get("tally", ())]
        for kind, condition in spec.events.items():
            if kind == "tally":
                continue
            thresholder = block_of(group.thresholder[kind])
            event = event_of(spec.name, kind, spec.size, condition, thresholder, composition.constants)
            then = simulation.on_event.get((spec.name, kind))
            own = [visit for visit in visits if (visit.sender, visit.pathway.event) == (spec.name, kind)]
            sent.append(Sent(event, own, block_of(then) if then else None, spec.records.get(kind)))
    regular = {name: block_of(runner) for name, runner in simulation.regular.items()}
    phases = [
        _phase(number, composition, regular, sent, number * schedule.phase_slots) for number in range(schedule.n_phases)
    ]
    blocks = [visit.block for visit in visits] + [entry.event.block for entry in sent] + list(regular.values())
    return Frame(phases, sent, blocks + [entry.then for entry in sent if entry.then], tally)


def _phase(number: int, composition: Composition, regular: dict[str, Block], sent: list[Sent], first: int) -> Phase:
    begins = [
        (spec.name, regular[spec.name].changed(t_in_timesteps=first, **composition.constants))
        for spec in sorted(composition.populations, key=lambda spec: spec.name)
        if spec.tick == "phase" or number == 0
    ]
    here = []
    for entry in sent:
        event = entry.event.within(first, first + composition.circuit.schedule.phase_slots)
        if event:
            here.append(Sent(event, entry.visits, entry.then, entry.recorded))
    written = frozenset().union(*(entry.written for entry in here))
    steps = [Step(entry, _is_listed(entry, written), _is_at_once(entry, here, written)) for entry in here]
    return Phase(number, first, begins, steps)


def _is_listed(entry: Sent, written: frozenset[str]) -> bool:
    """Whether nothing that happens in the phase changes who sends."""
    return not entry.event.is_of_all and not entry.event.block.read & written


def _is_at_once(entry: Sent, here: list[Sent], written: frozenset[str]) -> bool:
    """Whether it makes no difference if the events of a later slot are served before other things of the phase."""
    if not _is_listed(entry, written) or entry.then or not all(visit.may_wait for visit in entry.visits):
        return False
    others = [other for other in here if other is not entry]
    touched = frozenset().union(*(other.read | other.written | other.event.block.read for other in others))
    changed = frozenset().union(*(other.written for other in others))
    return not (entry.written & touched) and not (entry.read & changed)
