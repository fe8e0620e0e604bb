"""Visits: what an event does at the device pairs of a crossbar, line after line."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pulsenet.circuit.pathways import GATE, LayerSpec, Pathway
from pulsenet.engines.program import cpp
from pulsenet.engines.program.statements import Access, Block
from pulsenet.text.expressions import expression

_PRE, _POST = "_presynaptic_idx", "_postsynaptic_idx"


@dataclass(frozen=True)
class Visit:
    """A pathway of a layer with Brian2's statements.

    Attributes
    ----------
    layer : LayerSpec
    pathway : Pathway
    block : Block
    """

    layer: LayerSpec
    pathway: Pathway
    block: Block

    @property
    def name(self) -> str:
        """Of the visit, in the program."""
        return f"{self.layer.name}_{self.pathway.event}"

    @property
    def sender(self) -> str:
        """Population that sends the event."""
        return self.layer.source if self.pathway.side == "pre" else self.layer.target

    @property
    def n_in(self) -> int:
        """Input lines of the layer, the bias line included."""
        return self.layer.shape[0]

    @property
    def n_out(self) -> int:
        """Output neurons of the layer."""
        return self.layer.shape[1]

    @property
    def may_wait(self) -> bool:
        """Whether the events of several slots may be served one after the other.

        Not if the slot matters, nor if it changes the neurons that send: one of them may send in several slots.
        """
        senders = _PRE if self.pathway.side == "pre" else _POST
        return not self.block.is_timed and not any(access.index == senders for access in self.block.vector.writes)

    @property
    def variants(self) -> list[dict]:
        """The text of the loop over pairs: once, or once for each sign of what the neuron asks for."""
        sign = self.pathway.sign
        if not sign:
            return [self._loop("", self.block, {})]
        return [self._loop(tag, self.block.changed(**self._known(value)), {self.pathway.guard[0]: value})
                for tag, value in (("_up", 1), ("_down", -1))]  # fmt: skip

    def _known(self, sign: int) -> dict[str, int]:
        known = {self.pathway.sign: sign}
        return known | ({GATE: 1} if self.pathway.gate_of_lines else {})

    @property
    def sign_array(self) -> str:
        """Array of the sign of each neuron that sends."""
        return next(access.array for access in self.block.vector.reads if access.name == self.pathway.sign)

    def _loop(self, tag: str, block: Block, known_after: dict[str, int]) -> dict:
        """Parts of the loops of a visit that an event of a neuron makes."""
        vector = block.vector
        ends = {access.name: access for access in (*vector.reads, *vector.writes)}
        of_post = [access for access in ends.values() if access.index == _POST and access.array]
        of_pre = [access for access in ends.values() if access.index == _PRE and access.array]
        outside = {access.name for access in (*of_post, *of_pre)}
        before, after = self._guarded(block, known_after)
        written = {access.name for access in vector.writes}
        return {
            "name": f"{self.name}{tag}",
            "pointers": self.pointers(block),
            "scalar": cpp.whole(block, block.scalar),
            "post": of_post,
            "post_written": [access for access in of_post if access.name in written],
            "pre_read": [access for access in of_pre if access in vector.reads],
            "pre_written": [access for access in of_pre if access.name in written],
            "body": [*cpp.opening(vector, outside), *before, *after, *cpp.closing(vector, outside)],
        }

    def _guarded(self, block: Block, known_after: dict[str, int]) -> tuple[list[str], list[str]]:
        """Statements up to the one that says whether a pair has more to do, with that question, and after it."""
        lines, guard = block.vector.lines, self.pathway.guard
        places = [number for number, line in enumerate(lines) if line.name in guard]
        if not places:
            return [], cpp.middle(block, lines)
        stop = max(places) + 1
        rest = replace(block, scalar=replace(block.scalar, lines=()), vector=replace(block.vector, lines=lines[stop:]))
        rest = rest.changed(**known_after)
        question = f"if (!({' || '.join(guard)})) break;"
        return [*cpp.middle(block, lines[:stop]), question], cpp.middle(block, rest.vector.lines)

    def pointers(self, block: Block) -> list[tuple[str, str]]:
        """Type and name of each array with an element per device pair."""
        return sorted((cpp.TYPES[dtype], name) for name, (dtype, size) in block.arrays.items() if size is None)

    @property
    def rows(self) -> dict:
        """Parts of the loop that an event of an input line makes: along the row of its device pairs."""
        block, vector = self.block, self.block.vector
        hoisted = [access for access in vector.reads if access.index == _POST and access.array]
        of_post = {access.name for access in hoisted} | {a.name for a in vector.writes if a.index == _POST}
        return {
            "name": self.name,
            "pointers": self.pointers(block),
            "scalar": cpp.whole(block, block.scalar),
            "load": [*map(cpp.read, hoisted), *(f"{a.ctype} {a.name};" for a in vector.declared if a.index == _POST)],
            "body": [*cpp.opening(vector, of_post), *cpp.middle(block, vector.lines), *cpp.closing(vector, of_post)],
            "store": [cpp.write(access) for access in vector.writes if access.index == _POST],
        }

    @property
    def gate(self) -> dict:
        """What says which input lines hold their gate open."""
        block = self.block
        condition = block.vector.set_by[GATE].value
        names = expression(condition).names
        return {
            "scalar": cpp.whole(block, block.scalar),
            "reads": [cpp.read(access) for access in block.vector.reads if access.name in names],
            "condition": block.cpp(condition),
            "by_value": self._by_value,
            "is_always_so": not any(line.calls - {"int"} for line in block.scalar.lines),  # nothing that is fed in
        }

    @property
    def _by_value(self) -> Access | None:
        """The whole number of the line on which its gate depends, if it depends on nothing else but the slot."""
        line = self.block.vector.set_by[GATE]
        reads = [access for access in self.block.vector.reads if access.name in line.names]
        alone = len(reads) == 1 and reads[0].ctype == "int32_t" and reads[0].array and line.calls <= {"int"}
        return reads[0] if alone else None
