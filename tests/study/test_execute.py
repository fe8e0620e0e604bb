"""One run of a study: it is continued where it was ended, and its samples are read once."""

import threading

import pytest

from pulsenet.errors import TraceError
from pulsenet.study import execute as module
from pulsenet.study import load
from pulsenet.study.execute import execute, samples
from pulsenet.study.points import points
from pulsenet.trace.files import lock, unlock


@pytest.fixture
def point(folder):
    return points(load(folder / "study.toml", {"training.epochs": 3}))[0]


@pytest.mark.whole
def test_a_run_that_was_ended_is_continued_to_the_same_result(point, tmp_path):
    frames = []

    def end(progress):
        if progress.frame:
            raise KeyboardInterrupt

    execute(point, tmp_path / "whole", "standalone")
    with pytest.raises(KeyboardInterrupt):
        execute(point, tmp_path / "ended", "standalone", end)
    assert not (tmp_path / "ended" / "result.json").exists()
    execute(point, tmp_path / "ended", "standalone", lambda progress: frames.append(progress.frame))
    assert 20 <= frames[0] < frames[-1]  # after the first epoch: one more may have become safe when it was ended
    for name in ("result.json", "trace.h5"):
        assert (tmp_path / "ended" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


@pytest.mark.whole
def test_what_cannot_be_continued_begins_anew(point, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "left-over").write_text("")
    execute(point, tmp_path / "run", "standalone")
    assert (tmp_path / "run" / "result.json").exists() and not (tmp_path / "run" / "left-over").exists()


def test_a_run_that_another_process_writes_is_left_alone(point, tmp_path):
    (tmp_path / "run").mkdir()
    held = lock(tmp_path / "run")
    try:
        with pytest.raises(TraceError, match="another process is writing this run"):
            execute(point, tmp_path / "run", "standalone")
    finally:
        unlock(tmp_path / "run", held)


def test_threads_share_samples_that_are_read_once(point, monkeypatch):
    read, given, load_samples = [], [], module.datasets.load
    monkeypatch.setattr(module.datasets, "load", lambda **section: read.append(1) or load_samples(**section))
    module._load.cache_clear()
    threads = [threading.Thread(target=lambda: given.append(samples(point))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    module._load.cache_clear()
    assert len(read) == 1 and len({id(data) for data in given}) == 1
