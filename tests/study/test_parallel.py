"""The pool of threads: what ends, what is given up, and what is raised, when a run fails or Ctrl-C is pressed."""

import threading
from types import SimpleNamespace

import pytest

from pulsenet.errors import ConfigError, EngineError
from pulsenet.study import parallel

NAMES = ["first", "long", "longer", "last"]


@pytest.fixture
def ended(monkeypatch):
    """Runs that last until they are told to end; the first is over when the two others of three workers are on."""
    ended, begun = [], threading.Barrier(3)

    def execute(point, folder, engine, watch):
        if point.folder != "last":
            begun.wait(timeout=60)
        if point.folder == "first":
            if engine_fails:
                raise EngineError("first: failed")
            return
        try:
            while True:
                watch(None)
        except KeyboardInterrupt:
            ended.append(point.folder)
            raise

    engine_fails = []
    monkeypatch.setattr(parallel, "execute", execute)
    return SimpleNamespace(names=ended, fails=engine_fails)


def run(tmp_path):
    points = [SimpleNamespace(folder=name, training="on-chip") for name in NAMES]
    parallel.run_all(points, tmp_path, dict.fromkeys(NAMES, "standalone"), 3)


def test_the_first_error_is_raised_and_ends_the_others(ended, tmp_path):
    ended.fails.append(True)
    before = set(threading.enumerate())  # Dask, where another test has used it, leaves some
    with pytest.raises(EngineError, match="first: failed"):
        run(tmp_path)
    assert {"long", "longer"} <= set(ended.names)
    left = set(threading.enumerate()) - before
    assert not [thread for thread in left if "ThreadPoolExecutor" in thread.name]


def test_ctrl_c_ends_the_runs_and_begins_no_other(ended, tmp_path, monkeypatch):
    class Bar(parallel.tqdm):
        def update(self):
            raise KeyboardInterrupt

    monkeypatch.setattr(parallel, "tqdm", Bar)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path)
    assert {"long", "longer"} <= set(ended.names)


@pytest.mark.parametrize(("training", "engines"), [("software", {}), ("on-chip", {"own": "numpy"})])
def test_a_class_of_the_script_itself_stays_in_this_process(monkeypatch, tmp_path, training, engines):
    """In software it can; Brian2 cannot do two runs at a time here."""
    done = []
    monkeypatch.setattr(parallel, "can_be_sent", lambda point: False)
    monkeypatch.setattr("pulsenet.study.helper.can_be_sent", lambda point: False)
    monkeypatch.setattr(parallel, "execute", lambda point, *_: done.append(point.folder))
    points = [SimpleNamespace(folder=name, training=training) for name in ("own", "other")]
    if engines:
        with pytest.raises(ConfigError, match="own: a class of the script itself cannot go to another process"):
            parallel.run_all(points, tmp_path, {"other": "standalone", **engines}, 2)
    else:
        parallel.run_all(points, tmp_path, {}, 2)
        assert sorted(done) == ["other", "own"]


def test_there_are_as_many_workers_as_processors_and_no_more_than_runs(monkeypatch):
    assert parallel.processors() >= 1
    asked = []
    monkeypatch.setattr(parallel, "processors", lambda: 5)
    monkeypatch.setattr(
        parallel, "_run_in_threads", lambda points, folder, engines, workers, bar: asked.append(workers)
    )
    for count in (3, 9):
        parallel.run_all([SimpleNamespace(folder=str(n)) for n in range(count)], None, {}, None)
    assert asked == [3, 5]
