"""Every tutorial runs as a script, in a folder of its own, and asserts its own headline figure."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TUTORIALS = sorted((Path(__file__).parents[1] / "tutorials").glob("*.py"))


@pytest.mark.parametrize("tutorial", TUTORIALS, ids=lambda path: path.stem)
def test_tutorial_runs(tutorial, tmp_path):
    environment = {**os.environ, "MPLBACKEND": "agg"}
    done = subprocess.run([sys.executable, tutorial], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def test_there_are_tutorials():
    assert TUTORIALS
