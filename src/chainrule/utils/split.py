"""Rows for training and rows for testing, so that every class is on both sides.

    quota_c = n_test · n_c / n      the share of class c, hardly ever whole

Each class gets its quota rounded down; the rows left over go to the largest remainders (Hamilton's method, 1792). Then
a class of at least two rows gets one on each side, where the number of test rows allows it.
"""

from __future__ import annotations

import numpy as np

from chainrule.errors import ArgumentError, DataError, ShapeError
from chainrule.random import Stream, check_seed


def split_indices(n: int, fraction: float, stratify=None, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return the row numbers of the training part and of the test part, both in random order.

    Parameters
    ----------
    n : int
        How many rows there are, at least 2.
    fraction : float
        The share of the test part, between 0 and 1; it gets round(n · fraction) rows, at least 1 and at most n − 1.
    stratify : array of n labels, optional
        Class labels of any kind, or one-hot rows (n, C): the shares of the classes are kept. None splits without
        regard.
    seed : int, default 0
        The same seed gives the same split.

    Returns
    -------
    train, test : arrays of int
        Together every row number once.

    Raises
    ------
    ArgumentError
        If the fraction isn't between 0 and 1, there are fewer than 2 rows, or the seed is not a whole number.
    ShapeError
        If there aren't n labels.
    DataError
        If the labels can't be compared with each other.

    Examples
    --------
    >>> train, test = split_indices(10, 0.2, stratify=[0] * 5 + [1] * 5)
    >>> sorted((test >= 5).tolist())
    [False, True]
    """
    _check(n, fraction)
    order = Stream(check_seed(seed), "split").permutation(n)
    n_test = min(max(round(n * fraction), 1), n - 1)
    if stratify is None:
        return order[n_test:], order[:n_test]
    classes = _class_numbers(stratify, n)[order]
    counts = np.bincount(classes)
    # Rank of each row among the shuffled rows of its class: the first `allotted` of each class are for testing.
    by_class = np.argsort(classes, kind="stable")
    rank = np.empty(n, dtype=np.int64)
    rank[by_class] = np.arange(n) - np.repeat(np.cumsum(counts) - counts, counts)
    in_test = rank < allot(counts, n_test)[classes]
    return order[~in_test], order[in_test]


def allot(counts: np.ndarray, n_test: int) -> np.ndarray:
    """Return how many of each class's rows go to the test part; they add up to `n_test`.

    Examples
    --------
    >>> allot(np.array([6, 3, 1]), 5)  # quotas 3, 1.5, 0.5; a class of one row stays in training
    array([3, 2, 0])
    """
    quota = n_test * counts / counts.sum()
    least = (counts >= 2).astype(np.int64)
    most = np.where(counts >= 2, counts - 1, 0)
    if least.sum() > n_test:  # more classes than test rows
        least = np.zeros_like(least)
    if most.sum() < n_test:  # more test rows than can be spared, as when every label is its own class
        most = counts
    given = np.clip(np.floor(quota + 1e-9).astype(np.int64), least, most)
    while given.sum() != n_test:
        missing = n_test - int(given.sum())
        step = 1 if missing > 0 else -1
        able = np.flatnonzero(given < most if missing > 0 else given > least)
        # Those furthest below (or above) their quota come first; `stable` settles ties by class.
        first = np.argsort(step * (given - quota)[able], kind="stable")[: abs(missing)]
        given[able[first]] += step
    return given


def split(X, y, test: float = 0.2, stratify: bool = True, seed: int = 0):
    """Split rows into a training and a test part, in random order and with every class on both sides.

    Use it before anything else looks at the data: what the test part taught, it can't test.

    Parameters
    ----------
    X, y : array, list or data frame of N rows
    test : float, default 0.2
        The share of the test part.
    stratify : bool, default True
        Keep the shares of the classes in `y`. Labels with fractions, as in regression, have no classes; then the split
        is random.
    seed : int, default 0
        The same seed gives the same split.

    Returns
    -------
    X_train, X_test, y_train, y_test

    Raises
    ------
    ShapeError
        If X and y don't have the same number of rows.
    ArgumentError, DataError
        As `split_indices`.

    Examples
    --------
    >>> X, y = np.arange(20).reshape(10, 2), np.array([0, 1] * 5)
    >>> X_train, X_test, y_train, y_test = split(X, y)
    >>> X_train.shape, sorted(y_test.tolist())
    ((8, 2), [0, 1])
    """
    if len(X) != len(y):
        raise ShapeError(
            f"X and y have one row each for the same thing; received {len(X)} rows of X and {len(y)} of y."
        )
    labels = np.asarray(y) if stratify else None
    if labels is not None and labels.dtype.kind == "f" and (labels != np.floor(labels)).any():
        labels = None
    train, held_out = split_indices(len(y), test, labels, seed)
    return _rows(X, train), _rows(X, held_out), _rows(y, train), _rows(y, held_out)


def _check(n, fraction) -> None:
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 2:
        raise ArgumentError(f"A split takes at least 2 rows, one for each side; received {n!r}.")
    if isinstance(fraction, bool) or not isinstance(fraction, (int, float, np.floating)) or not 0 < fraction < 1:
        raise ArgumentError(f"The share of the test rows lies between 0 and 1, such as 0.2; received {fraction!r}.")


def _class_numbers(stratify, n: int) -> np.ndarray:
    labels = np.asarray(stratify)
    if labels.shape[:1] != (n,):
        raise ShapeError(f"Stratifying takes one label a row, {n} in all; received shape {labels.shape}.")
    try:
        axis = None if labels.ndim == 1 else 0
        return np.unique(labels, axis=axis, return_inverse=True)[1].reshape(n)
    except TypeError as error:
        raise DataError(
            f"Labels to stratify by are all of one kind; received {labels.dtype} that can't be sorted ({error}): "
            f"fill what is missing, or pass stratify=None."
        ) from error


def _rows(data, index: np.ndarray):
    if hasattr(data, "iloc"):
        return data.iloc[index]
    if hasattr(data, "__dataframe__") or hasattr(data, "shape"):
        return data[index]
    return np.asarray(data)[index]
