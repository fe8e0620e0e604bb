"""Programs of circuits, kept in the user's cache: one file each, whose name says what is in it.

A file is called after the key of its circuit and the SHA-256 of its bytes. So a file that is damaged, cut short or
empty is known for what it is, and built again.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock
from platformdirs import user_cache_path

from pulsenet.circuit.composition import Composition
from pulsenet.engines.program import compiler
from pulsenet.errors import EngineError

#: Ending of a program, and of what is left of a build that was killed.
PROGRAM, BUILDING, LOCK = ".so", ".building", ".lock"
#: A build that began longer ago than this, in seconds, is not under way any more.
_LONGEST_BUILD = 3600.0


def cache_folder() -> Path:
    """Where programs are kept: the environment variable PULSENET_CACHE, else the user's cache."""
    return Path(os.environ.get("PULSENET_CACHE") or user_cache_path("pulsenet")) / "circuits"


def is_built(composition: Composition) -> bool:
    """Whether a circuit's program is there already."""
    return compiler.compiler() is not None and _find(key_of(composition)) is not None


def program_file(composition: Composition) -> Path:
    """The shared object of a circuit, built now if it is not there yet.

    Raises
    ------
    EngineError
        If there is no compiler, compiling fails, or the cache cannot be written.
    """
    compiler.require_compiler()
    key = key_of(composition)
    found = _find(key)
    if found:
        return found
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f"{key}{LOCK}"):
            return _find(key) or _build(composition, key)
    except OSError as error:
        raise EngineError(
            f"{folder}: programs cannot be kept here ({error.strerror or error}); "
            "set PULSENET_CACHE to a folder that can be written"
        ) from error


def contents() -> list[Path]:
    """All that is in the cache: programs, and what was left behind."""
    folder = cache_folder()
    return sorted(folder.iterdir()) if folder.is_dir() else []


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files of a folder."""
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return path.stat().st_size


def clear() -> None:
    """Remove everything from the cache. Runs that have a program loaded go on."""
    for path in contents():
        _remove(path)


def key_of(composition: Composition) -> str:
    """Hash of all that decides what a program does, or whether it runs here.

    The composition's text holds the C++ of its functions; the files of the engines say what becomes of the rest.
    """
    engines = Path(__file__).parents[1]
    parts = [repr(composition), str(composition)]
    parts += [file.read_text(encoding="utf-8") for file in sorted(engines.rglob("*")) if file.suffix in (".py", ".cpp")]
    parts += [f"{package} {version(package)}" for package in ("pulsenet", "brian2", "jinja2")]
    parts += [
        compiler.version_of(compiler.require_compiler()),
        *compiler.flags(),
        os.uname().sysname,
        os.uname().machine,
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:20]


def _find(key: str) -> Path | None:
    """The intact program of a key; what is not intact is removed, if it can be."""
    for path in cache_folder().glob(f"{key}-*{PROGRAM}"):
        if path.stem == _name(key, path.read_bytes()):
            return path
        try:
            path.unlink(missing_ok=True)
        except OSError:  # a cache that cannot be written; building will say so
            pass
    return None


def _name(key: str, image: bytes) -> str:
    return f"{key}-{hashlib.sha256(image).hexdigest()[:20]}"


def _build(composition: Composition, key: str) -> Path:
    """Build aside, then rename: a file of a program's name is always complete."""
    from pulsenet.engines.program.source import program_of

    folder = cache_folder()
    _remove_left_behind(key)
    with tempfile.TemporaryDirectory(
        prefix=f"{key}-", suffix=BUILDING, dir=folder, ignore_cleanup_errors=True
    ) as aside:
        source, target = Path(aside) / "program.cpp", Path(aside) / f"program{PROGRAM}"
        source.write_text(program_of(composition), encoding="utf-8")
        compiler.compile_program(source, target)
        path = folder / f"{_name(key, target.read_bytes())}{PROGRAM}"
        return target.replace(path)


def _remove_left_behind(key: str) -> None:
    """Remove what killed builds left: of this key, whose lock keeps out any other, or long ago."""
    for path in contents():
        building = path.name.endswith(BUILDING)
        if building and (path.name.startswith(key) or time.time() - path.stat().st_mtime > _LONGEST_BUILD):
            _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
