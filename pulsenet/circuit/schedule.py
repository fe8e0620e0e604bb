"""Time in integer slots: slot, phase, frame.

A *slot* is the pulse clock. A *phase* is ``n_slots`` slots in which pulses may be high, and a few guard slots in which
trailing edges arrive. A *frame* presents one sample: L forward phases, L - 1 backward phases and one update phase
for L weight layers. Nothing here knows float time; seconds appear only where a user asks for them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Phase:
    """One phase of a frame.

    Attributes
    ----------
    name : str
        For example ``"forward 1"``: the population-1 neurons integrate what the input sends.
    kind : str
        ``"forward"``, ``"backward"`` or ``"update"``.
    layer : int
        The weight layer that is read (1-based); 0 for the update phase, which reaches all layers at once.
    start, stop : int
        Slots of the frame, half open, guard slots included.
    """

    name: str
    kind: str
    layer: int
    start: int
    stop: int


@dataclass(frozen=True)
class Schedule:
    """The phase table of a frame.

    Parameters
    ----------
    n_layers : int
        Number of weight layers L.
    n_slots : int
        Slots of a phase in which pulses may be high; the resolution of every pulse-coded value.
    guard_slots : int
        Slots after them, at least 1: the trailing edge of a full-width pulse arrives there.

    Examples
    --------
    >>> schedule = Schedule(n_layers=2, n_slots=16, guard_slots=1)
    >>> [phase.name for phase in schedule.phases]
    ['forward 1', 'forward 2', 'backward 2', 'update']
    >>> schedule.frame_slots
    68
    """

    n_layers: int
    n_slots: int
    guard_slots: int = 1

    @property
    def phase_slots(self) -> int:
        """Slots of one phase, guard included."""
        return self.n_slots + self.guard_slots

    @property
    def n_phases(self) -> int:
        """Phases of one frame."""
        return 2 * self.n_layers

    @property
    def frame_slots(self) -> int:
        """Slots of one frame."""
        return self.n_phases * self.phase_slots

    def forward_phase(self, layer: int) -> int:
        """Index of the phase in which weight layer ``layer`` (1-based) is read forward."""
        return layer - 1

    def backward_phase(self, layer: int) -> int:
        """Index of the phase in which weight layer ``layer`` (2 .. L) is read backward, through its transpose."""
        return 2 * self.n_layers - layer

    @property
    def update_phase(self) -> int:
        """Index of the update phase, the last of a frame."""
        return self.n_phases - 1

    @property
    def update_start(self) -> int:
        """Slot of the frame at which the update phase begins."""
        return self.update_phase * self.phase_slots

    @property
    def refresh_slot(self) -> int:
        """Slot of the frame at which a refresh starts: the guard slot of the update phase, free of error pulses."""
        return self.update_start + self.n_slots

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The phase table, in order of time."""
        kinds = [("forward", layer) for layer in range(1, self.n_layers + 1)]
        kinds += [("backward", layer) for layer in range(self.n_layers, 1, -1)]
        kinds += [("update", 0)]
        width = self.phase_slots
        return tuple(
            Phase(f"{kind} {layer}" if layer else kind, kind, layer, index * width, (index + 1) * width)
            for index, (kind, layer) in enumerate(kinds)
        )
