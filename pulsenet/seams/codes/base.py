"""What a pulse code is: how a number of slots between 0 and ``n_slots`` travels along a line in one phase."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PulseCode:
    """A pulse code as Brian2 equation text.

    Attributes
    ----------
    name : str
    fires : str
        Condition, evaluated once per slot, under which a line sends an event. In it, ``{slots}`` is the line's value
        (slots it is high), ``{phase_slot}`` the slot within the line's phase (negative before it). What holds for all
        lines alike stands first: outside the phase, the compiled loop then ends before it begins.
    slots_per_event : str
        For how many slots of current one event stands; ``{slots}`` as above.
    records_width : bool
        Whether an event carries the line's whole value, so that a trace needs its width. The event is then the trailing
        edge.
    version : int
        Raised whenever the same name comes to mean something else.
    """

    name: str
    fires: str
    slots_per_event: str
    records_width: bool
    version: int = 1
