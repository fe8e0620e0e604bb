"""`pulsenet cache`: what is kept, and removing it; never what is not ours."""

import fcntl
import os

import pytest
from command_line import run

KEY, OTHER = "0123456789abcdef0123", "fedcba98765432100000"
PROGRAM = f"{KEY}-{OTHER}.so"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The cache's folder, which is not there yet."""
    monkeypatch.setenv("PULSENET_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "circuits"


@pytest.fixture
def full(folder):
    """A cache with two programs, what a killed build left, what version 0.1 had, and what is not ours."""
    folder.mkdir(parents=True)
    for name in (PROGRAM, f"{OTHER}-{KEY}.so"):
        (folder / name).write_bytes(bytes(1500))
    for name in (f"{OTHER}-a1b2.building", OTHER):
        (folder / name).mkdir()
        (folder / name / "main").write_bytes(bytes(250))
    (folder / f"{OTHER}.lock").touch()
    (folder / "notes.txt").write_text("mine")
    (folder / "thesis").mkdir()
    return folder


def lines(*arguments) -> list[str]:
    result = run("cache", *arguments)
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


@pytest.mark.parametrize("arguments", [[], ["--clear"]])
def test_a_cache_that_does_not_exist_is_no_error(folder, arguments):
    assert lines(*arguments) == [f"folder: {folder}", "it does not exist: no program has been built yet"]
    assert not folder.parent.exists()


@pytest.mark.parametrize("arguments", [[], ["--clear"]])
def test_an_empty_cache(folder, arguments):
    folder.mkdir(parents=True)
    assert lines(*arguments)[:2] == [f"folder: {folder}", "removed: no programs" if arguments else "no programs"]


def test_it_tells_what_is_kept_and_removes_nothing(full):
    before = sorted(full.rglob("*"))
    assert lines() == [
        f"folder: {full}",
        "2 programs, 3 kB",
        "3 files and folders, 500 B, left behind by builds that were killed and by older versions; the next build "
        "removes them",
        "not pulsenet's, and left alone: notes.txt, thesis",
    ]
    assert sorted(full.rglob("*")) == before


def test_one_is_one_and_none_is_none(folder):
    folder.mkdir(parents=True)
    (folder / PROGRAM).write_bytes(bytes(1500))
    assert lines() == [f"folder: {folder}", "1 program, 1.5 kB"]


def test_clear_removes_what_is_ours_and_says_so(full):
    assert lines("--clear") == [
        f"folder: {full}",
        "removed: 2 programs, 3 kB",
        "removed: 3 files and folders, 500 B, left behind by builds that were killed and by older versions",
        "not pulsenet's, and left alone: notes.txt, thesis",
    ]
    assert sorted(path.name for path in full.iterdir()) == ["notes.txt", "thesis"]
    assert lines("--clear")[1] == "removed: no programs"


def test_what_is_being_built_is_left_alone(full):
    descriptor = os.open(full / f"{OTHER}.lock", os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        assert lines()[2] == f"being built now, and left alone: {OTHER}, {OTHER}-a1b2.building, {OTHER}.lock"
        assert lines("--clear")[1] == "removed: 1 program, 1.5 kB"
    finally:
        os.close(descriptor)
    assert not (full / PROGRAM).exists() and (full / f"{OTHER}-a1b2.building" / "main").exists()
    assert lines("--clear")[1:3] == [
        "removed: 1 program, 1.5 kB",
        "removed: 3 files and folders, 500 B, left behind by builds that were killed and by older versions",
    ]


def test_a_cache_that_cannot_be_read_is_told_in_one_line(full, monkeypatch):
    def refuse(self):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr("pathlib.Path.iterdir", refuse)
    result = run("cache")
    assert result.exit_code == 1
    assert result.output == f"error: {full}: cannot be read (Permission denied)\n"


def test_help_is_that_of_a_command():
    result = run("cache", "--help")
    assert result.exit_code == 0 and "PULSENET_CACHE" in result.output and "--clear" in result.output
    assert "  cache " in run("--help").output
    assert run("cache", "--clea").output.startswith("error: No such option")
