"""The lock of a build: one holds it at a time, though its file comes and goes."""

import fcntl
import os
import threading
import time

import pytest
from forks import fork

from pulsenet.engines.program.build_lock import is_held, locked


def test_it_is_held_by_one_at_a_time_and_leaves_no_file(tmp_path):
    path = tmp_path / "some.lock"
    with locked(path, wait=True) as first, locked(path, wait=False) as second:
        assert first and not second and is_held(path)
    assert not is_held(path) and not path.exists()


def test_asking_writes_nothing(tmp_path):
    assert not is_held(tmp_path / "some.lock") and not list(tmp_path.iterdir())


def test_a_file_without_a_holder_is_no_lock(tmp_path):
    path = tmp_path / "some.lock"
    path.touch()
    assert not is_held(path) and path.exists()
    with locked(path, wait=False) as ours:
        assert ours


def test_who_waited_for_a_file_that_is_gone_waits_for_the_new_one(tmp_path):
    """The holder removes the file; another makes a new one and holds it: the first in line must not pass."""
    path, order = tmp_path / "some.lock", []

    def wait_in_line():
        with locked(path, wait=True):
            order.append("waiter")

    old = os.open(path, os.O_RDWR | os.O_CREAT)
    fcntl.flock(old, fcntl.LOCK_EX)
    waiter = threading.Thread(target=wait_in_line)
    waiter.start()
    time.sleep(0.2)  # until it waits
    path.unlink()
    with locked(path, wait=False) as ours:
        assert ours
        os.close(old)
        time.sleep(0.2)  # in which it would pass
        order.append("holder")
    waiter.join()
    assert order == ["holder", "waiter"]


def test_a_file_in_the_place_of_ours_is_left_alone(tmp_path):
    path = tmp_path / "some.lock"
    with locked(path, wait=True):
        path.unlink()
        path.touch()
    assert path.exists()


@pytest.mark.parametrize("forked", [False, True])
def test_nobody_is_inside_with_another(tmp_path, forked):
    path, inside, times = tmp_path / "some.lock", tmp_path / "inside", 60

    def come_and_go():
        for _ in range(times):
            with locked(path, wait=True):
                os.close(os.open(inside, os.O_CREAT | os.O_EXCL))  # fails if another is there
                with (tmp_path / "told").open("a") as file:
                    file.write(".")
                inside.unlink()

    if forked:
        children = [fork(come_and_go) for _ in range(4)]
        assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
    else:
        threads = [threading.Thread(target=come_and_go) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (tmp_path / "told").read_text() == "." * 4 * times and not path.exists()


def test_what_cannot_be_written_says_so(tmp_path):
    with pytest.raises(FileNotFoundError), locked(tmp_path / "nowhere" / "some.lock", wait=True):
        pass
