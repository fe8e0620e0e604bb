"""Runs that several tests start from."""

from pathlib import Path

import pytest
from example_run import ExampleRun


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
