"""Data sets: what is loaded, and one clear line for whatever cannot be."""

import os

import numpy as np
import pytest
from refusals import refused

from pulsenet.data.dataset import Dataset, load
from pulsenet.describe.sections import Data
from pulsenet.errors import DataError

X = np.array([[0.0, 0.5], [1.0, 0.25], [0.75, 0.0]])
Y = np.array([0, 1, 0])


def test_digits_are_always_the_same():
    data = load("digits")
    assert data.x_train.shape == (1437, 64) and data.x_test.shape == (360, 64)
    assert data.x_train.dtype == np.float64 and data.y_train.dtype == np.int64
    assert data.x_train.min() == 0.0 and data.x_train.max() == 1.0
    assert data.sha256 == "012cbd5ec1171f27171a6e984d35b73882b33ec3f6cb55187b4eeaff716d2d1b"


def test_digits_split_is_stratified_and_loses_nothing():
    from sklearn.datasets import load_digits

    data = load("digits")
    counts = np.bincount(load_digits().target)
    assert np.array_equal(np.bincount(data.y_train) + np.bincount(data.y_test), counts)
    assert np.all(np.abs(np.bincount(data.y_test) - 0.2 * counts) <= 1)
    both = np.concatenate([data.x_train, data.x_test])
    assert np.array_equal(np.unique(both, axis=0), np.unique(load_digits().data / 16, axis=0))


def test_limits_keep_the_first():
    whole, part = load("digits"), load("digits", train=100, test=0)
    assert np.array_equal(part.x_train, whole.x_train[:100]) and np.array_equal(part.y_train, whole.y_train[:100])
    assert part.x_test.shape == (0, 64) and part.n_classes == 10
    assert part.x_train.base is None
    refused(DataError, lambda: load("digits", train=1438), "digits: train: 1438", "1 to 1437")
    refused(DataError, lambda: load("digits", train=0), "train: 0", "1 to 1437")
    refused(DataError, lambda: load("digits", test=-1), "test: -1", "0 to 360")


def test_arrays_are_copied_converted_and_read_only():
    x, y = X.astype(np.float32), Y.astype(np.uint8)
    data = Dataset.from_arrays(x, y, x[:1], y[:1], name="mine")
    x[:] = y[:] = 0
    assert np.array_equal(data.x_train, X) and np.array_equal(data.y_train, Y)
    assert (data.n_features, data.n_classes, len(data.x_test)) == (2, 2, 1)
    for array in (data.x_train, data.y_train, data.first(train=1).x_train):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_large_arrays_need_not_be_copied():
    x, y = X.copy(), Y.astype(np.int64)
    data = Dataset.from_arrays(x, y, copy=False)
    assert data.x_train is x and data.y_train is y and not x.flags.writeable


def test_hash_tells_data_sets_apart():
    hashes = {
        Dataset.from_arrays(X, Y).sha256,
        Dataset.from_arrays(X[::-1], Y[::-1]).sha256,
        Dataset.from_arrays(X, 1 - Y).sha256,
        Dataset.from_arrays(X, Y, X, Y).sha256,
        Dataset.from_arrays(X.reshape(3, 2)[:2], Y[:2], X[2:], Y[2:]).sha256,
    }
    assert len(hashes) == 5
    assert Dataset.from_arrays(np.asfortranarray(X), Y).sha256 == Dataset.from_arrays(X.tolist(), Y.tolist()).sha256


@pytest.mark.parametrize(
    ("arrays", "parts"),
    [
        ((X * 255, Y), ["mine: x_train[0, 1]: 127.5", "[0, 1]"]),
        ((X - 0.5, Y), ["x_train[0, 0]: -0.5"]),
        ((np.where(X == 1.0, np.nan, X), Y), ["x_train[1, 0]: nan"]),
        ((np.where(X == 1.0, np.inf, X), Y), ["x_train[1, 0]: inf"]),
        ((X.reshape(3, 2, 1), Y), ["x_train", "(3, 2, 1)", "(samples, features)"]),
        ((X[:, :0], Y), ["x_train", "(3, 0)"]),
        ((X[:0], Y[:0]), ["x_train: has no samples"]),
        ((X.astype(complex), Y), ["x_train: complex128"]),
        (([[0.0, 1.0], [0.0]], [0, 1]), ["x_train", "inhomogeneous", "(samples, features)"]),
        ((X, Y.astype(float)), ["y_train: float64", "integers"]),
        ((X, Y[:, None]), ["y_train", "(3, 1)", "(samples,)"]),
        ((X, Y[:2]), ["y_train: 2 labels for 3 samples"]),
        ((X, Y - 1), ["y_train[0]: -1 is no label", "0 .. k-1"]),
        ((X, Y * 2), ["labels: 2 occurs, but 1 does not"]),
        ((X, Y + 1), ["labels: 2 occurs, but 0 does not"]),
        ((X, Y, X), ["y_test: missing"]),
        ((X, Y, None, Y), ["x_test: missing"]),
        ((X, None), ["y_train: missing"]),
        ((X, Y, X[:, :1], Y), ["x_test: 1 features", "2, as in x_train"]),
        ((X, Y, X * 2, Y), ["x_test[1, 0]: 2"]),
    ],
)
def test_bad_arrays(arrays, parts):
    refused(DataError, lambda: Dataset.from_arrays(*arrays, name="mine"), "mine", *parts)


def test_npz_with_a_split_of_its_own(tmp_path):
    path = tmp_path / "mine.npz"
    np.savez_compressed(path, x_train=X, y_train=Y, x_test=X[:1], y_test=Y[:1], comment="kept out")
    data = load(path)
    assert data.name == "mine.npz" and data.sha256 == Dataset.from_arrays(X, Y, X[:1], Y[:1]).sha256
    np.savez(path, x_train=X, y_train=Y)
    assert load(str(path)).x_test.shape == (0, 2)


def test_npz_without_a_split(tmp_path):
    x, y = np.arange(100).reshape(50, 2) / 100, np.arange(50) % 5
    path = tmp_path / "mine.npz"
    np.savez(path, x=x, y=y)
    data = load(path)
    assert np.array_equal(np.bincount(data.y_train), [8] * 5) and np.array_equal(np.bincount(data.y_test), [2] * 5)
    assert np.array_equal(np.sort(np.concatenate([data.x_train, data.x_test]), axis=0), x)
    assert data.sha256 == load(path).sha256


@pytest.mark.parametrize(
    ("arrays", "parts"),
    [
        ({"x_train": X, "x": X}, ["holds x_train, x", "needed are x_train and y_train"]),
        ({}, ["holds nothing"]),
        ({"x_train": X, "y_train": Y, "x_test": X}, ["y_test: missing"]),
        ({"x": X, "y": Y}, ["y: no 80/20 split", "give x_train"]),
        ({"x": X * 255, "y": Y}, ["x[0, 1]: 127.5"]),
        ({"x": X, "y": Y[:2]}, ["y: 2 labels for 3 samples in x"]),
    ],
)
def test_npz_with_bad_content(tmp_path, arrays, parts):
    path = tmp_path / "mine.npz"
    np.savez(path, **arrays)
    refused(DataError, lambda: load(path), "mine.npz", *parts)


def test_pickled_npz_is_refused_unopened(tmp_path):
    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "exploded"),)

    path = tmp_path / "mine.npz"
    np.savez(path, x_train=np.array([Bomb()], dtype=object), y_train=Y)
    refused(DataError, lambda: load(path), str(path), "allow_pickle=False", "plain arrays")
    assert not (tmp_path / "exploded").exists()


def test_damaged_npz(tmp_path):
    whole, path = tmp_path / "whole.npz", tmp_path / "mine.npz"
    np.savez_compressed(whole, x_train=X, y_train=Y)
    content = whole.read_bytes()
    for length in range(0, len(content), 7):
        path.write_bytes(content[:length])
        refused(DataError, lambda: load(path), str(path), "numpy.savez")
    np.save(tmp_path / "one.npy", X)
    path.write_bytes((tmp_path / "one.npy").read_bytes())
    refused(DataError, lambda: load(path), str(path), "numpy.savez")


def test_unknown_sources(tmp_path):
    refused(DataError, lambda: load("mnsit"), "'mnsit'", "digits, mnist, letters or the path of an .npz")
    refused(DataError, lambda: load(tmp_path / "no.npz"), "no.npz: no such file")


def test_a_crop_keeps_the_middle_of_each_image():
    whole, cropped = load("digits"), load("digits", crop=2)
    assert np.array_equal(cropped.x_train.reshape(-1, 4, 4), whole.x_train.reshape(-1, 8, 8)[:, 2:6, 2:6])
    assert np.array_equal(cropped.x_test.reshape(-1, 4, 4), whole.x_test.reshape(-1, 8, 8)[:, 2:6, 2:6])
    assert np.array_equal(cropped.y_train, whole.y_train) and cropped.sha256 != whole.sha256
    assert load("digits", crop=0).sha256 == whole.sha256


def test_rows_and_columns_can_be_cropped_apart():
    whole, cropped = load("digits"), load("digits", crop=(1, 3))
    assert np.array_equal(cropped.x_train.reshape(-1, 6, 2), whole.x_train.reshape(-1, 8, 8)[:, 1:7, 3:5])
    assert np.array_equal(cropped.x_test.reshape(-1, 6, 2), whole.x_test.reshape(-1, 8, 8)[:, 1:7, 3:5])
    assert load("digits", crop=(2, 2)).sha256 == load("digits", crop=2).sha256


def test_a_crop_in_a_run_file():
    assert Data(crop=3).crop == 3 and Data(crop=[2, 3]).crop == (2, 3)
    for wrong in (-1, 2.5, [2], [2, -3], [1, 2, 3], "2"):
        with pytest.raises(ValueError, match="must be a number of pixels from 0, or two of them"):
            Data(crop=wrong)


def test_impossible_crops():
    with pytest.raises(DataError, match=r"digits: crop: 4 pixels of 8 x 8; allowed are 0 to 3"):
        load("digits", crop=4)
    with pytest.raises(DataError, match=r"digits: crop: 5 pixels of 8 x 8; allowed are 0 to 3"):
        load("digits", crop=(1, 5))
    with pytest.raises(DataError, match=r"arrays: crop: 2 features are no square image"):
        Dataset.from_arrays(X, Y).cropped(1)
