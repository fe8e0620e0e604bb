"""The file of a segment, and what is packed in it."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulsenet.trace.archive import Archive, Packed, build
from pulsenet.trace.deflate import pack, unpack
from pulsenet.trace.files import DamagedError
from pulsenet.trace.schema import column_field
from pulsenet.trace.storage import Target, create_column, part_of

SLOT = column_field("pulses/input/forward", "slot")
ARRAYS = {
    "matrix": np.arange(6.0).reshape(2, 3),
    "number": np.array(7),
    "empty": np.zeros((0, 3), np.int16),
    "truth": np.array([True, False]),
    "more than is read ahead": np.ones(200_000),
    "every other": np.arange(10, dtype=np.int32)[::2],
}


@pytest.fixture
def path(tmp_path):
    """An archive of `ARRAYS` and of 10 packed rows, cut after 3."""
    slot = np.arange(10)
    packed = Packed(slot.dtype, [(3, pack(slot[:3], 3)), (7, pack(slot[3:], 7))])
    path = tmp_path / "file"
    path.write_bytes(build({"name": "µ\n"}, ARRAYS | {"slot": packed}) + b"and a seal")
    return path


def test_everything_comes_back(path):
    with Archive(path) as file:
        assert file.about == {"name": "µ\n"} and file.names == [*ARRAYS, "slot"]
        for name, values in ARRAYS.items():
            found = file.array(name)
            assert (found.dtype, found.shape) == (values.dtype, values.shape) and found.flags.writeable
            np.testing.assert_array_equal(found, values)
        np.testing.assert_array_equal(file.rows("matrix", 1, 2), [[3, 4, 5]])
        assert file.size("matrix") == 48 and 0 < file.size("slot") < 80


def test_packed_rows_are_read_across_pieces(path):
    with Archive(path) as file:
        for start in range(11):
            for stop in range(start, 11):
                np.testing.assert_array_equal(file.rows("slot", start, stop), np.arange(start, stop))


def test_only_a_whole_piece_is_given_packed(path):
    with Archive(path) as file:
        assert unpack(file.piece("slot", 3, 7), np.dtype("<i8"), 7, 0, 7).tolist() == list(range(3, 10))
        assert [file.piece("slot", *rows) for rows in ((0, 7), (1, 3), (3, 6), (10, 1))] == [None] * 4
        assert file.piece("every other", 0, 5) is None


def test_what_is_none_of_ours_or_cut_short_is_refused(path, tmp_path):
    with h5py.File(tmp_path / "other.h5", "w"), pytest.raises(DamagedError, match="not a segment"):
        Archive(tmp_path / "other.h5")
    with Archive(path) as file:
        path.write_bytes(path.read_bytes()[:-400_000])
        with pytest.raises(DamagedError, match="cut short"):
            file.array("more than is read ahead")


@given(st.data(), st.sampled_from(["<i8", "<i4", "<u2", "<i1", "<f8"]), st.integers(1, 300))
def test_any_rows_come_back(data, dtype, rows):
    number = data.draw(st.integers(0, rows))
    dice = np.random.default_rng(data.draw(st.integers(0, 99)))
    values = dice.integers(0, 256, number * np.dtype(dtype).itemsize).astype(np.uint8).view(dtype)
    start, stop = sorted(data.draw(st.tuples(*[st.integers(0, rows)] * 2)))
    found = unpack(pack(values, rows), np.dtype(dtype), rows, start, stop)
    padded = np.concatenate([values, np.zeros(rows - number, dtype)])
    assert found.dtype == dtype and found.tobytes() == padded[start:stop].tobytes()


def test_hdf5_unpacks_what_a_commit_packed(tmp_path):
    """A chunk of a segment in a dataset of a trace, and the rest of it."""
    slot = np.sort(np.random.default_rng(1).integers(0, 2**40, 50_000))
    part = part_of(SLOT, slot, 0)
    assert [rows for rows, _ in part.pieces] == [32768, 50_000 - 32768]
    with h5py.File(tmp_path / "trace.h5", "w") as file:
        target = Target(create_column(file, "slot", SLOT, slot.shape))
        target.write(0, part.pieces[0][1])
        target.write(32768, slot[32768:])
    with h5py.File(tmp_path / "trace.h5") as file:
        np.testing.assert_array_equal(file["slot"], slot)


def test_pieces_end_where_chunks_of_the_trace_end():
    part = part_of(SLOT, np.arange(70_000), 32768 - 5)
    assert [rows for rows, _ in part.pieces] == [5, 32768, 32768, 70_000 - 5 - 2 * 32768]
    assert not isinstance(part_of(SLOT, np.arange(100), 0), Packed)
