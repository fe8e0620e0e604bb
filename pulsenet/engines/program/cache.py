"""Programs of circuits, kept in the user's cache: one file each, whose name says what is in it.

A file is called after the key of its circuit and the SHA-256 of its bytes. So a file that is damaged, cut short or
empty is known for what it is, and built again. A build works in a folder of its own, and holds the lock of its key;
what lies there without a lock that is held is left of a build that was killed, and the next build removes it.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from platformdirs import user_cache_path

from pulsenet.circuit.composition import Composition
from pulsenet.engines.program import compiler
from pulsenet.engines.program.build_lock import is_held, locked
from pulsenet.errors import EngineError

#: Rooms of the package whose text decides what a program does, besides the composition: what they do with it.
ROOMS = (Path(__file__).parents[1], Path(__file__).parents[2] / "text")
#: Endings of a program, of the folder in which one is built, and of the lock that keeps others out meanwhile.
PROGRAM, BUILDING, LOCK = ".so", ".building", ".lock"
_KEY = "[0-9a-f]{20}"
_IS_PROGRAM = re.compile(rf"({_KEY})-[0-9a-f]{{20}}{re.escape(PROGRAM)}")
#: The last two are version 0.1's: the folder of a program, and that of a build by its process.
_IS_LEFT = re.compile(rf"({_KEY})(-\w+{re.escape(BUILDING)}|{re.escape(LOCK)}||\.\d+)")


@dataclass(frozen=True)
class Contents:
    """What is in the cache; files and folders, with their sizes in bytes.

    Attributes
    ----------
    programs : dict of Path to int
    left_behind : dict of Path to int
        By builds that were killed, and by older versions.
    building : dict of Path to int
        What live processes are building now.
    others : dict of Path to int
        What is none of ours.
    """

    programs: dict[Path, int]
    left_behind: dict[Path, int]
    building: dict[Path, int]
    others: dict[Path, int]


def cache_folder() -> Path:
    """Where programs are kept: the environment variable PULSENET_CACHE, else the user's cache."""
    return Path(os.environ.get("PULSENET_CACHE") or user_cache_path("pulsenet")) / "circuits"


def is_built(composition: Composition) -> bool:
    """Whether a circuit's program is there already."""
    return compiler.compiler() is not None and _find(key_of(composition)) is not None


def program_file(composition: Composition) -> Path:
    """The shared object of a circuit, built now if it is not there yet; once, however many ask for it.

    Raises
    ------
    EngineError
        If there is no compiler, compiling fails, or the cache cannot be written.
    """
    compiler.require_compiler()
    key, folder = key_of(composition), cache_folder()
    found = _find(key)
    if found:
        return found
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder / f"{key}{LOCK}", wait=True):
            return _find(key) or _build(composition, key)
    except OSError as error:
        raise EngineError(
            f"{folder}: programs cannot be kept here ({error.strerror or error}); "
            "set PULSENET_CACHE to a folder that can be written"
        ) from error


def contents() -> Contents:
    """What is in the cache.

    Raises
    ------
    EngineError
        If its folder is there, and cannot be read.
    """
    folder, found = cache_folder(), Contents({}, {}, {}, {})
    try:
        paths = sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        raise EngineError(f"{folder}: cannot be read ({error.strerror or error})") from error
    for path in paths:
        left = _IS_LEFT.fullmatch(path.name)
        if left:
            of_its_kind = found.building if is_held(folder / f"{left[1]}{LOCK}") else found.left_behind
        else:
            of_its_kind = found.programs if _IS_PROGRAM.fullmatch(path.name) else found.others
        of_its_kind[path] = _size_of(path)
    return found


def clear() -> Contents:
    """Remove programs and what was left behind; runs that have a program loaded go on.

    Returns
    -------
    Contents
        What was removed, and what stays: what others build now, and what is none of ours.

    Raises
    ------
    EngineError
        If something cannot be removed.
    """
    folder, found = cache_folder(), contents()
    removed = Contents({}, {}, found.building, found.others)
    try:
        for key in _keys([*found.programs, *found.left_behind]):
            with locked(folder / f"{key}{LOCK}", wait=False) as is_ours:
                for kind in ("programs", "left_behind"):
                    for path, size in getattr(found, kind).items():
                        if is_ours and path.name.startswith(key):
                            _remove(path)
                            getattr(removed, kind)[path] = size
    except OSError as error:
        raise EngineError(f"{folder}: cannot be cleared ({error.strerror or error}); remove it by hand") from error
    return removed


def key_of(composition: Composition) -> str:
    """Hash of all that decides what a program does, or whether it runs here.

    The composition's text holds the C++ of its functions; the files of the rooms say what becomes of the rest. Of the
    circuit behind it, a program has nothing that is not in there.
    """
    parts = [repr(composition), str(composition), _sources(ROOMS)]
    parts += [f"{package} {version(package)}" for package in ("pulsenet", "brian2", "jinja2")]
    parts += [compiler.version_of(compiler.require_compiler()), *compiler.flags()]
    parts += [platform.system(), platform.machine(), *platform.libc_ver()]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:20]


@cache  # as they were when the process first asked: what it has loaded is not changed by an edit
def _sources(rooms: tuple[Path, ...]) -> str:
    """Hash of the files of rooms."""
    files = [(room, path) for room in rooms for path in sorted(room.rglob("*")) if path.suffix in (".py", ".cpp")]
    texts = [(path.relative_to(room).as_posix(), path.read_text(encoding="utf-8")) for room, path in files]
    return hashlib.sha256(repr(texts).encode()).hexdigest()


def _find(key: str) -> Path | None:
    """The intact program of a key. What is not intact stays: without the lock, it may be whole when it is removed."""
    for path in cache_folder().glob(f"{key}-*{PROGRAM}"):
        with suppress(OSError):  # it is gone already, or no file
            if path.stem == _name(key, path.read_bytes()):
                return path
    return None


def _name(key: str, image: bytes) -> str:
    return f"{key}-{hashlib.sha256(image).hexdigest()[:20]}"


def _build(composition: Composition, key: str) -> Path:
    """Build aside, then rename: a file of a program's name is always complete."""
    from pulsenet.engines.program.source import program_of

    folder = cache_folder()
    _tidy_up(folder, key)
    with tempfile.TemporaryDirectory(
        prefix=f"{key}-", suffix=BUILDING, dir=folder, ignore_cleanup_errors=True
    ) as aside:
        source, target = Path(aside) / "program.cpp", Path(aside) / f"program{PROGRAM}"
        source.write_text(program_of(composition), encoding="utf-8")
        compiler.compile_program(source, target)
        return target.replace(folder / f"{_name(key, target.read_bytes())}{PROGRAM}")


def _tidy_up(folder: Path, key: str) -> None:
    """Remove what is left of the key whose lock we hold, damaged programs too, and of those whose lock nobody holds.

    What cannot be removed stays for the next build: it may be another user's, or a compiler that outlived its build may
    still write there.
    """
    paths = list(folder.iterdir())
    left = [path for path in paths if _IS_LEFT.fullmatch(path.name)]
    for path in paths:
        damaged = _IS_PROGRAM.fullmatch(path.name)  # or there would be nothing to build
        if path.name.startswith(key) and (damaged or path in left) and path.suffix != LOCK:
            with suppress(OSError):
                _remove(path)
    for other in _keys(left) - {key}:
        with suppress(OSError), locked(folder / f"{other}{LOCK}", wait=False) as is_ours:
            for path in left:
                if is_ours and path.name.startswith(other):
                    _remove(path)


def _keys(paths: Iterable[Path]) -> set[str]:
    return {path.name[:20] for path in paths}


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _size_of(path: Path) -> int:
    """Bytes of a file, or of all files of a folder."""
    size = 0
    for file in [path, *path.rglob("*")]:
        with suppress(OSError):  # gone meanwhile
            size += 0 if file.is_dir() else file.lstat().st_size
    return size
