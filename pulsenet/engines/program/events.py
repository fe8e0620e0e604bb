"""Events: which lines send one, and in which slots of a frame that can be at all."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

import numpy as np

from pulsenet.engines.program.statements import Block, Line
from pulsenet.text.expressions import expression


@dataclass(frozen=True)
class Event:
    """An event of a population.

    Attributes
    ----------
    population, kind : str
    lines : int
        Of the population.
    block : Block
        Its last vector statement says which lines send.
    slots : range
        Slots of the frame in which the event is possible, as far as time alone decides.
    shared, fixed, varying : tuple of str
        Factors of the condition: alike for all lines; of the line alone; of line and slot.
    by_value : (str, int) or None
        Where a line sends in the slot that a variable of its own names: the array, and the slot for a value of 0.
    """

    population: str
    kind: str
    lines: int
    block: Block
    slots: range
    shared: tuple[str, ...]
    fixed: tuple[str, ...]
    varying: tuple[str, ...]
    by_value: tuple[str, int] | None = None

    @property
    def name(self) -> str:
        """Of the event, in the program."""
        return f"{self.population}_{self.kind}"

    @property
    def is_of_all(self) -> bool:
        """Whether all lines send it in the same slot, or none."""
        return not (self.fixed or self.varying or self.by_value)

    @property
    def most(self) -> int:
        """Most pulses in a frame."""
        return self.lines if self.by_value else self.lines * len(self.slots)

    def within(self, first: int, last: int) -> Event | None:
        """The event in slots ``first`` to ``last`` (exclusive); None if it is not possible there."""
        slots = range(max(first, self.slots.start), min(last, self.slots.stop))
        return replace(self, slots=slots) if slots else None


def event_of(population: str, kind: str, lines: int, condition: str, block: Block, constants: dict[str, int]) -> Event:
    """The event whose condition is ``condition``, and whose thresholder Brian2 hands over as ``block``."""
    slots = possible_slots(condition, constants)
    *before, last = block.vector.lines
    block = replace(block, vector=replace(block.vector, lines=tuple(before), writes=()))
    of_line = {access.name for access in block.vector.reads} | {line.name for line in before}
    shared, fixed, varying, by_value = [], [], [], None
    for factor in factors(last.value):
        names = expression(factor).names
        value = _named_slot(factor, block, slots, constants)
        if not names & of_line:
            shared.append(factor)
        elif value and not by_value:
            by_value = value
        elif names & block.timed or any(line.names & block.timed for line in before):
            varying.append(factor)
        else:
            fixed.append(factor)
    if by_value and (fixed or varying):  # then it is not the value alone that decides
        by_value = None
        shared, fixed, varying = [], [], list(factors(last.value))
    return Event(population, kind, lines, block, slots, tuple(shared), tuple(fixed), tuple(varying), by_value)


def factors(condition: str) -> list[str]:
    """What must all hold."""
    tree = expression(condition).tree
    if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And):
        return [factor for value in tree.values for factor in factors(ast.unparse(value))]
    return [ast.unparse(tree)]


def possible_slots(condition: str, constants: dict[str, int]) -> range:
    """From the first slot of a frame to the last in which all factors hold that only time decides."""
    slot = np.arange(constants["frame_slots"])
    known, possible = {**constants, "t_in_timesteps": slot}, np.full(len(slot), True)
    for factor in factors(condition):
        if expression(factor).names <= known.keys() and not expression(factor).calls - {"int"}:
            possible &= np.broadcast_to(expression(factor).evaluate(known), slot.shape).astype(bool)
    found = np.flatnonzero(possible)
    return range(int(found[0]), int(found[-1]) + 1) if len(found) else range(0)


def _named_slot(factor: str, block: Block, slots: range, constants: dict[str, int]) -> tuple[str, int] | None:
    """Array and slot for a value of 0, if the factor says that the line's variable equals the slot less a number."""
    tree = expression(factor).tree
    if not (isinstance(tree, ast.Compare) and len(tree.ops) == 1 and isinstance(tree.ops[0], ast.Eq)):
        return None
    sides = [tree.left, tree.comparators[0]]
    own = {access.name: access for access in block.vector.reads if access.ctype == "int32_t" and access.array}
    for one, other in (sides, reversed(sides)):
        if isinstance(one, ast.Name) and one.id in own:
            values = _over_slots(ast.unparse(other), block.scalar.lines, slots, constants)
            if values is not None and np.array_equal(values, values[0] + np.arange(len(slots))):
                return own[one.id].array, slots.start - int(values[0])
    return None


def _over_slots(text: str, lines: tuple[Line, ...], slots: range, constants: dict[str, int]) -> np.ndarray | None:
    """Values that whole numbers take in the slots; None where more than time decides."""
    known = {**constants, "t_in_timesteps": np.array(slots)}
    for line in lines:
        if line.names <= known.keys() and not line.calls:
            known[line.name] = expression(line.value).evaluate(known)
    if not expression(text).names <= known.keys() or expression(text).calls:
        return None
    values = np.asarray(expression(text).evaluate(known))
    return values if values.shape == (len(slots),) and values.dtype.kind == "i" else None
