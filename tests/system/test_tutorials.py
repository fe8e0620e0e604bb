"""Every tutorial runs as a script, in a folder of its own, and asserts its own headline figure."""

import os
import subprocess
import sys

import pytest
from places import ROOT

pytestmark = pytest.mark.whole

TUTORIALS = sorted((ROOT / "tutorials").glob("*.py"))


@pytest.mark.parametrize("tutorial", TUTORIALS, ids=lambda path: path.stem)
def test_tutorial_runs(tutorial, tmp_path):
    nothing_answers = "http://127.0.0.1:9"  # no test downloads MNIST
    environment = {**os.environ, "MPLBACKEND": "agg", "HTTPS_PROXY": nothing_answers, "https_proxy": nothing_answers}
    done = subprocess.run([sys.executable, tutorial], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def test_there_are_tutorials():
    assert TUTORIALS
