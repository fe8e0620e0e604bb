"""A made-up run in each code, written once per module."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for exported_run, whatever way pytest imports test files

from exported_run import MadeUp  # noqa: E402

from pulsenet import Trace  # noqa: E402


@pytest.fixture(scope="module", params=["width", "count"])
def run(request, tmp_path_factory):
    """A made-up run, and the folder of its trace."""
    made_up = MadeUp(request.param)
    made_up.folder = made_up.write(tmp_path_factory.mktemp(request.param) / "run")
    return made_up


@pytest.fixture
def trace(run):
    with Trace(run.folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return MadeUp("width").write(tmp_path_factory.mktemp("one") / "run")
