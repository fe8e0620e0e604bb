"""A made-up run in each code, written once per module."""

import pytest
from exported_run import MadeUp

from pulsenet import Trace


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
