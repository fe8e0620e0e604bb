"""What cannot be true, and what is not ours, is refused in one line that says what is allowed."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace

import h5py
import numpy as np
import pytest
from example_run import ExampleRun, describe

from pulsenet.errors import TraceError
from pulsenet.trace import Trace, TraceWriter, files, schema


@pytest.fixture
def run():
    return ExampleRun()


def change(commit, population, kind, **columns):
    """The commit with other columns in one kind of pulses; None removes one."""
    changed = {
        name: values for name, values in (commit.pulses[population][kind] | columns).items() if values is not None
    }
    return replace(commit, pulses=commit.pulses | {population: commit.pulses[population] | {kind: changed}})


def taken(commit, **layers):
    return replace(commit, snapshots=[(frame, values | layers) for frame, values in commit.snapshots])


BAD = {
    "missing column": (
        lambda c: replace(c, frames={k: v for k, v in c.frames.items() if k != "label"}),
        "frames/label: missing",
    ),
    "unknown column": (lambda c: replace(c, frames=c.frames | {"lable": c.frames["label"]}), "frames/lable: unknown"),
    "column too short": (lambda c: replace(c, frames=c.frames | {"label": c.frames["label"][1:]}), "different lengths"),
    "two axes": (lambda c: replace(c, frames=c.frames | {"label": np.zeros((7, 2))}), "frames/label: shape"),
    "fraction": (lambda c: replace(c, frames=c.frames | {"label": c.frames["label"] + 0.5}), "int32 cannot hold"),
    "too large": (lambda c: replace(c, frames=c.frames | {"label": c.frames["sample"] + 2**40}), "int32 cannot hold"),
    "text": (lambda c: replace(c, frames=c.frames | {"label": ["a"] * 7}), "frames/label: type"),
    "too many frames": (
        lambda c: replace(c, frames={k: np.resize(v, 22) for k, v in c.frames.items()}),
        "the run has 21 frames",
    ),
    "unknown population": (
        lambda c: replace(c, pulses={"inputs": {"forward": {}}}),
        "populations are input, hidden1, output",
    ),
    "unknown kind": (lambda c: replace(c, pulses={"input": {"front": {}}}), "kinds are forward"),
    "not sorted": (
        lambda c: replace(c, pulses={"input": {"forward": {"slot": np.array([5, 3]), "line": np.array([1, 1])}}}),
        "not sorted",
    ),
    "lines not sorted": (
        lambda c: change(c, "input", "forward", line=c.pulses["input"]["forward"]["line"][::-1]),
        "not sorted",
    ),
    "earlier frame": (
        lambda c: change(c, "output", "error", slot=c.pulses["output"]["error"]["slot"] - 99),
        "frames of the commit span",
    ),
    "later frame": (
        lambda c: change(c, "output", "error", slot=c.pulses["output"]["error"]["slot"] + 476),
        "frames of the commit span",
    ),
    "no such line": (
        lambda c: change(c, "input", "forward", line=c.pulses["input"]["forward"]["line"] + 7),
        "need 0 to 6",
    ),
    "error of a bias line": (
        lambda c: change(c, "hidden1", "error", line=c.pulses["hidden1"]["error"]["line"] + 4),
        "need 0 to 3",
    ),
    "error without sign": (lambda c: change(c, "output", "error", polarity=None), "output/error/polarity: missing"),
    "sign 0": (
        lambda c: change(c, "output", "error", polarity=c.pulses["output"]["error"]["polarity"] * 0),
        "other than -1 and 1",
    ),
    "missing layer": (lambda c: replace(c, snapshots=[(-1, {})]), "conductance/layer1: missing"),
    "wrong shape": (lambda c: taken(c, layer1=(np.zeros((4, 7)),) * 2), "shape (4, 7); need (7, 4)"),
    "not a number": (lambda c: taken(c, layer1=(np.full((7, 4), np.nan),) * 2), "not finite"),
    "snapshots in disorder": (lambda c: replace(c, snapshots=c.snapshots[::-1]), "need growing numbers from -1"),
    "snapshot of the future": (lambda c: replace(c, snapshots=[(7, c.snapshots[0][1])]), "from -1 to 6"),
    "accuracy in percent": (lambda c: replace(c, evaluation=[(0, 97.0, np.zeros((3, 3)))]), "from 0 to 1"),
    "confusion of 4 classes": (
        lambda c: replace(c, evaluation=[(0, 0.9, np.zeros((4, 4)))]),
        "evaluation/confusion: shape",
    ),
    "checkpoint of objects": (lambda c: replace(c, checkpoint={"rng": np.array({})}), "checkpoint['rng']"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_commits_are_refused_and_change_nothing(tmp_path, run, name):
    spoil, message = BAD[name]
    with TraceWriter.create(tmp_path / "run", describe()) as writer:
        with pytest.raises(TraceError, match=re.escape(message)) as caught:
            writer.commit(spoil(run.commit(0, 7)))
        assert "\n" not in str(caught.value) and writer.n_frames == 0
        assert [path.name for path in (tmp_path / "run" / "segments").iterdir()] == ["00000000.segment"]
        writer.commit(run.commit(0, 7))
        assert writer.n_frames == 7


def test_columns_stay_the_same(tmp_path, run):
    with TraceWriter.create(tmp_path / "run", describe()) as writer:
        writer.commit(run.commit(0, 7))
        second = run.commit(7, 14)
        with pytest.raises(TraceError, match="earlier commits of the run had"):
            writer.commit(replace(second, frames={k: v for k, v in second.frames.items() if k != "recorded"}))


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        ("layers", {"layer1": (7, 4)}, "L layers has L \\+ 1 populations"),
        ("layers", {"layer1": (7, 4), "layer2": (4, 3)}, "does not fit"),
        ("populations", {"in/put": 7, "hidden1": 5, "output": 3}, "cannot name"),
        ("provenance", {"configuration": ""}, "cannot name"),
        ("configuration", {"rate": float("nan")}, "Description: .*finite"),
        ("configuration", {"rate": np.zeros(3)}, "Description: .*not JSON"),
        ("slot", 0.0, "slot > 0"),
    ],
)
def test_bad_descriptions_are_refused(part, value, message):
    with pytest.raises(TraceError, match=message):
        replace(describe(), **{part: value})


def test_finish_needs_all_frames(tmp_path, run):
    folder = run.write(tmp_path / "run", 7, finish=False)
    (folder / "segments" / "00000003.segment").unlink()
    writer, _ = TraceWriter.resume(folder, describe())
    with writer, pytest.raises(TraceError, match="14 of 21 frames"):
        writer.finish()


def test_closed_writer(tmp_path, run):
    with TraceWriter.create(tmp_path / "run", describe()) as writer:
        pass
    with pytest.raises(TraceError, match="closed"):
        writer.commit(run.commit(0, 7))


def test_reader_refuses_what_is_not_there(tmp_path, run):
    with Trace(run.write(tmp_path / "run")) as trace:
        for wrong, message in [
            (lambda: trace.pulses("hidden2", "error"), "populations are"),
            (lambda: trace.pulses("output", "front"), "kinds are"),
            (lambda: trace.pulses("output", "error", 21), "no frame 21; there are 21"),
            (lambda: trace.pulses("output", "error", slice(0, 9, 2)), "no step"),
            (lambda: trace.conductance("layer3", 0), "layers are layer1, layer2"),
            (lambda: trace.conductance("layer1", 5), "no snapshot 5; there are 5"),
        ]:
            with pytest.raises(TraceError, match=message):
                wrong()
        with pytest.raises(IndexError, match="frames/label: row 21"):
            trace.frames["label"][21]


def test_files_that_are_not_ours(tmp_path):
    (tmp_path / "empty.h5").touch()
    (tmp_path / "text.h5").write_text("pulsenet-trace " * 99)
    (tmp_path / "folder").mkdir()
    with h5py.File(tmp_path / "foreign.h5", "w") as file:
        file["x"] = 1
    for name in ("empty.h5", "text.h5", "foreign.h5"):
        with pytest.raises(TraceError, match=f"{name}: not a pulsenet trace"):
            Trace(tmp_path / name)
    for name, message in [("absent", "no such file"), ("folder", "holds no run")]:
        with pytest.raises(TraceError, match=message):
            Trace(tmp_path / name)


def test_segment_given_as_trace(tmp_path, run):
    folder = run.write(tmp_path / "run", finish=False)
    with pytest.raises(TraceError, match="give the folder"):
        Trace(folder / "segments" / "00000001.segment")
    with pytest.raises(TraceError, match="giving its folder"):
        Trace(folder / "trace.h5")


def with_version(path, version):
    """Copy a trace as if a later pulsenet had written it."""
    copy = path.with_name(f"version-{version}.h5")
    shutil.copy(path, copy)
    with h5py.File(copy, "r+") as file:  # closing it drops the seal
        file.attrs["format_version"] = np.array([int(part) for part in version.split(".")], np.int32)
        file["frames/invented_later"] = np.zeros(21)
    content = copy.read_bytes()
    copy.write_bytes(content + files.seal(files.hashlib.sha256(content).hexdigest(), len(content), version))
    return copy


def test_newer_versions(tmp_path, run):
    path = run.write(tmp_path / "run")
    with Trace(with_version(path, "1.9")) as trace:
        assert set(trace.frames) == set(run.frames)
    with pytest.raises(TraceError, match=r"format version 2.0; this pulsenet reads 1.x"):
        Trace(with_version(path, "2.0"))
    assert schema.VERSION == (1, 2)
