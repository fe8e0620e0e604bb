"""The same bytes, however a run was cut into commits."""

from __future__ import annotations

import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import h5py
import numpy as np
import pytest
from example_run import SCHEDULE, ExampleRun, describe
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pulsenet.trace import Commit, TraceWriter, storage
from pulsenet.trace.deflate import pack
from pulsenet.trace.sources import SegmentSource

pytestmark = pytest.mark.whole


@pytest.fixture
def small_chunks(monkeypatch):
    """Chunks so small that even a small run has many, packed ones."""
    monkeypatch.setattr(storage, "CHUNK_ROWS", 16)
    monkeypatch.setattr(storage, "PACK_FROM_ROWS", 8)


@pytest.mark.parametrize("cuts", [1, 7, 2000, []])
def test_same_bytes_for_other_cuts(tmp_path, small_chunks, cuts):
    run = ExampleRun()
    reference = run.write(tmp_path / "reference", 5).read_bytes()
    assert run.write(tmp_path / "run", cuts).read_bytes() == reference


def test_same_bytes_when_resumed(tmp_path, small_chunks):
    run = ExampleRun()
    reference = run.write(tmp_path / "reference", []).read_bytes()
    commits = run.commits([3, 10, 11, 18])
    with TraceWriter.create(tmp_path / "run", describe()) as writer:
        writer.commit(commits[0])
    for commit in commits[1:]:
        with TraceWriter.resume(tmp_path / "run", describe())[0] as writer:
            writer.commit(commit)
    with TraceWriter.resume(tmp_path / "run", describe())[0] as writer:
        assert writer.finish().read_bytes() == reference


def test_same_bytes_when_committed_by_another_thread(tmp_path, small_chunks):
    run = ExampleRun()
    with TraceWriter.create(tmp_path / "run", describe()) as writer, ThreadPoolExecutor(1) as other:
        for commit in run.commits(4):
            other.submit(writer.commit, commit).result()
        written = writer.finish().read_bytes()
    assert written == run.write(tmp_path / "reference", []).read_bytes()


def test_finished_chunks_are_copied(tmp_path, small_chunks, monkeypatch):
    """Packed once, by the commit; the join packs what the end of a segment cuts, and nothing else."""
    run = ExampleRun(density=4)
    folder = run.write(tmp_path / "run", 7, finish=False)
    whole = {}  # by column and first row
    with closing(SegmentSource(folder)) as source:
        for table in source.rows:
            for name in source.columns[table]:
                for start in range(0, source.rows[table], 16):
                    packed = source.packed(table, name, start, 16)
                    whole |= {(f"{table}/{name}", start): packed} if packed else {}
    packed_again = []
    monkeypatch.setattr(storage, "pack", lambda values, rows: packed_again.append(rows) or pack(values, rows))
    with TraceWriter.resume(folder, describe())[0] as writer, h5py.File(writer.finish()) as file:
        chunks = []
        file.visititems(lambda _, item: chunks.extend(chunks_in(item)))
        copied = {where: found for where, found in chunks if where in whole}
        assert copied == whole
    assert len(whole) > 50 and len(packed_again) == len(chunks) - len(whole)


def chunks_in(item) -> list[tuple[tuple[str, int], bytes]]:
    """The chunks of a dataset as they are stored, by its name and their first row."""
    if not isinstance(item, h5py.Dataset) or not item.chunks:
        return []
    starts = range(0, len(item), item.chunks[0])
    return [((item.name[1:], start), item.id.read_direct_chunk((start,))[1]) for start in starts]


def test_plain_h5py_reads_every_column(tmp_path, small_chunks):
    """Through filters that every HDF5 has; and each chunk is what zlib makes of it, shuffled."""
    run = ExampleRun()
    with h5py.File(run.write(tmp_path / "run", 4)) as file:
        for name, values in run.frames.items():
            np.testing.assert_array_equal(file[f"frames/{name}"], values)
        for population, kinds in run.pulses.items():
            for kind, pulses in kinds.items():
                for name, values in pulses.items():
                    np.testing.assert_array_equal(file[f"pulses/{population}/{kind}/{name}"], values)
        slot = file["pulses/input/forward/slot"]
        filters = slot.id.get_create_plist()
        assert [filters.get_filter(n)[0] for n in range(filters.get_nfilters())] == [
            h5py.h5z.FILTER_SHUFFLE,
            h5py.h5z.FILTER_DEFLATE,
        ]
        for (_, start), packed in chunks_in(slot):
            padded = np.zeros(16, "<i8")
            padded[: len(slot) - start] = slot[start : start + 16]
            assert zlib.decompress(packed) == padded.view(np.uint8).reshape(16, 8).T.tobytes()


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
