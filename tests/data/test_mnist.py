"""MNIST from wherever it is, and one clear line for whatever is wrong with it."""

import gzip
import os
import struct
from pathlib import Path

import numpy as np
import pooch
import pytest
from places import ROOT
from refusals import refused

from pulsenet.data.dataset import load
from pulsenet.data.mnist import MNIST_FILES
from pulsenet.errors import DataError


def idx(array):
    """An idx file of unsigned bytes."""
    return struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.astype(np.uint8).tobytes()


def write_mnist(folder, packed=True):
    """Three training and two test images of 2 x 2 pixels in MNIST's four files."""
    folder.mkdir(parents=True, exist_ok=True)
    pixels = np.arange(20).reshape(5, 2, 2) * 10
    labels = np.array([0, 1, 2, 1, 0])
    for name, array in zip(MNIST_FILES, (pixels[:3], labels[:3], pixels[3:], labels[3:]), strict=True):
        content = idx(array)
        path = folder / name if packed else folder / name.removesuffix(".gz")
        path.write_bytes(gzip.compress(content) if packed else content)
    return folder


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("subfolder", ["", "mnist"])
def test_mnist_is_found_in_order(tmp_path, monkeypatch, nowhere, packed, subfolder):
    write_mnist(tmp_path / "given" / subfolder, packed)
    data = load("mnist", folder=tmp_path / "given")
    assert data.x_train.shape == (3, 4) and data.x_test.shape == (2, 4) and data.n_classes == 3
    assert np.array_equal(data.x_train.ravel() * 255, np.arange(12) * 10) and np.array_equal(data.y_test, [1, 0])
    monkeypatch.setenv("PULSENET_DATA", str(tmp_path / "given"))
    assert load("mnist").sha256 == data.sha256
    monkeypatch.delenv("PULSENET_DATA")
    write_mnist(nowhere, packed)
    (tmp_path / "empty").mkdir()
    assert load("mnist", folder=tmp_path / "empty").sha256 == data.sha256
    # The earlier place wins: a damaged file there is an error, not a reason to go on.
    next((tmp_path / "given" / subfolder).glob("train-images*")).write_bytes(b"")
    refused(DataError, lambda: load("mnist", folder=tmp_path / "given"), str(tmp_path / "given"), "get it again")


def test_mnist_nowhere(tmp_path, nowhere):
    message = refused(DataError, lambda: load("mnist"), "mnist: not found", "no network", str(nowhere), "PULSENET_DATA")
    assert all(name in message for name in MNIST_FILES)
    refused(DataError, lambda: load("mnist", folder=tmp_path / "no"), "folder", "is no folder")


def test_mnist_is_downloaded_into_the_cache_from_any_mirror(monkeypatch, nowhere, tmp_path):
    origin, calls = write_mnist(tmp_path / "mirror"), []

    def second_mirror_only(url, known_hash, fname, path, downloader):
        calls.append((url, known_hash))
        if len({url.removesuffix(fname) for url, _ in calls}) == 1:
            raise OSError("no answer")
        path.mkdir(parents=True, exist_ok=True)
        (path / fname).write_bytes((origin / fname).read_bytes())

    monkeypatch.setattr(pooch, "retrieve", second_mirror_only)
    data = load("mnist")
    assert len(calls) == 5 and {digest for _, digest in calls[1:]} == {f"sha256:{h}" for h in MNIST_FILES.values()}
    assert load("mnist", folder=nowhere).sha256 == data.sha256
    assert len(calls) == 5


@pytest.mark.parametrize("name", MNIST_FILES)
@pytest.mark.parametrize("packed", [True, False])
def test_damaged_mnist(tmp_path, name, packed):
    folder = write_mnist(tmp_path, packed)
    path = folder / name if packed else folder / name.removesuffix(".gz")
    content = path.read_bytes()
    plain = gzip.decompress(content) if packed else content
    pack = gzip.compress if packed else bytes
    damaged = {
        "empty": b"",
        "cut": content[: len(content) // 2],
        "cut inside": pack(plain[:-1]),
        "cut in the header": pack(plain[:6]),
        "too long": pack(plain + b"\0"),
        "other type": pack(plain[:2] + b"\x0d" + plain[3:]),
        "other dimensions": pack(plain[:3] + b"\x02" + plain[4:]),
        "not idx": b"<html>no such page</html>",
    }
    for what, bad in damaged.items():
        path.write_bytes(bad)
        message = refused(DataError, lambda: load("mnist", folder=folder), str(path), "get it again")
        assert "bytes" in message or "begins with" in message or "cannot be read" in message, what


def _real_mnist():
    """The folder of the real files; looked up here, before the fixture hides the environment."""
    for folder in (os.environ.get("PULSENET_DATA"), ROOT.parent / "shared" / "mnist"):
        if folder and (Path(folder) / "train-images-idx3-ubyte.gz").is_file():
            return Path(folder)
    return None


REAL_MNIST = _real_mnist()


@pytest.mark.whole
@pytest.mark.skipif(REAL_MNIST is None, reason="no MNIST files: set PULSENET_DATA to the folder that holds them")
def test_real_mnist():
    for name, sha256 in MNIST_FILES.items():
        assert pooch.file_hash(REAL_MNIST / name) == sha256
    data = load("mnist", folder=REAL_MNIST)
    assert data.x_train.shape == (60000, 784) and data.x_test.shape == (10000, 784) and data.n_classes == 10
    assert data.x_train.max() == 1.0 and list(data.y_train[:5]) == [5, 0, 4, 1, 9]
