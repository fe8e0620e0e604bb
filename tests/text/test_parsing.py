"""Parsing, one thread at a time."""

import gc
import threading
import time

import pytest

from pulsenet.text.parsing import parsed, parsed_statement


def test_threads_parse_one_after_the_other():
    """Without the lock, threads that change while garbage is collected raise SystemError in Python 3.11."""
    text, failed = "+".join(["(a * b)"] * 200), []

    def give_way(*_):
        time.sleep(0)

    def parse():
        try:
            for _ in range(10):
                parsed(text)
        except SystemError as error:
            failed.append(error)

    thresholds = gc.get_threshold()
    gc.set_threshold(20)
    gc.callbacks.append(give_way)
    try:
        threads = [threading.Thread(target=parse) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        gc.callbacks.remove(give_way)
        gc.set_threshold(*thresholds)
    assert not failed


@pytest.mark.parametrize("text", ["", "a = 1\nb = 2"])
def test_one_statement_is_wanted(text):
    with pytest.raises(ValueError, match="unpack"):
        parsed_statement(text)
