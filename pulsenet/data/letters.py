"""Thirty images of three letters on nine pixels: what the first trained memristor crossbar learnt to tell apart.

Source: the task of Prezioso et al. 2015, 10.1038/nature14441: stylised "z", "v" and "n" of 3 x 3 pixels, each as it is
and with each of its pixels flipped. The letters are drawn by this project as its authors recall them from the paper; no
file of the images was at hand, so a pixel may differ.
"""

from __future__ import annotations

import numpy as np

#: The letters, in the order of their classes; # is a black pixel.
LETTERS = {
    "z": ("##.", ".#.", ".##"),
    "v": ("#.#", "#.#", ".#."),
    "n": (".#.", "#.#", "#.#"),
}


def letters() -> tuple[np.ndarray, np.ndarray]:
    """All images: of each letter the ideal one, then the nine with one pixel flipped.

    Returns
    -------
    x : ndarray of float64, shape (30, 9)
        Pixels in rows; 1 is black, 0 is white.
    y : ndarray of int64, shape (30,)
        0 is "z", 1 is "v", 2 is "n".

    Examples
    --------
    >>> x, y = letters()
    >>> x[10].reshape(3, 3)                # the ideal "v"
    array([[1., 0., 1.],
           [1., 0., 1.],
           [0., 1., 0.]])
    >>> int(abs(x[11] - x[10]).sum()), int(y[11])
    (1, 1)
    """
    ideal = np.array([[pixel == "#" for row in rows for pixel in row] for rows in LETTERS.values()])
    flips = np.vstack([np.zeros((1, 9), bool), np.eye(9, dtype=bool)])
    images = ideal[:, None, :] ^ flips
    return images.reshape(-1, 9).astype(float), np.repeat(np.arange(len(LETTERS)), len(flips))
