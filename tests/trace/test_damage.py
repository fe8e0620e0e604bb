"""Damage is seen, and a resume goes back to before it."""

from __future__ import annotations

import errno
import os
import random
import shutil
from pathlib import Path

import numpy as np
import pytest
from example_run import ExampleRun, describe, finish

from pulsenet.errors import TraceError
from pulsenet.trace import Trace, TraceWriter, files

pytestmark = pytest.mark.whole


def damages(size: int, dice: random.Random):
    """Ways to damage a file of ``size`` bytes: bit flips, cuts, extensions."""
    flips = [*(dice.randrange(size) for _ in range(30)), *range(size - files.SEAL_BYTES, size, 5), 0, 8]
    yield from (
        (f"flip {at}", lambda data, at=at: data[:at] + bytes([data[at] ^ 1 << dice.randrange(8)]) + data[at + 1 :])
        for at in flips
    )
    yield from (
        (f"cut {at}", lambda data, at=at: data[:at])
        for at in [0, 1, 127, 128, size - 1, *(dice.randrange(size) for _ in range(10))]
    )
    yield "longer", lambda data: data + b"\0"
    yield "zeros", lambda data: bytes(len(data))


def refused_or_same(folder: Path, run: ExampleRun) -> bool:
    """Whether the trace was refused; if not, nothing in it may be wrong."""
    try:
        with Trace(folder) as trace:
            for name, values in run.frames.items():
                np.testing.assert_array_equal(trace.frames[name], values)
            for number, (_, taken) in enumerate(run.snapshots):
                np.testing.assert_array_equal(trace.conductance("layer1", number), taken["layer1"])
    except TraceError as error:
        assert "\n" not in str(error)
        return True
    return False


@pytest.mark.parametrize("name", ["trace.h5", "segments/00000000.segment", "segments/00000002.segment"])
def test_damage_is_seen(tmp_path, unfinished, name):
    run = ExampleRun()
    if name == "trace.h5":
        finish(unfinished)
    path = unfinished / name
    intact = path.read_bytes()
    for what, damage in damages(len(intact), random.Random(3)):
        path.write_bytes(damage(intact))
        assert refused_or_same(unfinished, run) or what.startswith("flip"), what
        path.write_bytes(intact)
    assert not refused_or_same(unfinished, run)


def test_flips_of_a_seal_that_pass_do_not_change_a_number(unfinished):
    """Only a minor version that becomes another may pass: it says nothing about the content."""
    finish(unfinished)
    path, passed = unfinished / "trace.h5", []
    intact = path.read_bytes()
    for at in range(len(intact) - files.SEAL_BYTES, len(intact)):
        path.write_bytes(intact[:at] + bytes([intact[at] ^ 1 << at % 8]) + intact[at + 1 :])
        if not refused_or_same(unfinished, ExampleRun()):
            passed.append(at - len(intact) + files.SEAL_BYTES)
    assert set(passed) <= {intact[-files.SEAL_BYTES :].index(b"1.2") + 2}


@pytest.mark.parametrize("change", ["damage", "remove", "swap", "copy", "another run's", "same rows, other numbers"])
def test_resume_goes_back_to_the_newest_intact_commit(tmp_path, unfinished, reference, change, caplog):
    one, two, three = (unfinished / "segments" / f"0000000{number}.segment" for number in (1, 2, 3))
    if change == "damage":
        two.write_bytes(two.read_bytes()[:-200])
    elif change == "remove":
        two.unlink()
    elif change == "swap":
        content = two.read_bytes()
        two.write_bytes(three.read_bytes())
        three.write_bytes(content)
    elif change == "copy":
        shutil.copy(one, two)
    elif change == "same rows, other numbers":
        other = ExampleRun()
        other.frames["label"] = other.frames["label"][::-1]
        shutil.copy(other.write(tmp_path / "other", 7, finish=False) / "segments" / "00000002.segment", two)
    else:
        shutil.copy(
            ExampleRun(seed=2).write(tmp_path / "other", 7, finish=False) / "segments" / "00000002.segment", two
        )
    with pytest.raises(TraceError, match="0000000[23].segment"):
        Trace(unfinished)
    writing, checkpoint = TraceWriter.resume(unfinished, describe())
    writing.close()
    assert int(checkpoint["next_frame"]) == 7 and "continuing after frame 6" in caplog.text
    assert finish(unfinished) == reference


def test_resume_without_its_description(unfinished):
    (unfinished / "segments" / "00000000.segment").unlink()
    with pytest.raises(TraceError, match="00000000.segment: missing"):
        TraceWriter.resume(unfinished, describe())
    with pytest.raises(TraceError, match="unfinished run"):
        TraceWriter.create(unfinished, describe())
    assert len([*(unfinished / "segments").iterdir()]) == 3


def test_an_error_of_the_disk_is_no_damage(unfinished, monkeypatch):
    """A segment that cannot be read now is not dropped as if it were bad."""
    real = files._digest
    calls = iter(range(99))

    def fail(file, length):
        if next(calls) == 2:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(file, length)

    monkeypatch.setattr(files, "_digest", fail)
    with pytest.raises(TraceError, match="Input/output error"):
        TraceWriter.resume(unfinished, describe())
    assert len([*(unfinished / "segments").iterdir()]) == 4


def test_memory_of_the_writer_stays_flat(tmp_path):
    """What a writer keeps does not grow with the number of commits."""
    run = ExampleRun()
    with TraceWriter.create(tmp_path / "run", describe()) as writing:
        kept = []
        for start in range(21):
            writing.commit(run.commit(start, start + 1))
            kept.append(len(repr(vars(writing))))
    assert max(kept[15:]) - kept[11] < 100
