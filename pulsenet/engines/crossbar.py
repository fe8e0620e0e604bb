"""What Brian2 cannot know about a layer: it is a full crossbar, and most gates are closed.

Brian2 sends every event through a queue of synapse numbers, and looks up both ends of each synapse. In a crossbar they
follow from the lines: device pair (i, j) has number i*n_out + j. Here the loops of the generated C++ are written over
lines instead, in the same order, and an error pulse passes by the pairs whose gate is closed. The arithmetic stays as
it is, to the bit (a test compares with Cython); a frame takes less than half the time.
"""

from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path

from pulsenet.circuit.composition import Composition
from pulsenet.circuit.pathways import LayerSpec, Pathway
from pulsenet.errors import EngineError

_PEEK = (
    r"std::vector<int> \*_spiking_synapses = \w+\.peek\(\);\s*"
    r"const int _num_spiking_synapses = _spiking_synapses->size\(\);"
)
_LOOP = (
    r"for\(int "
    r"_spiking_synapse_idx=0;\s*_spiking_synapse_idx<_num_spiking_synapses;\s*_spiking_synapse_idx\+\+\)\s*\{\s*"
    r"const size_t _idx = \(\*_spiking_synapses\)\[_spiking_synapse_idx\];"
)
_PRE_LOOP = """for (int _event = 0; _event < _n_events; _event++)
        for (int _line = 0; _line < {n_out}; _line++) {{
            const size_t _idx = (size_t) _events[_event]*{n_out} + _line;"""
# A bias line is refreshed with its population, but no device pair leads to it.
_POST_LOOP = """for (int _event = 0; _event < _n_events; _event++) if (_events[_event] < {n_out}) {{
        for (int _line = 0; _line < {n_in}; _line++) {{
            const size_t _idx = (size_t) _line*{n_out} + _events[_event];"""
# Where all neurons act in the same slot, their device pairs are visited in the order in which they lie in memory.
_ALL_LOOP = """for (int _line = 0; _line < {n_in}; _line++)
        for (int _event = 0; _event < _n_events; _event++) {{
            if (_events[_event] >= {n_out}) continue;
            const size_t _idx = (size_t) _line*{n_out} + _events[_event];"""


def make_crossbars(composition: Composition, code_objects: Path) -> None:
    """Rewrite the loops of all pathways of all layers.

    Raises
    ------
    EngineError
        If the generated code is not as expected.
    """
    lines = {population.name: population.size for population in composition.populations}
    for layer in composition.layers:
        for pathway in layer.pathways:
            source = layer.source if pathway.side == "pre" else layer.target
            path = _code(code_objects, layer, pathway.event)
            _rewrite(path, layer, pathway, source, lines[source])
            push = code_objects / f"{layer.name}_{pathway.event}_push_spikes.cpp"
            queue = rf"{layer.name}_{pathway.event}\.advance\(\);\s*{layer.name}_{pathway.event}\.push\([^;]*;"
            replace_once(push, queue, "")
            if pathway.guard:
                skip = rf"\1 if (!({' || '.join(pathway.guard)})) continue;"
                replace_once(path, rf"(const \w+ {pathway.guard[-1]} = [^;]+;)", skip)
            if pathway.sparse:
                _remember_only_pulses(path, pathway.sparse)
            if pathway.gate_of_lines:
                _find_open_lines_once(path, layer.shape[0])


def _find_open_lines_once(path: Path, n_in: int) -> None:
    """Where a gate depends on its input line alone, look for the open ones once per slot, for all its error pulses."""
    text = path.read_text()
    gate = re.search(r"const \w+ is_open = ([^;]+);", text)
    value = re.search(r"const \w+ forward_slots_pre = (\w+)\[_presynaptic_idx\];", text)
    if gate is None or value is None:
        raise EngineError(other_brian(path))
    search = f"""static int _open[{n_in}];
        int _n_open = 0;
        if (_n_events > 0) for (int _line = 0; _line < {n_in}; _line++) {{
            const int32_t forward_slots_pre = {value[1]}[_line];
            _open[_n_open] = _line;
            _n_open += ({gate[1]}) != 0;
        }}
        for (int _event"""
    replace_once(path, r"for \(int _event", search)
    visit = "for (int _place = 0; _place < _n_open; _place++) { const int _line = _open[_place];"
    replace_once(path, rf"for \(int _line = 0; _line < {n_in}; _line\+\+\) \{{(?=\s*const size_t)", visit)


def _remember_only_pulses(path: Path, variables: tuple[str, ...]) -> None:
    """What is remembered of a pulse is written where there is one, not read, blended and written at all pairs."""
    text = path.read_text()
    for name in variables:
        blend = (
            rf"{name} = \({name} \* \(1 - int_\((?P<pulse>[^()]+)\)\)\) \+ \((?P<now>[^;]+) \* int_\((?P=pulse)\)\);"
        )
        array = re.search(rf"(?P<place>\w+{name}\[_idx\]) = {name};", text)
        found = re.search(blend, text)
        if array is None or found is None:
            raise EngineError(other_brian(path))
        text = text.replace(found[0], f"if ({found['pulse']}) {array['place']} = {found['now']};")
        text = text.replace(array[0], "").replace(f"double {name} = {array['place']};", "")
    path.write_text(text)


def _code(code_objects: Path, layer: LayerSpec, event: str) -> Path:
    """The file of a pathway; Brian2 numbers it where objects of another build still live in this process."""
    (path,) = code_objects.glob(f"{layer.name}_{event}_codeobject*.cpp")
    return path


def _rewrite(path: Path, layer: LayerSpec, pathway: Pathway, source: str, size: int) -> None:
    n_in, n_out = layer.shape
    space = f"_array_{source}__{pathway.event}space"
    replace_once(path, _PEEK, f"const int32_t *_events = {space}; const int _n_events = {space}[{size}];")
    together = pathway.together
    loop = _PRE_LOOP if pathway.side == "pre" else _ALL_LOOP if together else _POST_LOOP
    replace_once(path, _LOOP, loop.format(n_in=n_in, n_out=n_out))
    pre, post = ("_events[_event]", "_line") if pathway.side == "pre" else ("_line", "_events[_event]")
    text = path.read_text().replace(f"_ptr_array_{layer.name}__synaptic_pre[_idx]", pre)
    text = text.replace(f"_ptr_array_{layer.name}__synaptic_post[_idx]", post)
    path.write_text(text if pathway.side == "pre" or together else _keep_in_registers(text))


def _keep_in_registers(text: str) -> str:
    """Variables of the neuron that sent an event are read before, and written after, the loop over its device pairs.

    Within it, each sum would go to memory and back with every pair, since C++ cannot know that the arrays do not
    overlap. The sums themselves, and their order, stay as they are.
    """
    loop = text.index("for (int _line")
    body, end = text.index("{", loop), _closing_brace(text, text.index("{", loop))
    inside, kept = text[body:end], []
    for pattern in (
        r"\n *(?:const )?\w+ \w+ = _ptr_array_\w+\[_postsynaptic_idx\];",
        r"\n *_ptr_array_\w+\[_postsynaptic_idx\] = \w+;",
    ):
        kept.append("".join(re.findall(pattern, inside)).replace("_postsynaptic_idx", "_events[_event]"))
        inside = re.sub(pattern, "", inside)
    return f"{text[:loop]}{kept[0]}\n        {text[loop:body]}{inside}}}{kept[1]}\n        }}{text[end + 1 :]}"


def _closing_brace(text: str, opening: int) -> int:
    depth = 0
    for place in range(opening, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if not depth:
            return place
    raise ValueError("a brace is not closed")


def replace_once(path: Path, pattern: str, replacement: str) -> None:
    """Change the one place of a generated file that matches; another version of Brian2 may have none."""
    text, found = re.subn(pattern, replacement, path.read_text())
    if found != 1:
        raise EngineError(other_brian(path))
    path.write_text(text)


def other_brian(path: Path) -> str:
    """What to say where the generated code is not as expected."""
    return f"this version of Brian2 ({version('brian2')}) writes another {path.name} than expected; use --engine cython"
