"""Runs that several tests start from."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for example_run, whatever way pytest imports test files

from example_run import ExampleRun  # noqa: E402


@pytest.fixture(scope="module")
def reference(tmp_path_factory) -> bytes:
    """The bytes of the finished run, which every interrupted one must reach."""
    return ExampleRun().write(tmp_path_factory.mktemp("reference") / "run", 4).read_bytes()


@pytest.fixture
def unfinished(tmp_path) -> Path:
    """A run of which all frames are committed, in three commits."""
    return ExampleRun().write(tmp_path / "run", 7, finish=False)


_figures: list[tuple[str, str]] = []


@pytest.fixture
def figure():
    """A function of (what, how much): a row of the table that is printed after the tests."""
    return lambda what, found: _figures.append((what, str(found)))


def pytest_terminal_summary(terminalreporter):
    if _figures:
        terminalreporter.section("durability")
        wide = max(len(what) for what, _ in _figures)
        for what, found in _figures:
            terminalreporter.write_line(f"{what:<{wide}}  {found}")
