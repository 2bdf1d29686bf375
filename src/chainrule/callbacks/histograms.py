"""A histogram of every number of an array, in pieces so short that training is not kept from Python's lock."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

BINS = 64
#: So many numbers are looked at in one go: tens of microseconds, in which other threads may have to wait.
PIECE = 2**15


class Histogram(NamedTuple):
    """How the finite numbers of an array are spread; `edges` has one more entry than `counts`, `zeros` counts them."""

    counts: np.ndarray
    edges: np.ndarray
    mean: float
    std: float
    min: float
    max: float
    norm: float
    zeros: int


def histogram(A: np.ndarray, bins: int = BINS) -> Histogram | None:
    """Return the histogram of an array between its least and greatest finite number; None where it has none.

    Parameters
    ----------
    A : ndarray of float
    bins : int, default 64

    Examples
    --------
    >>> found = histogram(np.array([0.0, 1.0, 1.0, 2.0, np.nan]), bins=2)
    >>> found.counts.tolist(), found.edges.tolist(), found.mean, found.zeros
    ([1, 3], [0.0, 1.0, 2.0], 1.0, 1)
    """
    numbers = A.reshape(-1)
    low, high, count, total, squares, zeros = np.inf, -np.inf, 0, 0.0, 0.0, 0
    with np.errstate(all="ignore"):
        for piece in _pieces(numbers):
            low, high = min(low, float(piece.min())), max(high, float(piece.max()))
            count, total = count + piece.size, total + float(piece.sum())
            squares, zeros = squares + _square(piece), zeros + piece.size - int(np.count_nonzero(piece))
        if not count:
            return None
        edges = _edges(low, high, bins)
        counts, mean, apart = np.zeros(bins, np.int64), total / count, 0.0
        for piece in _pieces(numbers):
            counts += _counts(piece, edges)
            piece -= mean
            apart += _square(piece)
    return Histogram(counts, edges, mean, (apart / count) ** 0.5, low, high, squares**0.5, zeros)


def _square(piece: np.ndarray) -> float:
    """Return the sum of squares. Not `piece @ piece`: that wakes BLAS' threads, which keep the cores from training."""
    return float(np.square(piece).sum())


def _pieces(numbers: np.ndarray):
    """Yield the finite numbers as float64, a piece at a time; each piece may be written to."""
    for first in range(0, numbers.size, PIECE):
        piece = numbers[first : first + PIECE].astype(np.float64)
        # A sum finds every NaN and infinity; it may overflow by itself, so the numbers are looked at again.
        if not np.isfinite(piece.sum()):
            piece = piece[np.isfinite(piece)]
        if piece.size:
            yield piece


def _edges(low: float, high: float, bins: int) -> np.ndarray:
    """Return the bins' edges; numbers that are all the same get a bin of some width around them."""
    if high <= low:
        half = 0.5 * max(abs(low), 1.0)
        low, high = low - half, high + half
    return np.linspace(low, high, bins + 1)


def _counts(piece: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return how many numbers lie in each bin, the last one's right edge included."""
    bins = len(edges) - 1
    place = (piece - edges[0]) * (bins / (edges[-1] - edges[0]))
    return np.bincount(np.clip(place.astype(np.int64), 0, bins - 1), minlength=bins)
