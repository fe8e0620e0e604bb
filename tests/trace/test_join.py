"""The same bytes, however a run was cut into commits."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from example_run import SCHEDULE, ExampleRun, describe
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pulsenet.trace import Commit, TraceWriter, join, segments

pytestmark = pytest.mark.whole


@pytest.fixture
def small_chunks(monkeypatch):
    """Chunks so small that even a small run has many, packed ones."""
    monkeypatch.setattr(join, "CHUNK_ROWS", 16)
    monkeypatch.setattr(segments, "CHUNK_ROWS", 16)
    monkeypatch.setattr(segments, "PACK_FROM_ROWS", 8)


@pytest.mark.parametrize("cuts", [1, 7, []])
def test_same_bytes_for_other_cuts(tmp_path, small_chunks, cuts):
    run = ExampleRun()
    reference = run.write(tmp_path / "reference", 5).read_bytes()
    assert run.write(tmp_path / "run", cuts).read_bytes() == reference


@settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, 21), max_size=6))
def test_same_bytes_for_any_cuts(tmp_path_factory, small_chunks, cuts):
    """Also with commits that have no frame at all."""
    run, folder = ExampleRun(), tmp_path_factory.mktemp("cuts")
    assert run.write(folder / "run", cuts).read_bytes() == run.write(folder / "reference", []).read_bytes()


def test_same_bytes_with_chunks_of_real_size(tmp_path):
    """Over 32768 rows, cut where no chunk ends; and these are packed as FORMAT.md says."""
    n_frames = 10000
    run, description = ExampleRun(1), describe(n_frames)
    slot = np.sort(run.rng.integers(0, n_frames * SCHEDULE.frame_slots, 70000))
    line = np.sort(run.rng.integers(0, 7, 70000)) * 0
    frames = {name: np.resize(values, n_frames) for name, values in run.frames.items()}

    def write(folder: Path, bounds: list[int]) -> Path:
        with TraceWriter.create(folder, description) as writer:
            for start, stop in zip(bounds, bounds[1:], strict=False):
                a, b = np.searchsorted(slot, [start * SCHEDULE.frame_slots, stop * SCHEDULE.frame_slots])
                part = {name: values[start:stop] for name, values in frames.items()}
                writer.commit(Commit(part, {"input": {"forward": {"slot": slot[a:b], "line": line[a:b]}}}))
            return writer.finish()

    one, many = write(tmp_path / "one", [0, n_frames]), write(tmp_path / "many", [0, 17, 4000, 9998, n_frames])
    assert one.read_bytes() == many.read_bytes()
    with h5py.File(one) as file:
        stored = file["pulses/input/forward/slot"]
        assert (stored.chunks, stored.compression, stored.compression_opts, stored.shuffle) == (
            (32768,),
            "gzip",
            1,
            True,
        )
        np.testing.assert_array_equal(stored, slot)
