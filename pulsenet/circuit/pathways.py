"""What pulses do at a device pair: every pathway of a layer's Brian2 object, as a value.

Follow a programming pulse here. An error pulse reaches `_on_error_pulse`: the learning rule's gate says whether it
meets an open gate, and which way the weight should go (``polarity``). `_program` goes on: the update method says which
device gets which pulse (``drive_plus``, ``drive_minus``); the response law, by ``pulsed``, what the pulse does to G.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from pulsenet.circuit.circuit import Circuit
from pulsenet.circuit.completion import completed
from pulsenet.errors import ConfigError
from pulsenet.seams.effects import Effect
from pulsenet.text.assignments import Assignment, Code
from pulsenet.text.expressions import Expression, expression
from pulsenet.text.functions import Piecewise

#: Order in which the pathways of one slot run; Brian2's default would be alphabetical. Events of effects come last.
ORDER = ("forward", "backward", "error", "batch", "refresh")
#: Slots since the start of the run, however it is cut into chunks.
SLOT_OF_THE_RUN = "frame_in(t)*frame_slots + t_in_timesteps % frame_slots"
#: Variable that says whether an error pulse meets an open gate, 0 or 1.
GATE = "is_open"
#: What pathways may name without setting it: in each, a line that sets it is put first where it is used.
_KNOWN = {
    "update_slot": "t_in_timesteps % frame_slots - update_start",
    "pulse": SLOT_OF_THE_RUN,
    "frame": "frame_in(t)",
    "device": "2*(i*{n_out} + j)",
}


@dataclass(frozen=True)
class Pathway:
    """What an event of the ``side`` ("pre" or "post") population does at each of its device pairs.

    Attributes
    ----------
    event, side : str
    order : int
        Among the pathways of one slot.
    code : Code
    together : bool
        Whether all neurons of the population send the event in the same slot, or none.
    guard : tuple of str
        Variables that the code sets. Pairs for which all of them are 0 then have nothing more to do, and may be passed
        by; empty if all pairs have.
    programs : bool
        Whether pairs whose ``polarity`` is not 0 are programmed.
    gate : Expression, optional
        Of an error pulse: the condition under which it programs a pair.
    gate_of_lines : bool
        Whether the gate is the same for all pairs of an input line, neuron after neuron.
    sign : str
        Variable of the neuron, -1 or 1, that the guarded variable equals wherever it is not 0; empty if there is none.
    sees : Code, optional
        Of a read pulse: sets ``seen_plus`` and ``seen_minus``, the conductances that the reading sees, or ``seen``,
        that of a fixed resistor.
    of_row : Code, optional
        Follows the code: what the input line finds out about all of its pairs, from no more than its own variables and
        what the code sets. It depends on the order of the pairs as far as the text goes, and not in what it comes to.
    """

    event: str
    side: str
    order: int
    code: Code
    together: bool = False
    guard: tuple[str, ...] = ()
    programs: bool = False
    gate: Expression | None = None
    gate_of_lines: bool = False
    sign: str = ""
    sees: Code | None = None
    of_row: Code | None = None

    @property
    def text(self) -> str:
        """All of it, as Brian2 takes it."""
        return str(self.code) if self.of_row is None else f"{self.code}\n{self.of_row}"

    @property
    def difference(self) -> str:
        """Of a read pulse: what a pair passes on, in siemens, of what ``sees`` sets."""
        return "seen" if "seen" in self.sees.assigned else "seen_plus - seen_minus"


@dataclass(frozen=True)
class LayerSpec:
    """A Synapses object: one synapse is one device pair."""

    name: str
    source: str
    target: str
    shape: tuple[int, int]
    model: str
    pathways: tuple[Pathway, ...]

    def pathway(self, event: str) -> Pathway:
        """The pathway of an event."""
        return next(pathway for pathway in self.pathways if pathway.event == event)


def layer_spec(circuit: Circuit, layer: int, functions: tuple[Piecewise, ...]) -> LayerSpec:
    """Weight layer ``layer`` (from 1): its variables, and what reading, error and programming pulses do there.

    Parameters
    ----------
    circuit : Circuit
    layer : int
    functions : tuple of Piecewise
        The device functions that the pathways call.
    """
    name = f"layer{layer}"
    writer = _Writer(circuit, circuit.layers[name], functions)
    slots = circuit.forward_code(layer - 1).slots_per_event.format(slots="forward_slots_pre")
    pathways = [writer.read("forward", "charge", slots)]
    if layer >= 2:
        width = circuit.codes[layer].slots_per_event.format(slots="backward_slots_post")
        pathways.append(writer.read("backward", "backward_charge", width, "error_polarity_post*"))
    pathways.append(writer.on_error_pulse())
    if circuit.rule.batch_polarity:
        pathways.append(writer.at_the_end_of_a_batch())
    if circuit.method.refresh:
        pathways.append(writer.refresh())
    pathways += [writer.between_frames(effect) for effect in circuit.effects if effect.every]
    source, target = circuit.population_names[layer - 1 : layer + 1]
    return LayerSpec(name, source, target, circuit.layers[name], _model(circuit), tuple(pathways))


def _model(circuit: Circuit) -> str:
    """Variables of a device pair, and what all pairs of a layer share."""
    rule = circuit.rule
    shared = {"V_read": "volt", "slot": "second", **circuit.law.units, **circuit.reading.units}
    shared |= dict.fromkeys(circuit.method.parameters(0.0, 1.0), "siemens")
    shared |= {"law_key": "1"} if circuit.law.random else {}
    for effect in circuit.effects:
        shared |= effect.units
    shared |= {name: unit for name, unit in rule.pair_units.items() if name not in rule.own}
    shared = {name: unit for name, unit in shared.items() if name not in circuit.own_thresholds}
    own = {name: rule.pair_units[name] for name in rule.own}
    own |= {f"{name}_{side}": unit for name, unit in circuit.own.items() for side in ("plus", "minus")}
    lines = ["G_plus : siemens", "G_minus : siemens"]
    lines += [f"{name} : {unit}" for name, unit in {**circuit.memory, **own}.items()]
    lines += [f"{name} : {unit} (shared)" for name, unit in shared.items()]
    return "\n".join(lines) + "\n"


class _Writer:
    """Writes the pathways of one layer."""

    def __init__(self, circuit: Circuit, shape: tuple[int, int], functions: tuple[Piecewise, ...]):
        self.circuit, self.shape, self.functions = circuit, shape, functions

    def read(self, event: str, charge: str, slots: str, polarity: str = "") -> Pathway:
        """Current times time, for the slots that one event stands for.

        A forward pulse reads the devices; a backward pulse, too, unless the rule gives it resistors of its own.
        """
        circuit, side = self.circuit, "post" if event == "forward" else "pre"
        resistors = circuit.rule.resistors if event == "backward" else ""
        sees = f"seen = {resistors}" if resistors else self._seen()
        lines, (plus, minus) = [], ("seen_plus", "seen_minus")
        if sees == "seen_plus = G_plus\nseen_minus = G_minus":  # nothing lies between a reading and the conductance
            plus, minus = "G_plus", "G_minus"
        elif not resistors:
            lines = sees.splitlines()
        reads, total, squares = f"{plus} - {minus}", f"({plus} + {minus})", f"({plus}*{plus} + {minus}*{minus})"
        if resistors:
            reads, total, squares = resistors, f"abs({resistors})", f"({resistors}*{resistors})"
        lines.append(f"{charge}_{side} += V_read*slot*{polarity}{slots}*({reads})")
        if circuit.energy:
            lines.append(f"{charge}_through_{side} += V_read*slot*{slots}*{total}")
        lines += [text for effect in circuit.effects if (text := effect.at_read(charge, side, slots, squares))]
        code, before = self._code(lines), "pre" if event == "forward" else "post"
        seen = self._code(sees.splitlines())
        if slots_of := seen.names & {"pulse", "update_slot", "t_in_timesteps"}:
            raise ConfigError(
                f"variation.own: what a reading sees depends on {min(slots_of)}, but the charge of a pulse of many "
                "slots "
                "arrives at once; let it depend on frame instead"
            )
        return Pathway(event, before, ORDER.index(event), code, sees=seen)

    def _seen(self) -> str:
        """The conductances that a reading sees."""
        lines = []
        for side, device in (("plus", "device"), ("minus", "(device + 1)")):
            G = f"G_{side}"
            for effect in self.circuit.effects if side in self.circuit.method.sides else ():
                G = effect.as_read(G).format(side=side, device=device)
            lines.append(f"seen_{side} = {expression(self.circuit.reading.seen).replaced('G', G)}")
        return "\n".join(lines)

    def on_error_pulse(self) -> Pathway:
        """An error pulse arrives: does it meet an open gate?"""
        rule = self.circuit.rule
        gate = expression(rule.gate)
        lines = [f"{GATE} = int({gate})", f"polarity = error_polarity_post*{GATE}"]
        lines += [] if rule.batch_polarity else self._program()
        if rule.on_error_at_closed_gates:
            lines += rule.on_error.strip().splitlines()
        else:
            lines += self._only_if(GATE, rule.on_error)
        code = self._code(lines)
        guard = () if rule.on_error_at_closed_gates else ("polarity",)
        of_lines = bool(guard) and not gate.names & self._of_pairs_and_neurons(gate)
        return Pathway(
            "error", "post", ORDER.index("error"), code,
            guard=guard, programs=not rule.batch_polarity, gate=gate, gate_of_lines=of_lines,
            sign="error_polarity_post" if guard else "",
        )  # fmt: skip

    def _of_pairs_and_neurons(self, gate: Expression) -> set[str]:
        """What a gate names that is not the same for all pairs of an input line."""
        own = {"G_plus", "G_minus", "j", "device", *self.circuit.memory, *self.circuit.rule.own, *self.circuit.own}
        return {name for name in gate.names if name in own or name.endswith(("_post", "_plus", "_minus"))}

    def at_the_end_of_a_batch(self) -> Pathway:
        """A rule that only counted so far programs now."""
        rule = self.circuit.rule
        lines = [f"polarity = {rule.batch_polarity}", *self._program()]
        lines += self._only_if("int(polarity != 0)", rule.after_batch)
        code = self._code(lines)
        return Pathway(
            "batch", "post", ORDER.index("batch"), code,
            together=True, guard=("polarity",), programs=True,
        )  # fmt: skip

    def _program(self) -> list[str]:
        """A programming pulse: polarity -> method -> SET/RESET -> law -> conductance."""
        circuit, method = self.circuit, self.circuit.method
        lines = []
        for side in method.sides:
            lines.append(f"drive_{side} = {getattr(method, f'drive_{side}')}")
            if circuit.energy:
                lines.append(f"before_{side} = G_{side}")
            lines.append(f"G_{side} = pulsed(drive_{side}, G_{side})")
            lines += self._with_a_pulse(side, f"int(drive_{side} != 0)")
        for kind, sign in (("SET", ">"), ("RESET", "<")):  # a pulse's current: of the mean of G before and after it
            if circuit.energy and kind in method.kinds:
                sums = " + ".join(f"(before_{side} + G_{side})*int(drive_{side} {sign} 0)" for side in method.sides)
                lines.append(f"{kind}_conductance_post += 0.5*({sums})")
        lines.append("programming_pulses_post += " + " + ".join(f"int(drive_{side} != 0)" for side in method.sides))
        return lines + self._only_if("int(polarity != 0)", method.after_pulse)

    def _with_a_pulse(self, side: str, when: str) -> list[str]:
        """What effects remember of a pulse."""
        lines = []
        for effect in self.circuit.effects:
            for name, value in effect.remembers.items():
                variable = f"{name}_{side}"
                lines.append(f"{variable} = {variable}*(1 - {when}) + {value.format(side=side)}*{when}")
        return lines

    def _only_if(self, when: str, text: str) -> list[str]:
        """Code that changes what pairs remember, but leaves it exactly as it is where ``when`` is 0."""
        lines = []
        for line in Code.parse(text).lines:
            if line.name not in self.circuit.memory:
                lines.append(str(line))
            elif line.adds:
                lines.append(f"{line.name} += ({line.value})*{when}")
            else:
                lines.append(f"{line.name} = {line.name}*(1 - {when}) + ({line.value})*{when}")
        return lines

    def refresh(self) -> Pathway:
        """The update method's refresh, with what energy and effects add to it."""
        lines, before, stages = [], Counter(), self.circuit.refresh_stages
        of = {"erased": [name for name in stages if name.startswith("erasing")]}
        of["written"] = [name for name in stages if name not in of["erased"]]
        for line in Code.parse(self.circuit.method.refresh).lines:
            if trains := line.value.calls & of.keys():
                (function,), side = trains, line.name.removeprefix("G_")
                stage = of[function][before[function, side]]
                before[function, side] += 1
                lines += [f"{stage}_train_{side} = {line.value.arguments[1]}", *self._train(line)]
            else:
                lines.append(str(line))
        for side in ("plus", "minus"):
            lines += self._with_a_pulse(side, f"refreshed_{side}")
        lines += [f"{stage} = clip({stage}_train_plus, {stage}_train_minus, inf)" for stage in stages]
        row = Code.parse("\n".join(f"row_{stage}_pre = clip(row_{stage}_pre, {stage}, inf)" for stage in stages))
        guard = ("refreshed_plus", "refreshed_minus")
        return Pathway(
            "refresh", "post", ORDER.index("refresh"), self._code(lines), together=True, guard=guard, of_row=row
        )

    def _train(self, line: Assignment) -> list[str]:
        """A train of pulses of a refresh, counted; with what its energy follows from, before and after it."""
        circuit, method, G = self.circuit, self.circuit.method, line.name
        (function,) = line.value.calls
        arguments = line.value.arguments
        writes = function == "written"
        kind = method.kinds[0] if writes else {"SET": "RESET", "RESET": "SET"}[method.kinds[0]]
        lines = [f"refresh_{kind}_post += {arguments[1]}"]
        if not circuit.energy:
            return [*lines, str(line)]
        total = f"{'writing' if writes else 'erasing'}_conductance({', '.join(arguments)})"
        if not (writes and (method.verifies or method.recounts)):
            return [*lines, f"refresh_{kind}_conductance_post += {total}", str(line)]
        # A reading follows each pulse: it sees what is after, where the pulse's energy counts half before, half after.
        after = f"(total_{G} + 0.5*({G} - before_{G}))"
        return [
            *lines,
            f"total_{G} = {total}",
            f"before_{G} = {G}",
            f"refresh_{kind}_conductance_post += total_{G}",
            str(line),
            f"refresh_reading_conductance_post += {expression(circuit.reading.seen).replaced('G', after)}",
        ]

    def between_frames(self, effect: Effect) -> Pathway:
        """An effect acts on all devices."""
        lines = []
        for side, device in (("plus", "device"), ("minus", "(device + 1)")):
            if side in self.circuit.method.sides:
                lines += effect.every.format(side=side, device=device).strip().splitlines()
        order = len(ORDER) + self.circuit.effects.index(effect)
        return Pathway(effect.event, "post", order, self._code(lines), together=True)

    def _code(self, lines: list[str]) -> Code:
        """The code of a pathway, with calls completed, and what it takes as known set first."""
        code = completed(Code.parse("\n".join(lines)), self.circuit, self.functions)
        known = [
            f"{name} = {text.format(n_out=self.shape[1])}"
            for name, text in _KNOWN.items()
            if name in code.names and name not in code.assigned
        ]
        return Code((*Code.parse("\n".join(known)).lines, *code.lines))
