"""Samples and labels: scikit-learn's digits, MNIST from its idx files, three letters, or arrays of your own.

Every source ends as one :class:`Dataset`: features in [0, 1], because a line's pulse train can be no shorter than
nothing and no longer than a phase, and labels 0 .. k-1, because each is the number of an output neuron.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from pulsenet.data.fractions import Fractions
from pulsenet.data.letters import letters
from pulsenet.data.mnist import mnist_arrays
from pulsenet.errors import DataError, shortened

#: Seed of the stratified split of sources that come without one; part of what a result means, so never changed.
SPLIT_SEED = 0
#: Names of the arrays, in the one order that is used everywhere.
ARRAYS = ("x_train", "y_train", "x_test", "y_test")
#: Samples that are hashed at a time: few enough for a processor's cache.
_HASHED_AT_A_TIME = 100


@dataclass(frozen=True, eq=False)
class Dataset:
    """Samples for training and for test, as :func:`load` and :meth:`from_arrays` make them: checked and read-only.

    Attributes
    ----------
    name : str
    train, test : ndarray of float64, or Fractions, shape (n, n_features)
        In [0, 1]. The test part may have no samples, the training part has at least one. Index them to get some.
    y_train, y_test : ndarray of int64, shape (n,)
        In 0 .. n_classes - 1.
    n_classes : int
    """

    name: str
    train: np.ndarray | Fractions
    y_train: np.ndarray
    test: np.ndarray | Fractions
    y_test: np.ndarray
    n_classes: int

    def __post_init__(self):
        for samples in (self.train, self.test, self.y_train, self.y_test):  # the hash must stay true
            (samples.numerators if isinstance(samples, Fractions) else samples).flags.writeable = False

    @cached_property
    def x_train(self) -> np.ndarray:
        """All training samples: float64, shape (n, n_features), read-only. Of MNIST it takes 376 MB."""
        return _read_only(self.train)

    @cached_property
    def x_test(self) -> np.ndarray:
        """All test samples, likewise."""
        return _read_only(self.test)

    @property
    def n_features(self) -> int:
        """Length of a sample: the number of input lines."""
        return self.train.shape[1]

    @cached_property
    def sha256(self) -> str:
        """SHA256 (hexadecimal) over type, shape and content of the four arrays; computed on first use."""
        digest = hashlib.sha256()
        for array in (self.train, self.y_train, self.test, self.y_test):
            digest.update(f"{array[:0].dtype.name} {array.shape} ".encode())
            for first in range(0, len(array), _HASHED_AT_A_TIME):
                some = array[first : first + _HASHED_AT_A_TIME]
                digest.update(some.astype(some.dtype.newbyteorder("<"), copy=False))
        return digest.hexdigest()

    @classmethod
    def from_arrays(cls, x_train, y_train, x_test=None, y_test=None, name="arrays", copy=True) -> Dataset:
        """Make a data set from arrays.

        Parameters
        ----------
        x_train, x_test : array-like of real numbers, shape (n, n_features)
            In [0, 1]. Without x_test and y_test, the test part has no samples.
        y_train, y_test : array-like of integers, shape (n,)
            0 .. k-1 for k classes, each of which occurs.
        name : str
        copy : bool
            False saves time and memory: float64 and int64 arrays are taken as they are, and become read-only.

        Raises
        ------
        DataError
            If a type, a shape, a length or a value does not fit.

        Examples
        --------
        >>> data = Dataset.from_arrays([[0.0, 0.5], [1.0, 0.25]], [0, 1])
        >>> data.n_features, data.n_classes, len(data.x_test)
        (2, 2, 0)
        """
        x_train, y_train = _checked(name, "x_train", x_train, "y_train", y_train, copy)
        if x_test is None and y_test is None:
            x_test, y_test = np.empty((0, x_train.shape[1])), np.empty(0, dtype=np.int64)
        else:
            x_test, y_test = _checked(name, "x_test", x_test, "y_test", y_test, copy)
        if len(x_train) == 0:
            raise DataError(f"{name}: x_train: has no samples; at least one is needed")
        if x_test.shape[1] != x_train.shape[1]:
            raise DataError(f"{name}: x_test: {x_test.shape[1]} features; allowed: {x_train.shape[1]}, as in x_train")
        classes = np.unique(np.concatenate([y_train, y_test]))
        if classes[-1] != len(classes) - 1:
            absent = np.flatnonzero(classes != np.arange(len(classes)))[0]
            raise DataError(f"{name}: labels: {classes[-1]} occurs, but {absent} does not; number the classes 0 .. k-1")
        return cls(name, x_train, y_train, x_test, y_test, len(classes))

    def first(self, train: int | None = None, test: int | None = None) -> Dataset:
        """The first ``train`` and the first ``test`` samples (None: all of them); the number of classes stays.

        Raises
        ------
        DataError
            If there are not so many samples, or ``train`` is below 1, or ``test`` below 0.
        """
        for key, value, least, most in (("train", train, 1, len(self.train)), ("test", test, 0, len(self.test))):
            if value is not None and not least <= value <= most:
                raise DataError(f"{self.name}: {key}: {value} samples asked for; allowed are {least} to {most}")
        parts = self.train[:train], self.y_train[:train], self.test[:test], self.y_test[:test]
        # Copied, so that a few samples do not hold all the others in memory.
        return Dataset(self.name, *(part.copy() for part in parts), self.n_classes)

    def cropped(self, crop: int | tuple[int, int]) -> Dataset:
        """Square images without their outermost pixels.

        Parameters
        ----------
        crop : int or (int, int)
            How many rows go at the top and as many at the bottom, and how many columns at the left and at the right;
            one number for both.

        Raises
        ------
        DataError
            If samples are no square images, or nothing would be left of them.

        Examples
        --------
        >>> load("digits").cropped((0, 2)).n_features          # 8 rows of 4 pixels
        32
        """
        side = math.isqrt(self.n_features)
        if side**2 != self.n_features:
            raise DataError(f"{self.name}: crop: {self.n_features} features are no square image; leave data.crop out")
        rows, columns = (crop, crop) if isinstance(crop, int) else crop
        for cut in (rows, columns):
            if not 0 <= cut < side / 2:
                raise DataError(
                    f"{self.name}: crop: {cut} pixels of {side} x {side}; allowed are 0 to {(side - 1) // 2}"
                )
        kept = slice(rows, side - rows), slice(columns, side - columns)
        n_kept = (side - 2 * rows) * (side - 2 * columns)
        x_train, x_test = (
            x.reshape(-1, side, side)[:, *kept].reshape(len(x), n_kept) for x in (self.x_train, self.x_test)
        )
        return Dataset(self.name, x_train, self.y_train, x_test, self.y_test, self.n_classes)


def load(
    source: str | Path,
    folder: str | Path | None = None,
    train: int | None = None,
    test: int | None = None,
    crop: int | tuple[int, int] = 0,
) -> Dataset:
    """Load a data set.

    Parameters
    ----------
    source : str or path
        ``"digits"``: scikit-learn's bundled 8 x 8 digits, divided by 16; 1437 training and 360 test samples by a
        stratified split (``train_test_split`` with ``random_state=0``).
        ``"mnist"``: the four idx files, packed (.gz) or not, divided by 255. Files of the same names and format, such
        as Fashion-MNIST's, do too.
        ``"letters"``: the 30 images of 3 x 3 pixels of `pulsenet.data.letters`. The test part is the same 30 images,
        because the published result is perfect classification of the images that were learnt.
        Else the path of an .npz file with ``x_train, y_train[, x_test, y_test]``, or with ``x, y``, of which a fifth
        goes into the test part by the same stratified split.
    folder : str or path, optional
        Where the MNIST files are. They are looked for here, then in the folder that the environment variable
        PULSENET_DATA names, both times also in its subfolder ``mnist``, then in the user's cache folder, into which
        they are downloaded if they are nowhere.
    train, test : int, optional
        Keep only the first so many samples.
    crop : int or (int, int)
        Cut so many pixels off each side of square images, or so many rows and so many columns.

    Returns
    -------
    Dataset

    Raises
    ------
    DataError
        If a file is missing, damaged or of another format, or holds what a data set cannot.

    Examples
    --------
    >>> data = load("digits", train=1000)
    >>> data.x_train.shape, data.x_test.shape, data.n_classes
    ((1000, 64), (360, 64), 10)
    """
    if source == "digits":
        from sklearn.datasets import load_digits  # on use, as below: it takes a second

        x, y = load_digits(return_X_y=True)
        data = Dataset.from_arrays(*_split(source, x / 16, y), name=source)
    elif source == "mnist":
        x_train, y_train, x_test, y_test = mnist_arrays(folder)
        data = Dataset.from_arrays(Fractions(x_train, 255), y_train, Fractions(x_test, 255), y_test, name=source)
    elif source == "letters":
        x, y = letters()
        data = Dataset.from_arrays(x, y, x, y, name=source)
    elif str(source).endswith(".npz"):
        data = _npz(Path(source).expanduser())
    else:
        raise DataError(
            f"data source {str(source)!r}: not known; allowed are digits, mnist, letters or the path of an .npz"
        )
    data = data if train is None and test is None else data.first(train, test)
    return data.cropped(crop) if crop else data


def _read_only(samples: np.ndarray | Fractions) -> np.ndarray:
    array = np.asarray(samples)
    array.flags.writeable = False
    return array


def _checked(name: str, x_key: str, x, y_key: str, y, copy: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Check the samples and labels of one part, and make them float64 and int64."""
    if x is None or y is None:
        raise DataError(f"{name}: {x_key if x is None else y_key}: missing; {x_key} and {y_key} come together")
    if not isinstance(x, Fractions):
        x = _plain(name, x_key, x, "buif", 2, "real numbers of shape (samples, features)").astype(float, "C", copy=copy)
    y = _plain(name, y_key, y, "iu", 1, "integers of shape (samples,)").astype(np.int64, "C", copy=copy)
    if len(x) != len(y):
        raise DataError(f"{name}: {y_key}: {len(y)} labels for {len(x)} samples in {x_key}; one per sample is needed")
    in_range = isinstance(x, Fractions) or (x.min(initial=0.0) >= 0.0 and x.max(initial=0.0) <= 1.0)
    if not in_range:  # so written that NaN is caught too
        row, column = np.argwhere(~((x >= 0.0) & (x <= 1.0)))[0]
        raise DataError(f"{name}: {x_key}[{row}, {column}]: {x[row, column]:g} is not in [0, 1]; scale it")
    if y.min(initial=0) < 0:
        raise DataError(f"{name}: {y_key}[{np.argmin(y)}]: {y.min()} is no label; allowed are 0 .. k-1 for k classes")
    return x, y


def _plain(name: str, key: str, value, kinds: str, n_dims: int, allowed: str) -> np.ndarray:
    """An array of one of these kinds (NumPy's letters) and this many dimensions, or an error."""
    try:
        array = np.asarray(value)
    except ValueError as error:  # rows of different lengths
        raise DataError(f"{name}: {key}: {shortened(error)}; allowed are {allowed}") from error
    if array.dtype.kind not in kinds or array.ndim != n_dims or 0 in array.shape[1:]:
        raise DataError(
            f"{name}: {key}: {'text' if array.dtype.kind in 'US' else array.dtype} of shape {array.shape}; allowed are "
            f"{allowed}"
        )
    return array


def _split(name: str, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, ...]:
    """Stratified 80/20 split into x_train, y_train, x_test, y_test."""
    from sklearn.model_selection import train_test_split

    try:
        x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.2, stratify=y, random_state=SPLIT_SEED)
    except ValueError as error:  # a class with a single sample, or fewer test samples than classes
        raise DataError(
            f"{name}: y: no 80/20 split ({shortened(error)}); give x_train, y_train, x_test, y_test"
        ) from error
    return x_train, y_train, x_test, y_test


def _npz(path: Path) -> Dataset:
    keys = "x_train and y_train (with x_test and y_test), or x and y"
    if not path.is_file():
        raise DataError(f"{path}: no such file; give the path of an .npz file with {keys}")
    try:
        # A pickle can run any code when it is loaded, so arrays of Python objects are refused.
        with np.load(path, allow_pickle=False) as file:
            found = ", ".join(file.files) or "nothing"
            arrays = {key: file[key] for key in (*ARRAYS, "x", "y") if key in file.files}
    except Exception as error:  # numpy, zipfile and zlib raise a dozen types, none with a common base, for a bad file
        raise DataError(
            f"{path}: no .npz file of plain arrays ({shortened(error)}); write it with numpy.savez"
        ) from error
    if {"x_train", "y_train"} <= arrays.keys():
        parts = [arrays.get(key) for key in ARRAYS]
    elif {"x", "y"} <= arrays.keys():
        parts = _split(path.name, *_checked(path.name, "x", arrays["x"], "y", arrays["y"]))
    else:
        raise DataError(f"{path}: holds {found}; needed are {keys}")
    return Dataset.from_arrays(*parts, name=path.name)
