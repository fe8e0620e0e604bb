"""What a program is called after: all that decides what it does, or whether it runs here, and nothing else."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from cases import Case

from pulsenet import Exponential, Time
from pulsenet.circuit.composition import compose
from pulsenet.engines.program import cache as programs
from pulsenet.engines.program import compiler, source
from pulsenet.text.expressions import Expression


def changed(case: Case, **sections):
    """The composition of a run with other sections."""
    return Case(case.run.model_copy(update=sections), case.frames).composition


def test_numbers_are_parameters_and_change_no_key(one_layer, varied):
    for case in (one_layer, varied):
        device = case.run.device.model_copy(update={"G_max": 8e-6, "pulses_SET": 9.0})
        read = case.run.read.model_copy(update={"V_read": 0.3})
        longer = case.run.time.model_copy(update={"slot": 3e-7})
        key = programs.key_of(case.composition)
        assert programs.key_of(changed(case, device=device, read=read, seed=5, time=longer)) == key
        assert programs.key_of(compose(replace(case.circuit, chunk_frames=case.circuit.chunk_frames + 1))) == key


def test_what_changes_the_circuit_changes_the_key(one_layer, two_layers, three_layers, varied):
    slots = changed(one_layer, time=Time(n_slots=7))
    guard = changed(one_layer, time=Time(n_slots=6, guard_slots=2))
    device = Exponential(G_min="0.1 uS", G_max="5 uS", pulses_SET=30, beta_SET=1.5, pulses_RESET=20, beta_RESET=-0.8)
    law = changed(two_layers, device=device)
    cases = [case.composition for case in (one_layer, two_layers, three_layers, varied)]
    assert len({programs.key_of(composition) for composition in (*cases, slots, guard, law)}) == 7


def test_what_the_text_does_not_show_changes_the_key(two_layers):
    """Which pulses are recorded, in which order pathways run, where a pair may be passed by."""
    composition = two_layers.composition
    (first, *populations), (layer, *layers) = composition.populations, composition.layers
    pathway, *pathways = layer.pathways

    def with_pathway(**values):
        changed = replace(layer, pathways=(replace(pathway, **values), *pathways))
        return replace(composition, layers=(changed, *layers))

    others = [
        replace(composition, inputs={**composition.inputs, "forward_slots_in": 99}),
        replace(composition, populations=(replace(first, records={}), *populations)),
        with_pathway(order=9),
        with_pathway(guard=("G_plus",)),
        with_pathway(gate_of_lines=True),
        with_pathway(sign="error_polarity_post"),
    ]
    assert all(str(other) == str(composition) for other in others)
    assert len({programs.key_of(other) for other in (composition, *others)}) == 1 + len(others)


def other_noise(patch, tmp_path):
    patch.setattr("pulsenet.text.functions.CPP", "// another")


def other_translation(patch, tmp_path):
    cpp = Expression.cpp
    patch.setattr(Expression, "cpp", lambda self, *own: f"({cpp(self, *own)})")


def another_flag(patch, tmp_path):
    patch.setattr(compiler, "FLAGS", (*compiler.FLAGS, "-O1"))


def another_compiler(patch, tmp_path):
    patch.setattr(compiler, "version_of", lambda path: "g++ 99.0")


def other_version(package):
    def change(patch, tmp_path):
        version = programs.version
        patch.setattr(programs, "version", lambda name: "99" if name == package else version(name))

    return change


def other_machine(name, value):
    return lambda patch, tmp_path: patch.setattr(programs.platform, name, lambda: value)


CHANGES = {
    "the C++ of chance": other_noise,
    "the translation of expressions": other_translation,
    "a flag": another_flag,
    "the compiler": another_compiler,
    **{f"the version of {package}": other_version(package) for package in ("pulsenet", "brian2", "jinja2")},
    "the system": other_machine("system", "Plan 9"),
    "the machine": other_machine("machine", "pdp11"),
    "the C library": other_machine("libc_ver", ("glibc", "99")),
}


@pytest.mark.parametrize("what", CHANGES)
def test_whatever_decides_on_a_program_changes_the_key(varied, tmp_path, what):
    key = programs.key_of(varied.composition)
    with pytest.MonkeyPatch.context() as patch:
        CHANGES[what](patch, tmp_path)
        assert programs.key_of(varied.composition) != key
    assert programs.key_of(varied.composition) == key


def test_the_processor_changes_the_key(one_layer, monkeypatch):
    monkeypatch.setattr(compiler, "_had", lambda: tuple(compiler.PROCESSORS))
    monkeypatch.setattr(compiler.platform, "machine", lambda: "x86_64")
    keys = set()
    for name in compiler.PROCESSORS:
        monkeypatch.setenv("PULSENET_PROCESSOR", name)
        keys.add(programs.key_of(one_layer.composition))
    assert len(keys) == len(compiler.PROCESSORS)


def test_every_source_of_the_engines_and_of_expressions_changes_the_key(one_layer, tmp_path, monkeypatch):
    one = one_layer.composition
    keys = [programs.key_of(one)]
    rooms = tuple(Path(shutil.copytree(room, tmp_path / room.name)) for room in programs.ROOMS)
    monkeypatch.setattr(programs, "ROOMS", rooms)
    assert programs.key_of(one) == keys[0]
    for name in (
        "engines/program/program.cpp",
        "engines/brian/build.py",
        "engines/standalone.py",
        "text/expressions.py",
    ):
        with (tmp_path / name).open("a") as file:
            file.write("\n")
        assert programs.key_of(one) == keys[-1]  # what is loaded is as it was
        programs._sources.cache_clear()
        keys.append(programs.key_of(one))
    assert len(set(keys)) == len(keys)


@pytest.mark.whole
def test_the_key_is_the_same_in_every_process():
    """Whatever order sets have there."""
    code = (
        "from pulsenet import *; from pulsenet.circuit.composition import compose\n"
        "from pulsenet.engines.program.cache import key_of\n"
        "device = Linear(G_min='0 S', G_max='1 uS', pulses_SET=64, pulses_RESET=64)\n"
        "print(key_of(compose(Run(network=Network(layers=[4, 3, 2]), device=device).circuit())))"
    )
    told = [
        subprocess.run([sys.executable, "-c", code], env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True)
        for seed in ("1", "2")
    ]
    assert len(told[0].stdout) == 21 and told[0].stdout == told[1].stdout, told[0].stderr


def test_the_text_holds_all_that_a_program_has_of_the_circuit(two_layers):
    """A circuit of other numbers has the same C++."""
    circuit = replace(two_layers.circuit, chunk_frames=7, slot=3e-7)
    assert source.program_of(compose(circuit)) == source.program_of(two_layers.composition)
