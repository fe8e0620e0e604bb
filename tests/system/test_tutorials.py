"""Every tutorial runs as a script, in a folder of its own, and asserts its own headline figure.

All but one run in a fork of this process, which has imported already what each would import for three seconds.
"""

import os
import runpy
import subprocess
import sys

import pytest
from faults import in_child
from places import ROOT

pytestmark = pytest.mark.whole

TUTORIALS = sorted((ROOT / "tutorials").glob("*.py"))
STARTED = "07_variants_of_your_own"  # as a user starts it: what it imports lies beside it
FORKED = [path for path in TUTORIALS if path.stem != STARTED]
NOTHING_ANSWERS = "http://127.0.0.1:9"  # no test downloads MNIST
ENVIRONMENT = {"MPLBACKEND": "agg", "HTTPS_PROXY": NOTHING_ANSWERS, "https_proxy": NOTHING_ANSWERS}


def test_a_tutorial_that_is_started_runs(tmp_path):
    command = [sys.executable, ROOT / "tutorials" / f"{STARTED}.py"]
    done = subprocess.run(command, cwd=tmp_path, env=os.environ | ENVIRONMENT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def run_here(tutorial, folder, told):
    descriptor = os.open(told, os.O_WRONLY | os.O_CREAT)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    sys.stdout, sys.stderr = (os.fdopen(stream, "w", closefd=False) for stream in (1, 2))
    os.environ |= ENVIRONMENT
    os.chdir(folder)
    runpy.run_path(str(tutorial), run_name="__main__")


@pytest.mark.parametrize("tutorial", FORKED, ids=lambda path: path.stem)
def test_tutorial_runs(tutorial, tmp_path):
    told = tmp_path / "told"
    process = in_child(run_here, tutorial, tmp_path, told)
    process.join()
    assert process.exitcode == 0, told.read_text()[-2000:]


def test_there_are_tutorials():
    assert len(FORKED) + 1 == len(TUTORIALS) > 1
