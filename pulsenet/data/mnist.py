"""The four idx files of MNIST: found on this machine, or downloaded with checksums."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
import platformdirs
from isal import igzip, isal_zlib

from pulsenet.errors import DataError, shortened

#: Public mirrors of the MNIST files, tried in this order.
MNIST_MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
#: The MNIST files, in the order images, labels, for training and for test, with the SHA256 of what is downloaded.
MNIST_FILES = {
    "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}


def mnist_arrays(folder: str | Path | None) -> list[np.ndarray]:
    """Training images and labels, test images and labels, as bytes: shapes (n, n_features) and (n,).

    Parameters
    ----------
    folder : str or path, optional
        Where the files are. Without it, or if they are not there, they are looked for as `pulsenet.data.dataset.load`
        tells.

    Raises
    ------
    DataError
        If they are nowhere and cannot be downloaded, or are damaged.
    """
    cache = Path(platformdirs.user_cache_dir("pulsenet")) / "mnist"
    places = []
    for key, value in (("folder", folder), ("PULSENET_DATA", os.environ.get("PULSENET_DATA"))):
        if value:
            root = Path(value).expanduser()
            if not root.is_dir():
                raise DataError(f"mnist: {key}: {value} is no folder; name the one that holds {', '.join(MNIST_FILES)}")
            places += [root, root / "mnist"]
    for place in [*places, cache]:
        pairs = [(place / name, place / name.removesuffix(".gz")) for name in MNIST_FILES]
        found = [next(filter(Path.is_file, pair), None) for pair in pairs]
        if all(found):
            break
    else:
        found = _download(cache)
    return [_read_idx(path) for path in found]


def _download(cache: Path) -> list[Path]:
    """Fetch the MNIST files into the cache folder, checking their hashes."""
    import pooch

    for mirror in MNIST_MIRRORS:
        try:
            downloader = pooch.HTTPDownloader(timeout=20)
            for name, sha256 in MNIST_FILES.items():
                pooch.retrieve(mirror + name, f"sha256:{sha256}", name, cache, downloader=downloader)
            return [cache / name for name in MNIST_FILES]
        except Exception as error:  # pooch, requests and the file system have no common base of errors; try the next
            reason = shortened(error)
    wanted = f"put {', '.join(MNIST_FILES)} into {cache} or into a folder that PULSENET_DATA names"
    raise DataError(f"mnist: not found on this machine, and the download failed ({reason}); {wanted}")


def _read_idx(path: Path) -> np.ndarray:
    """Read unsigned bytes from an idx file: samples as (n, n_features), labels as (n,)."""
    n_dims = 3 if "images" in path.name else 1
    try:
        content = path.read_bytes() if path.suffix != ".gz" else igzip.decompress(path.read_bytes())
    except (OSError, EOFError, isal_zlib.error) as error:
        raise DataError(f"{path}: cannot be read ({shortened(error)}); get it again") from error
    # Two zero bytes, the type (8: unsigned byte), the number of dimensions, and each of them in 4 bytes, big-endian.
    magic, start = bytes([0, 0, 8, n_dims]), 4 + 4 * n_dims
    if content[:4] != magic:
        raise DataError(f"{path}: begins with {content[:4].hex() or 'nothing'}, not with {magic.hex()}; get it again")
    shape = np.frombuffer(content[4:start].ljust(start - 4, b"\0"), ">u4").tolist()
    if len(content) != start + math.prod(shape):
        raise DataError(f"{path}: {len(content)} bytes, but its header says {start + math.prod(shape)}; get it again")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape[0], *[math.prod(shape[1:])] * (n_dims > 1))
