"""Samples as they come from their file: whole numbers over one denominator, in an eighth of the memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Fractions:
    """Looks like a float array of shape (n, n_features); becomes one, bit by bit the quotient, where it is indexed.

    Parameters
    ----------
    numerators : ndarray of uint8, shape (n, n_features)
    denominator : int
        At least as large as any of them.

    Examples
    --------
    >>> pixels = Fractions(np.array([[0, 51], [255, 102]], np.uint8), 255)
    >>> pixels[1], len(pixels)
    (array([1. , 0.4]), 2)
    """

    numerators: np.ndarray
    denominator: int

    @property
    def shape(self) -> tuple[int, int]:
        """Of the array."""
        return self.numerators.shape

    def __len__(self) -> int:
        return len(self.numerators)

    def __getitem__(self, key: Any) -> np.ndarray:
        return self.numerators[key] / self.denominator

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        return np.asarray(self[:], dtype=dtype)
