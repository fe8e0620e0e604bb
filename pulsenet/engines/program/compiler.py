"""The C++ compiler: which one, for which processor, and what it is told."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from functools import cache
from pathlib import Path

import numpy as np

from pulsenet.errors import EngineError

#: No -ffast-math and no fused multiply-add: every engine must give the same bits on every machine. Vectorised as with
#: -O3, in two thirds of the time that it takes.
FLAGS = ("-w", "-std=c++17", "-O2", "-ftree-vectorize", "-ffp-contract=off")
#: GCC's own measure of what is worth vectorising; other compilers have none.
_GCC_FLAGS = ("-fvect-cost-model=dynamic",)
#: What processors of x86-64 may have more of; lanes lie across neurons, so the bits stay the same. SSE 4.1, which every
#: one of the last 15 years has, rounds in one instruction.
PROCESSORS = {
    "baseline": ("-msse4.1",),
    "avx2": ("-mavx2",),
    "avx512": ("-mavx512f", "-mavx512vl", "-mavx512dq", "-mavx512bw"),
}
#: NumPy's names for machines that have them: up to version 2.3, and from 2.4 on.
_NAMES = {"avx2": {"AVX2", "X86_V3"}, "avx512": {"AVX512_SKX", "X86_V4"}}
#: Compilers say what is wrong in English, whatever the user's language.
_PLAIN = {"LC_ALL": "C"}
#: Names of the architecture that has them.
_X86_64 = ("x86_64", "amd64")
#: Words in a line of a compiler's, or a linker's, complaint that says what is wrong.
_SAYS_WHY = ("error:", "failed:", "undefined reference", "no space left")


def compiler() -> str | None:
    """Path of the C++ compiler that would be used (the environment variable CXX, else g++), or None."""
    return shutil.which(os.environ.get("CXX", "g++"))


def require_compiler() -> str:
    """The same, where one is needed.

    Raises
    ------
    EngineError
        If there is none.
    """
    found = compiler()
    if found is None:
        missing = os.environ.get("CXX", "g++")
        told = " (the environment variable CXX)" if "CXX" in os.environ else ""
        raise EngineError(
            f"engine 'standalone' needs a C++ compiler, and finds no {missing}{told}: "
            "install g++, or use --engine cython or numpy"
        )
    return found


@cache
def version_of(path: str) -> str:
    """What a compiler says about itself.

    Raises
    ------
    EngineError
        If it is no program that runs here.
    """
    try:
        told = subprocess.run([path, "--version"], capture_output=True, text=True, env=os.environ | _PLAIN)
    except OSError as error:
        raise _cannot_run(path, error) from error
    return told.stdout.partition("\n")[0]


def processor() -> str:
    """The best of `PROCESSORS` that this machine has, or the one that PULSENET_PROCESSOR names.

    Raises
    ------
    EngineError
        If PULSENET_PROCESSOR names none that this machine has.
    """
    had = _had()
    wanted = os.environ.get("PULSENET_PROCESSOR", "")
    if wanted and wanted not in had:
        raise EngineError(f"PULSENET_PROCESSOR = {wanted!r}: this machine has none; allowed: {', '.join(had)}")
    return wanted or had[-1]


def _had() -> tuple[str, ...]:
    """Those of `PROCESSORS` that this machine has, the best last; without x86-64, no more than any other."""
    extensions = np.show_config(mode="dicts").get("SIMD Extensions", {})
    found = {*extensions.get("baseline", ()), *extensions.get("found", ())}
    best = max((number for number, name in enumerate(PROCESSORS) if _NAMES.get(name, set()) & found), default=0)
    return tuple(PROCESSORS)[: best + 1 if platform.machine().lower() in _X86_64 else 1]


def flags() -> tuple[str, ...]:
    """All flags that decide on bits and speed; those of the processor only where there are such processors.

    Raises
    ------
    EngineError
        As `processor` and `require_compiler`.
    """
    is_gcc = "clang" not in version_of(require_compiler()).lower()
    of_processor = PROCESSORS[processor()]  # asked for on every machine, so that a wrong name is refused on every one
    is_x86 = platform.machine().lower() in _X86_64
    return (*FLAGS, *(_GCC_FLAGS if is_gcc else ()), *(of_processor if is_x86 else ()))


def compile_program(source: Path, target: Path) -> None:
    """Compile one file to a shared object.

    Raises
    ------
    EngineError
        If the compiler fails.
    """
    command = [require_compiler(), *flags(), "-shared", "-fPIC", str(source), "-o", str(target)]
    environment = os.environ | _PLAIN | {"TMPDIR": str(target.parent)}  # what a killed build leaves lies there, too
    try:
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace", env=environment
        )
    except OSError as error:
        raise _cannot_run(command[0], error) from error
    try:
        _, complaint = process.communicate()
    except BaseException:
        process.kill()
        process.communicate()
        raise
    if process.returncode:
        errors = [line for line in complaint.splitlines() if any(word in line.lower() for word in _SAYS_WHY)]
        said = (errors or ["no message"])[0].strip()
        raise EngineError(f"the C++ compiler {command[0]} failed on the circuit's program: {said}")


def _cannot_run(path: str, error: OSError) -> EngineError:
    why = error.strerror or error
    return EngineError(f"the C++ compiler {path} cannot be run ({why}): install g++, or use --engine cython or numpy")
