"""Power cuts: what is not synced may be lost, torn, or there; whatever it is, the run goes on from what was safe.

The model is harsher than a journalling file system: of the changes to a folder since it was last synced, any subset may
have reached the disk; of the content of a file since it was last synced, any beginning, followed by zeros.
"""

from __future__ import annotations

import os
import random
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from example_run import ExampleRun, describe, finish

from pulsenet.errors import TraceError
from pulsenet.trace import Trace, TraceWriter

pytestmark = pytest.mark.whole


class Disk:
    """Follows what ``os`` does below a folder, and knows what a power cut could leave of it."""

    def __init__(self, root: Path, monkeypatch, dice: random.Random) -> None:
        self.root, self.dice = root, dice
        self.names: dict[Path, int | None] = {}  # durable; None is a folder
        self.pending: list[tuple[Path, dict[Path, int | None], list[Path]]] = []  # folder, names added, names removed
        self.live: dict[Path, int | None] = {}
        self.synced: dict[int, bytes] = {}
        self.current: dict[int, bytes] = {}
        self.descriptors: dict[int, Path] = {}
        self.real = {
            name: getattr(os, name)
            for name in ("open", "close", "write", "fsync", "rename", "unlink", "mkdir", "rmdir")
        }
        self.after = lambda: None
        for name in self.real:
            monkeypatch.setattr(os, name, getattr(self, name))

    def adopt(self) -> None:
        """Take what is below the root as durable."""
        for path in self.root.rglob("*"):
            self.live[path] = None if path.is_dir() else len(self.synced)
            if path.is_file():
                self.synced[len(self.synced)] = self.current[len(self.current)] = path.read_bytes()
        self.names = dict(self.live)

    def _change(self, folder: Path, added: dict[Path, int | None], removed: list[Path]) -> None:
        self.pending.append((folder, added, removed))
        for path in removed:
            self.live.pop(path, None)
        self.live |= added
        self.after()

    def open(self, path, flags, *rest):
        path, descriptor = Path(path), self.real["open"](path, flags, *rest)
        if self.root in path.parents or path == self.root:
            self.descriptors[descriptor] = path
            if flags & os.O_CREAT and path not in self.live:
                number = len(self.current)
                self.current[number] = self.synced[number] = b""
                self._change(path.parent, {path: number}, [])
        return descriptor

    def _look(self, descriptor: int) -> int | None:
        """Take note of the content of an open file; its number."""
        path = self.descriptors.get(descriptor)
        number = self.live.get(path) if path else None
        if number is not None:
            self.current[number] = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
        return number

    def close(self, descriptor):
        self._look(descriptor)
        self.descriptors.pop(descriptor, None)
        self.real["close"](descriptor)

    def write(self, descriptor, data):
        written = self.real["write"](descriptor, data)
        if self.dice.random() < 0.05:
            self._look(descriptor)
            self.after()
        return written

    def fsync(self, descriptor):
        path, number = self.descriptors.get(descriptor), self._look(descriptor)
        self.after()
        if number is not None:
            self.synced[number] = self.current[number]
        for folder, added, removed in [change for change in self.pending if change[0] == path]:
            self.names = {name: n for name, n in self.names.items() if name not in removed} | added
            self.pending.remove((folder, added, removed))
        self.real["fsync"](descriptor)

    def rename(self, old, new):
        self.real["rename"](old, new)
        self._change(Path(new).parent, {Path(new): self.live[Path(old)]}, [Path(old)])

    def unlink(self, path, **options):
        self.real["unlink"](path, **options)
        if Path(path) in self.live:
            self._change(Path(path).parent, {}, [Path(path)])

    def mkdir(self, path, *rest):
        self.real["mkdir"](path, *rest)
        self._change(Path(path).parent, {Path(path): None}, [])

    def rmdir(self, path, **options):
        self.real["rmdir"](path, **options)
        self._change(Path(path).parent, {}, [Path(path)])

    def cut(self) -> dict[Path, bytes | None]:
        """What a power cut at this moment could leave: contents by path, None for folders."""
        names = dict(self.names)
        for _, added, removed in self.pending:
            if self.dice.random() < 0.5:
                names = {name: n for name, n in names.items() if name not in removed} | added
        left = {}
        for path, number in sorted(names.items()):
            if all(parent in names for parent in path.parents if self.root in parent.parents):
                left[path.relative_to(self.root)] = None if number is None else self._torn(number)
        return left

    def _torn(self, number: int) -> bytes:
        synced, current = self.synced[number], self.current[number]
        if synced == current:
            return synced
        keep = self.dice.randrange(len(current) + 1)
        return self.dice.choice([synced, current, current[:keep], current[:keep] + bytes(len(current) - keep)])


def power_cuts(
    root: Path, monkeypatch, dice: random.Random, share: float, action, kept: int = 0
) -> list[tuple[dict, int]]:
    """Act on ``root``; at a share of all moments, what a power cut could leave, and the frames that were safe then."""
    states, safe = [], [kept]
    with monkeypatch.context() as patch:
        disk = Disk(root, patch, dice)
        disk.adopt()
        disk.after = lambda: states.append((disk.cut(), safe[0])) if dice.random() < share else None
        action(safe)
    return states


def restore(root: Path, state: dict[Path, bytes | None]) -> Path:
    for path, content in state.items():
        (root / path).mkdir(parents=True) if content is None else (root / path).write_bytes(content)
    (root / "run").mkdir(parents=True, exist_ok=True)
    return root / "run"


@pytest.mark.parametrize("number", [15, pytest.param(1000, marks=pytest.mark.heavy)])
def test_power_cuts_of_a_run(tmp_path, reference, monkeypatch, figure, number):
    """Runs cut into commits at random; every third is itself the resume of what a power cut left."""
    dice, run, done, seed, worst = random.Random(1), ExampleRun(), 0, 0, {}
    while done < number:
        seed += 1
        root = tmp_path / f"disk{seed}"
        kept = restore_all(root, worst) if seed % 3 == 0 else 0
        root.mkdir(exist_ok=True)
        every = dice.choice([1, 4, 7, 11])
        states = power_cuts(root, monkeypatch, dice, 0.15, partial(go_on, root / "run", run, every), kept)
        for state, safe in states[: number - done]:
            folder = restore(tmp_path / "state", state)
            check_kept(folder, safe, run)
            assert finish(folder) == reference
            shutil.rmtree(tmp_path / "state")
            done += 1
        worst, _ = dice.choice(states) if states else ({}, 0)
    figure(
        "power-loss states, unsynced content and names lost, torn or kept",
        f"{done} of {seed} runs: all safe, same bytes",
    )


def restore_all(root: Path, state: dict[Path, bytes | None]) -> int:
    """Make a disk of what a power cut left; the number of frames in it."""
    root.mkdir()
    folder = restore(root, state)
    try:
        with Trace(folder) as trace:
            return trace.n_frames
    except TraceError:
        return 0


def go_on(folder: Path, run: ExampleRun, every: int, safe: list[int]) -> None:
    """Begin a run, or continue what is there."""
    try:
        writer, _ = TraceWriter.resume(folder, describe())
    except TraceError as error:
        if "finished already" in str(error):
            return
        writer = TraceWriter.create(folder, describe())
    with writer:
        while writer.n_frames < run.n_frames:
            writer.commit(run.commit(writer.n_frames, min(writer.n_frames + every, run.n_frames)))
            safe[0] = writer.n_frames
        writer.finish()


def check_kept(folder: Path, safe: int, run: ExampleRun) -> None:
    """What was safe is there, and right."""
    try:
        with Trace(folder) as trace:
            assert trace.n_frames >= safe
            for name, values in trace.frames.items():
                np.testing.assert_array_equal(values, run.frames[name][: trace.n_frames])
    except TraceError:
        assert safe == 0, "what was safe is gone"


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_power_cuts_of_a_replacement(tmp_path, reference, monkeypatch, seed):
    """The folder holds the old trace, or what the new run has made safe, and says which."""
    root, run = tmp_path / "disk", ExampleRun()
    run.write(root / "run")

    def replace(safe):
        with TraceWriter.create(root / "run", describe(extra=1), force=True) as writer:
            for commit in run.commits(14):
                writer.commit(commit)
                safe[0] = writer.n_frames

    for number, (state, safe) in enumerate(power_cuts(root, monkeypatch, random.Random(seed), 1, replace)):
        folder = restore(tmp_path / f"state{number}", state)
        with Trace(folder) as trace:
            is_new = "extra" in trace.configuration
            assert trace.n_frames >= safe if is_new else (safe == 0 and trace.path and trace.complete)
        if not is_new:
            assert (folder / "trace.h5").read_bytes() == reference


@pytest.mark.parametrize("seed", [6, 7, 8])
def test_power_cuts_of_a_new_beginning(tmp_path, monkeypatch, seed):
    """An unfinished run that is replaced is gone or there as a whole; its segments never pass as the new run's."""
    root, run = tmp_path / "disk", ExampleRun()
    run.write(root / "run", 7, finish=False)

    def replace(safe):
        with TraceWriter.create(root / "run", describe(extra=1), force=True) as writer:
            writer.commit(run.commit(0, 14))
            safe[0] = 14

    for number, (state, safe) in enumerate(power_cuts(root, monkeypatch, random.Random(seed), 1, replace)):
        folder = restore(tmp_path / f"state{number}", state)
        try:
            with Trace(folder) as trace:
                assert (
                    trace.n_frames in ((0, 14) if "extra" in trace.configuration else (21,)) and trace.n_frames >= safe
                )
        except TraceError as error:
            assert safe == 0 and "holds no run" in str(error)
