"""The cache of programs: each is built once, what is damaged is built again, and nothing is left lying about.

Where it does not matter what a program does, it is a tiny one.
"""

import ctypes
import errno
import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from forks import fork
from refusals import refused

from pulsenet import EngineError
from pulsenet.engines.program import build_lock, compiler, source
from pulsenet.engines.program import cache as programs

TINY = 'extern "C" int answer() { return 42; }\n'
#: Keys of circuits that are none of the tests'.
OTHER, THIRD = "0123456789abcdef0123", "fedcba98765432100000"


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """An empty cache, and tiny programs; `built` says how many were."""
    told = tmp_path / "built"
    told.touch()

    def program_of(_):
        with told.open("a") as file:
            file.write(".")
        return TINY

    monkeypatch.setenv("PULSENET_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(source, "program_of", program_of)
    folder = tmp_path / "cache" / "circuits"
    return SimpleNamespace(
        folder=folder, names=lambda: sorted(path.name for path in folder.iterdir()), built=lambda: len(told.read_text())
    )


@pytest.fixture
def one(one_layer):
    return one_layer.composition


# -- built once, and built again ---------------------------------------------------------------------------------------


def test_a_program_is_built_once_and_its_name_says_what_is_in_it(kept, one):
    assert not programs.is_built(one)
    path = programs.program_file(one)
    assert programs.is_built(one) and programs.program_file(one) == path and kept.built() == 1
    image = hashlib.sha256(path.read_bytes()).hexdigest()[:20]
    assert kept.names() == [f"{programs.key_of(one)}-{image}.so"]
    assert ctypes.CDLL(str(path)).answer() == 42


def truncate(path):
    path.write_bytes(path.read_bytes()[:-1])


def turn_a_bit(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def make_a_folder_of_it(path):
    path.unlink()
    path.mkdir()
    (path / "something").touch()


def rename(path):
    """As of another build, with what is in it."""
    path.rename(path.with_name(f"{path.name[:20]}-{THIRD}.so"))


@pytest.mark.parametrize(
    "damage", [truncate, turn_a_bit, lambda path: path.write_bytes(b""), Path.unlink, make_a_folder_of_it, rename]
)
def test_what_is_damaged_is_built_again_without_a_word(kept, one, damage, capfd, recwarn):
    path = programs.program_file(one)
    image = path.read_bytes()
    damage(path)
    assert not programs.is_built(one)
    assert programs.program_file(one) == path and path.read_bytes() == image and kept.built() == 2
    assert kept.names() == [path.name] and capfd.readouterr() == ("", "") and not recwarn.list


def test_asking_removes_nothing(kept, one):
    """Without the lock: another process may have built it again between a look and the removal."""
    path = programs.program_file(one)
    truncate(path)
    assert not programs.is_built(one) and path.exists()


def test_a_program_that_vanishes_while_one_looks_is_not_there(kept, one, monkeypatch):
    programs.program_file(one)
    monkeypatch.setattr(Path, "read_bytes", lambda self: (_ for _ in ()).throw(FileNotFoundError(errno.ENOENT, "gone")))
    assert not programs.is_built(one)


# -- what killed builds and older versions left ------------------------------------------------------------------------


def leave(folder, key) -> list[str]:
    """What a build that was killed leaves, and what version 0.1 had."""
    for name in (f"{key}-a1b2c3.building", key, f"{key}.4711"):
        (folder / name).mkdir(parents=True)
        (folder / name / "main").touch()
    (folder / f"{key}.lock").touch()
    return [f"{key}-a1b2c3.building", key, f"{key}.4711", f"{key}.lock"]


def test_the_next_build_removes_what_was_left_of_its_own_circuit_and_of_others(kept, one):
    leave(kept.folder, programs.key_of(one))
    leave(kept.folder, OTHER)
    path = programs.program_file(one)
    assert kept.names() == [path.name]


def test_what_cannot_be_removed_keeps_nothing_from_being_built(kept, one, monkeypatch):
    """A compiler that outlived its build may still write into the folder."""
    for key in (programs.key_of(one), OTHER):
        leave(kept.folder, key)
    monkeypatch.setattr(programs, "_remove", fails(errno.ENOTEMPTY))
    assert programs.program_file(one).exists()


def test_what_is_not_ours_and_programs_of_others_stay(kept, one):
    others = ["notes.txt", f"{OTHER}-{THIRD}.so", "0123.lock", f"{OTHER}.txt", "my.building"]
    kept.folder.mkdir(parents=True)
    for name in others:
        (kept.folder / name).write_text("mine")
    path = programs.program_file(one)
    assert kept.names() == sorted([*others, path.name])


def test_nothing_is_removed_without_a_build(kept, one):
    programs.program_file(one)
    left = leave(kept.folder, OTHER)
    programs.program_file(one)
    assert set(left) < set(kept.names())


#: Holds a lock until it is killed.
HOLDER = (
    "import fcntl, sys, time; f = open(sys.argv[1], 'a'); fcntl.flock(f, 2); print('held', flush=True); time.sleep(99)"
)


@pytest.fixture
def held(kept):
    """Another process that builds a circuit now."""
    left = leave(kept.folder, OTHER)
    process = subprocess.Popen([sys.executable, "-c", HOLDER, kept.folder / f"{OTHER}.lock"], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"held\n"
    yield SimpleNamespace(names=left, process=process)
    process.kill()
    process.wait()
    process.stdout.close()


def test_what_a_live_process_builds_is_left_alone_until_it_is_killed(kept, held, one):
    path = programs.program_file(one)
    assert kept.names() == sorted([path.name, *held.names])
    held.process.kill()
    held.process.wait()
    path.unlink()
    programs.program_file(one)
    assert kept.names() == [path.name]


@pytest.mark.whole
def test_a_killed_build_leaves_nothing_that_passes_as_a_program(kept, one, monkeypatch):
    def killed(*_):
        os.kill(os.getpid(), signal.SIGKILL)

    with monkeypatch.context() as patch:
        patch.setattr(compiler, "compile_program", killed)
        _, status = os.waitpid(fork(lambda: programs.program_file(one)), 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert [Path(name).suffix for name in kept.names()] == [".building", ".lock"] and not programs.is_built(one)
    path = programs.program_file(one)
    assert kept.names() == [path.name]


def test_an_interrupted_build_leaves_nothing(kept, one, monkeypatch):
    def interrupted(source, target):
        target.write_text("half")
        raise KeyboardInterrupt

    monkeypatch.setattr(compiler, "compile_program", interrupted)
    with pytest.raises(KeyboardInterrupt):
        programs.program_file(one)
    assert kept.names() == []


# -- several at once ---------------------------------------------------------------------------------------------------


@pytest.fixture
def slow(monkeypatch):
    """Builds that last long enough for others to come."""
    compile_program = compiler.compile_program

    def slowly(*arguments):
        time.sleep(0.3)
        compile_program(*arguments)

    monkeypatch.setattr(compiler, "compile_program", slowly)


def test_threads_build_a_circuit_once(kept, one, slow):
    found = []
    threads = [threading.Thread(target=lambda: found.append(programs.program_file(one))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept.built() == 1 and len(found) == 6 and kept.names() == [found[0].name] and len(set(found)) == 1


@pytest.mark.whole
def test_processes_build_a_circuit_once(kept, one, slow):
    children = [fork(lambda: programs.program_file(one)) for _ in range(4)]
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
    assert kept.built() == 1 and kept.names() == [programs.program_file(one).name]


@pytest.mark.whole
def test_two_circuits_are_built_at_the_same_time(kept, one, two_layers, tmp_path, monkeypatch):
    """Each build goes on only when the other is under way, too; neither takes the other's folder for a leftover."""
    compile_program = compiler.compile_program

    def with_the_other(code, target):
        (tmp_path / f"at-{target.parent.name[:20]}").touch()
        give_up = time.monotonic() + 30
        while len([*tmp_path.glob("at-*")]) < 2:
            assert time.monotonic() < give_up
            time.sleep(0.01)
        compile_program(code, target)

    monkeypatch.setattr(compiler, "compile_program", with_the_other)
    children = [
        fork(lambda circuit=circuit: programs.program_file(circuit)) for circuit in (one, two_layers.composition)
    ]
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]
    assert kept.built() == 2 and [Path(name).suffix for name in kept.names()] == [".so", ".so"]


# -- where nothing can be written --------------------------------------------------------------------------------------


def fails(number):
    def call(*_, **__):
        raise OSError(number, os.strerror(number))

    return call


def test_a_cache_that_cannot_be_written_is_used_as_it_is(kept, one, monkeypatch):
    path = programs.program_file(one)
    monkeypatch.setattr(Path, "mkdir", fails(errno.EROFS))
    monkeypatch.setattr(build_lock.os, "open", fails(errno.EROFS))
    assert programs.is_built(one) and programs.program_file(one) == path


def test_a_folder_without_permission_to_write(kept, one):
    path = programs.program_file(one)
    kept.folder.chmod(0o500)
    if os.access(kept.folder, os.W_OK):
        pytest.skip("to this user, everything can be written")
    try:
        assert programs.program_file(one) == path
        path.chmod(0o600)
        truncate(path)
        refused(
            EngineError, lambda: programs.program_file(one), str(kept.folder), "Permission denied", "PULSENET_CACHE"
        )
    finally:
        kept.folder.chmod(0o700)


def a_file_in_its_place(folder, monkeypatch):
    folder.parent.write_text("mine")
    return "Not a directory"


def a_file_for_its_folder(folder, monkeypatch):
    folder.parent.mkdir()
    folder.write_text("mine")
    return "File exists"


def read_only(folder, monkeypatch):
    monkeypatch.setattr(build_lock.os, "open", fails(errno.EROFS))
    return "Read-only file system"


def full_from_the_start(folder, monkeypatch):
    monkeypatch.setattr(programs.tempfile, "mkdtemp", fails(errno.ENOSPC))
    return "No space left on device"


def full_at_the_source(folder, monkeypatch):
    monkeypatch.setattr(Path, "write_text", fails(errno.ENOSPC))
    return "No space left on device"


def full_at_the_end(folder, monkeypatch):
    monkeypatch.setattr(Path, "replace", fails(errno.ENOSPC))
    return "No space left on device"


@pytest.mark.parametrize(
    "trouble",
    [a_file_in_its_place, a_file_for_its_folder, read_only, full_from_the_start, full_at_the_source, full_at_the_end],
)
def test_what_cannot_be_written_is_told_in_one_line(kept, one, trouble):
    with pytest.MonkeyPatch.context() as patch:
        why = trouble(kept.folder, patch)
        refused(
            EngineError, lambda: programs.program_file(one), f"{kept.folder}: ", why, "set PULSENET_CACHE to a folder"
        )
        assert not programs.is_built(one)
    assert not kept.folder.is_dir() or kept.names() == []


def test_a_compiler_that_finds_the_disk_full_leaves_no_program(kept, one, tmp_path, monkeypatch):
    script = tmp_path / "full"
    script.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && exit 0\nfor last; do :; done\necho half > "$last"\n'
        "echo 'ld: final link failed: No space left on device' >&2\necho 'collect2: error: ld returned 1' >&2\nexit 1\n"
    )
    script.chmod(0o755)
    monkeypatch.setenv("CXX", str(script))
    refused(EngineError, lambda: programs.program_file(one), "No space left on device")
    assert kept.names() == [] and not programs.is_built(one)


# -- what is there, and clearing it ------------------------------------------------------------------------------------


def test_contents_and_clearing(kept, held, one):
    path = programs.program_file(one)
    left = leave(kept.folder, THIRD)
    (kept.folder / "notes.txt").write_text("mine")
    found = programs.contents()
    assert found.programs == {path: path.stat().st_size} and [*found.others] == [kept.folder / "notes.txt"]
    assert {path.name for path in found.left_behind} == set(left)
    assert {path.name for path in found.building} == set(held.names)
    removed = programs.clear()
    assert removed == found
    assert kept.names() == sorted([*held.names, "notes.txt"])


def test_sizes_are_of_all_files_of_a_folder(kept):
    (kept.folder / OTHER / "results").mkdir(parents=True)
    for name in ("main", "results/array"):
        (kept.folder / OTHER / name).write_bytes(bytes(100))
    assert programs.contents().left_behind == {kept.folder / OTHER: 200}


def test_a_link_is_removed_and_not_what_it_leads_to(kept, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").touch()
    kept.folder.mkdir(parents=True)
    (kept.folder / OTHER).symlink_to(tmp_path / "mine")
    programs.clear()
    assert kept.names() == [] and (tmp_path / "mine" / "thesis.txt").exists()


def test_without_a_cache_there_is_nothing(kept):
    nothing = programs.Contents({}, {}, {}, {})
    assert programs.contents() == nothing and programs.clear() == nothing and not kept.folder.exists()


def test_a_program_that_is_loaded_goes_on_without_its_file(kept, one):
    library = ctypes.CDLL(str(programs.program_file(one)))
    programs.clear()
    assert library.answer() == 42


def test_what_cannot_be_removed_is_told_in_one_line(kept, one, monkeypatch):
    programs.program_file(one)
    monkeypatch.setattr(Path, "unlink", fails(errno.EACCES))
    refused(EngineError, programs.clear, str(kept.folder), "Permission denied")
