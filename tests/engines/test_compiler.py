"""The compiler and its flags: what the processor has, and nothing that changes a bit."""

import os
import platform

import numpy as np
import pytest
from cases import Case
from refusals import refused
from same import assert_same

from pulsenet import EngineError
from pulsenet.engines.program import compiler

#: What NumPy says of processors: up to version 2.3, and from 2.4 on.
OLD = ["SSSE3", "SSE41", "POPCNT", "SSE42", "AVX", "F16C", "FMA3"]
SAID = [
    ({"baseline": ["SSE", "SSE2", "SSE3"], "found": OLD[:4], "not found": ["AVX", "AVX2", "AVX512_SKX"]}, "baseline"),
    ({"baseline": ["SSE", "SSE2", "SSE3"], "found": [*OLD, "AVX2"], "not found": ["AVX512F", "AVX512_SKX"]}, "avx2"),
    ({"baseline": ["SSE"], "found": [*OLD, "AVX2", "AVX512F", "AVX512CD"], "not found": ["AVX512_SKX"]}, "avx2"),
    ({"baseline": ["SSE"], "found": [*OLD, "AVX2", "AVX512F", "AVX512CD", "AVX512_SKX"]}, "avx512"),
    ({"baseline": ["SSE", *OLD, "AVX2"], "not found": ["AVX512_SKX"]}, "avx2"),
    ({"baseline": ["X86_V2"], "not found": ["X86_V3", "X86_V4", "AVX512_ICL"]}, "baseline"),
    ({"baseline": ["X86_V2"], "found": ["X86_V3"], "not found": ["X86_V4", "AVX512_ICL", "AVX512_SPR"]}, "avx2"),
    ({"baseline": ["X86_V2"], "found": ["X86_V3", "X86_V4", "AVX512_ICL"], "not found": ["AVX512_SPR"]}, "avx512"),
    ({"baseline": ["X86_V4"]}, "avx512"),
    ({}, "baseline"),
]


@pytest.fixture
def machine(monkeypatch):
    """Makes this machine another: what NumPy says of its processor, its name, and its compiler's version."""

    def become(said=None, name="x86_64", version="g++ (Debian) 12.2.0"):
        told = {} if said is None else {"SIMD Extensions": said}
        monkeypatch.setattr(np, "show_config", lambda mode: told)
        monkeypatch.setattr(platform, "machine", lambda: name)
        monkeypatch.setattr(compiler, "version_of", lambda path: version)
        monkeypatch.delenv("PULSENET_PROCESSOR", raising=False)
        return monkeypatch

    return become


@pytest.mark.parametrize(("said", "best"), SAID)
def test_the_best_that_the_machine_has_is_taken(machine, said, best):
    machine(said)
    assert compiler.processor() == best
    assert compiler.flags()[-len(compiler.PROCESSORS[best]) :] == compiler.PROCESSORS[best]


def test_a_numpy_that_says_nothing_of_processors(machine):
    machine(None)
    assert compiler.processor() == "baseline"


def test_another_may_be_named(machine):
    patch = machine(SAID[3][0])
    for name in compiler.PROCESSORS:
        patch.setenv("PULSENET_PROCESSOR", name)
        assert compiler.processor() == name and set(compiler.PROCESSORS[name]) <= set(compiler.flags())
    patch.setenv("PULSENET_PROCESSOR", "")
    assert compiler.processor() == "avx512"


@pytest.mark.parametrize("name", ["avx512", "AVX2", "fast"])
def test_one_that_the_machine_lacks_is_refused(machine, name):
    machine(SAID[1][0]).setenv("PULSENET_PROCESSOR", name)
    refused(EngineError, compiler.flags, f"PULSENET_PROCESSOR = '{name}'", "allowed: baseline, avx2")


@pytest.mark.parametrize("name", ["aarch64", "arm64", "ppc64le", "riscv64"])
def test_other_architectures_get_no_flags_of_x86(machine, name):
    patch = machine({"baseline": ["NEON", "ASIMD"]}, name, "Apple clang version 15.0.0 (clang-1500.3.9.4)")
    assert compiler.flags() == compiler.FLAGS
    patch.setenv("PULSENET_PROCESSOR", "avx2")
    refused(EngineError, compiler.flags, "PULSENET_PROCESSOR = 'avx2'", "allowed: baseline")


def test_the_architecture_has_two_names(machine):
    machine(SAID[1][0], "AMD64")
    assert "-mavx2" in compiler.flags()


@pytest.mark.parametrize(
    ("version", "is_gcc"),
    [
        ("g++ (Debian 12.2.0-14) 12.2.0", True),
        ("c++ (GCC) 15.1.0", True),
        ("Apple clang version 15.0.0 (clang-1500.3.9.4)", False),
        ("Debian clang version 14.0.6", False),
    ],
)
def test_what_gcc_alone_knows_is_told_to_gcc_alone(machine, version, is_gcc):
    machine(SAID[1][0], version=version)
    assert (set(compiler._GCC_FLAGS) <= set(compiler.flags())) == is_gcc
    assert set(compiler.FLAGS) <= set(compiler.flags())


def test_no_flag_lets_a_compiler_round_in_another_way():
    told = " ".join(
        [*compiler.FLAGS, *compiler._GCC_FLAGS, *(flag for some in compiler.PROCESSORS.values() for flag in some)]
    )
    assert "-ffp-contract=off" in told
    assert not any(word in told for word in ("fast", "unsafe", "-Ofast", "-mfma", "native"))


# -- compilers that fail -----------------------------------------------------------------------------------------------


@pytest.fixture
def pretended(tmp_path, monkeypatch):
    """Makes CXX a script."""

    def make(text):
        path = tmp_path / "pretended"
        path.write_text(text)
        path.chmod(0o755)
        monkeypatch.setenv("CXX", str(path))
        (tmp_path / "program.cpp").write_text("int none;\n")
        return lambda: compiler.compile_program(tmp_path / "program.cpp", tmp_path / "program.so")

    return make


@pytest.mark.parametrize(
    ("complaint", "line"),
    [
        (
            "program.cpp: In function 'void layer1_error()':\nprogram.cpp:3:1: error: no such thing",
            "3:1: error: no such",
        ),
        ("warned\ng++: fatal error: Killed signal terminated program cc1plus", "Killed signal"),
        ("ld: final link failed: No space left on device\ncollect2: error: ld returned 1", "No space left on device"),
        ("program.cpp:(.text+0x1): undefined reference to `f()'\ncollect2: error: ld returned 1", "`f()'"),
        ("", "no message"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(pretended, tmp_path, complaint, line):
    (tmp_path / "complaint").write_text(complaint)
    compile_it = pretended(f"#!/bin/sh\n[ $1 = --version ] && exit\ncat {tmp_path}/complaint >&2\nexit 1\n")
    refused(EngineError, compile_it, "pretended", "failed on the circuit's program", line)


def test_a_compiler_that_is_no_program_is_refused(pretended):
    compile_it = pretended("\x7fELF and no more")
    refused(EngineError, compile_it, "pretended", "cannot be run", "install g++")


def test_compilers_speak_english_and_leave_their_files_where_the_build_is(pretended, tmp_path, monkeypatch):
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    compile_it = pretended(f'#!/bin/sh\necho "$LC_ALL $TMPDIR" > {tmp_path}/told\n')
    compile_it()
    assert (tmp_path / "told").read_text() == f"C {tmp_path}\n" and os.environ["LC_ALL"] == "de_DE.UTF-8"


# -- the same bits -----------------------------------------------------------------------------------------------------


@pytest.mark.whole
def test_every_processor_gives_the_same_bits(varied, monkeypatch):
    had = compiler._had()
    if len(had) == 1:
        pytest.skip("this machine has one kind only")
    results, paths = [], set()
    for name in had:
        monkeypatch.setenv("PULSENET_PROCESSOR", name)
        case = Case(varied.run, varied.frames)
        results.append(case.simulate("standalone"))
        paths.add(case.engine("standalone").path)
    assert len(paths) == len(had)
    for result in results[1:]:
        assert_same(result, results[0])
