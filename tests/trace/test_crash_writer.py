"""The writer stopped at every point at which it touches the disk; every write failing; memory over many commits."""

from __future__ import annotations

import errno
import gc
import hashlib
import os
import shutil
import tempfile
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from example_run import SCHEDULE, ExampleRun, describe, finish
from faults import Boundaries, Failing, in_child
from test_power import check_kept, restore

from pulsenet.errors import TraceError
from pulsenet.trace import Commit, Description, TraceWriter, segments, writer

pytestmark = pytest.mark.whole

BOUNDS = {3: [7, 14], 20: list(range(1, 20))}  # commits of the run by their number


@pytest.mark.parametrize(("commits", "every"), [(3, 31), pytest.param(20, 1, marks=pytest.mark.heavy)])
def test_stopped_at_every_boundary(tmp_path, reference, monkeypatch, figure, commits, every):
    root, run, states, contents, safe = tmp_path / "disk", ExampleRun(), [], {}, [0]
    root.mkdir()

    def look():
        state = {}
        for path in sorted(root.rglob("*")):
            data = path.read_bytes() if path.is_file() else None
            state[path.relative_to(root)] = contents.setdefault(data, data)
        if not states or states[-1] != (state, safe[0]):
            states.append((state, safe[0]))

    with monkeypatch.context() as patch:
        boundaries = Boundaries(patch, look)
        with TraceWriter.create(root / "run", describe()) as writing:
            for commit in run.commits(BOUNDS[commits]):
                writing.commit(commit)
                safe[0] = writing.n_frames
            writing.finish()
    for state, kept in states[::every]:
        folder = restore(tmp_path / "state", state)
        check_kept(folder, kept, run)
        assert finish(folder) == reference
        shutil.rmtree(tmp_path / "state")
    done = len(states[::every])
    figure(
        f"boundaries of a run of {commits} commits", f"{boundaries.calls} calls, {done} states: all safe, same bytes"
    )


def write_until_it_fails(folder: Path, run: ExampleRun) -> tuple[int, str]:
    """Write what is missing of a run, in three commits; how many frames were reported as safe, and the error if any."""
    safe = 0
    try:
        with begin(folder) as writing:
            for commit in run.commits(7)[writing.n_frames // 7 :]:
                safe = writing.n_frames
                writing.commit(commit)
            safe = writing.n_frames
            writing.finish()
    except TraceError as error:
        assert "\n" not in str(error)
        return safe, str(error)
    return safe, ""


def begin(folder: Path) -> TraceWriter:
    return TraceWriter.resume(folder, describe())[0] if folder.exists() else TraceWriter.create(folder, describe())


@pytest.mark.parametrize("every", [151, pytest.param(1, marks=pytest.mark.heavy)])
@pytest.mark.parametrize("part", ["commits", "join"])
def test_every_write_failing(tmp_path, reference, unfinished, monkeypatch, figure, part, every):
    """Each write of a run from its creation on, the commits' and the join's; these from a run that waits for it."""
    run, tried, commits = ExampleRun(), 0, 8  # segments of two writes each: content and seal
    for fault in (errno.ENOSPC, errno.EIO, "short"):
        number, reached = 1, True
        while reached and (part == "join" or number <= commits):
            folder = tmp_path / "copy"
            if part == "join":
                shutil.copytree(unfinished, folder)
            with monkeypatch.context() as patch:
                failing = Failing(patch, "write", number, fault)
                safe, error = write_until_it_fails(folder, run)
            reached = failing.reached
            assert bool(error) == (reached and fault != "short"), (number, fault, error)
            assert not error or os.strerror(fault) in error
            check_kept(folder, safe, run)
            assert finish(folder) == reference
            shutil.rmtree(folder)
            tried += reached
            number += every if part == "join" else min(every, 3)
    figure(
        f"Nth write of the {part} failing: no space, I/O error, short",
        f"{tried} runs: one-line error, all safe, same bytes",
    )


def test_folder_removed_meanwhile(tmp_path, monkeypatch, figure):
    """Before the n-th call of each kind that the writer makes: an error of one line, whatever is gone."""
    run, removed = ExampleRun(), 0
    for name in ("open", "write", "fsync", "rename"):
        number, reached = 3, True
        while reached:
            with monkeypatch.context() as patch:
                folder = tmp_path / f"{name}{number}"
                removing = Removing(patch, name, number, folder)
                _, error = write_until_it_fails(folder, run)
            reached = removing.number <= 0
            assert not error or "No such file" in error or "missing" in error or "no such" in error, error
            removed += reached
            number += 61 if name == "write" else 2
    figure("output folder removed meanwhile", f"{removed} runs: one-line error or finished")


class Removing:
    """Removes a folder before the n-th call of a function of ``os``."""

    def __init__(self, monkeypatch, name: str, number: int, folder: Path) -> None:
        self.real, self.number, self.folder = getattr(os, name), number, folder
        monkeypatch.setattr(os, name, self)

    def __call__(self, *arguments, **options):
        self.number -= 1
        if self.number == 0:
            shutil.rmtree(self.folder, ignore_errors=True)
        return self.real(*arguments, **options)


def test_permission_denied(figure):
    """Really denied by the system: root, whom it would let pass, becomes another user in a process of its own."""
    run = ExampleRun()
    with tempfile.TemporaryDirectory() as parent:
        folder, hidden = Path(parent, "run"), Path(parent, "hidden")
        run.write(folder, 7, finish=False)
        hidden.mkdir()
        for path, mode in ((folder / "segments", 0o555), (folder, 0o555), (hidden, 0o000), (Path(parent), 0o555)):
            path.chmod(mode)
        process = in_child(try_without_permission, folder, hidden)
        process.join()
        for path in (Path(parent), folder, hidden, folder / "segments"):
            path.chmod(0o755)
        assert process.exitcode == 7
        check_kept(folder, 21, run)
        assert sorted(path.name for path in Path(parent).iterdir()) == ["hidden", "run"]
    figure("permission denied", "by the system, as a user without it: one-line errors, all safe")


def try_without_permission(folder: Path, hidden: Path) -> None:
    if os.getuid() == 0:
        os.setgid(65534)
        os.setuid(65534)
    tries = [
        lambda: TraceWriter.resume(folder, describe()),
        lambda: TraceWriter.create(folder, describe(), force=True),
        lambda: TraceWriter.create(folder.parent / "new", describe()),
        lambda: TraceWriter.create(hidden / "new", describe()),
        lambda: TraceWriter.resume(hidden / "run", describe()),
    ]
    for attempt in tries:
        with pytest.raises(TraceError, match="Permission denied") as refused:
            attempt()
        assert "\n" not in str(refused.value)
    os._exit(7)


def in_use() -> tuple[int, int]:
    """Bytes of memory that Python and NumPy use now, and bytes that the process has: HDF5's are among them."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return tracemalloc.get_traced_memory()[0], pages * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("commits", [2_000, pytest.param(200_000, marks=pytest.mark.heavy)])
def test_memory_over_many_commits(tmp_path, monkeypatch, figure, commits):
    """All of a commit is done each time but for the file, which is made and written in every hundredth.

    What a writer keeps of every commit grows in every tenth of them; what is none of its business (a table of the
    interpreter that doubles, memory that the process gets in large pieces) grows in one or the other. So the median
    over tenths is what counts.
    """
    if not Path("/proc/self/statm").exists():
        pytest.skip("reads the process's memory from /proc")
    run = Description(
        {},
        {},
        1e-7,
        SCHEDULE,
        {"input": 7, "hidden1": 5, "output": 3},
        {"layer1": (7, 4), "layer2": (5, 3)},
        3,
        commits,
    )
    encode, write = segments.encode, writer.write_sealed

    def encode_some(header, *rest):
        return encode(header, *rest) if header.sequence % 100 == 0 else str(header).encode()

    def write_some(path, image):
        return write(path, image) if int(path.stem) % 100 == 0 else hashlib.sha256(image).hexdigest()

    one = {name: np.zeros(1, int) for name in ("sample", "label", "prediction", "epoch")} | {"learn": np.ones(1, bool)}
    pulses = {"input": {"forward": {"slot": np.zeros(1, int), "line": np.zeros(1, int), "width": np.ones(1, int)}}}
    found, states = [], []
    with TraceWriter.create(tmp_path / "run", run) as writing:
        monkeypatch.setattr(segments, "encode", encode_some)
        monkeypatch.setattr(writer, "write_sealed", write_some)
        tracemalloc.start()
        try:
            for number in range(commits):
                pulses["input"]["forward"]["slot"][0] = number * SCHEDULE.frame_slots
                writing.commit(Commit(frames=one, pulses=pulses, checkpoint={"next_frame": np.array(number)}))
                if (number + 1) % (commits // 10) == 0:
                    found.append(in_use())
                    states.append(len(repr(vars(writing))))
        finally:
            tracemalloc.stop()
    python, process = np.median(np.diff(found, axis=0), axis=0)
    assert python < 10_000 and process < 400_000 and states[-1] - states[0] < 100
    figure(
        f"memory per {commits // 10:,} of {commits:,} commits",
        f"{python:+.0f} bytes of Python, {process / 1000:+.0f} kB of the process",
    )
