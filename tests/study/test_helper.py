"""Processes that do runs: what they raise arrives here, and none is left."""

import os
import signal
import threading
import time

import pytest

from pulsenet.errors import ConfigError, EngineError
from pulsenet.study import load
from pulsenet.study.helper import Helpers
from pulsenet.study.points import points

pytestmark = pytest.mark.whole


@pytest.fixture
def helpers():
    helpers = Helpers()
    yield helpers
    helpers.end()


@pytest.fixture
def point(folder):
    return points(load(folder / "study.toml", {"training.epochs": 10_000}))[0]


def test_one_process_does_run_after_run_and_says_what_they_raise(helpers, point, folder, tmp_path):
    with pytest.raises(EngineError, match="^run: engine = 'steam' is not known"):
        helpers.execute(point, str(tmp_path / "run"), "steam")
    short = points(load(folder / "study.toml"))[0]
    helpers.execute(short, str(tmp_path / "run"), "numpy")
    assert (tmp_path / "run" / "result.json").exists() and len(helpers._started) == 1


@pytest.mark.parametrize("killed", [False, True], ids=["told to end", "killed"])
def test_a_process_ends_in_the_middle_of_a_run(helpers, point, tmp_path, killed):
    raised = []

    def execute():
        try:
            helpers.execute(point, str(tmp_path / "run"), "numpy")
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=execute)
    thread.start()
    while not list(tmp_path.glob("run/*")):
        time.sleep(0.01)
    if killed:
        os.kill(helpers._started[0].process.pid, signal.SIGKILL)
    else:
        helpers.end()
    thread.join()
    assert isinstance(raised[0], EngineError if killed else KeyboardInterrupt)
    assert not killed or "the process of this run ended with code -9" in str(raised[0])
    assert helpers._started[0].process.poll() is not None


def test_a_class_of_the_script_itself_is_told(helpers, monkeypatch):
    class Own:
        folder = "own"

    Own.__module__, Own.__qualname__ = "__main__", "Own"
    monkeypatch.setattr("__main__.Own", Own, raising=False)
    with pytest.raises(ConfigError, match="own: a class of the script itself cannot go to another process"):
        helpers.execute(Own(), "own", "numpy")
    assert not helpers._started
