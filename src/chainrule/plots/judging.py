"""What the figures of a model's answers take: right values, answers and names of classes, looked at once, here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.errors import ArgumentError

#: Rows of probabilities sum to 1, but for rounding in float32.
ROUNDING = 1e-3


def column(owner: str, argument: str, values: Any) -> np.ndarray:
    """Return values as one column, or refuse what is none: empty, of two dimensions, with NaN in it."""
    array = np.asarray(values)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1 or not len(array):
        raise ArgumentError(
            f"{owner} takes {argument} as one column with a value for each row, at least one; received an array of "
            f"shape {array.shape}."
        )
    if array.dtype.kind in "fc" and not np.isfinite(array).all():
        row = int(np.flatnonzero(~np.isfinite(array))[0])
        raise ArgumentError(f"{owner}: {argument} has {array[row]} in row {row}; leave such rows out.")
    return array


def numbers(owner: str, argument: str, values: Any) -> np.ndarray:
    """Return one column of numbers as float64."""
    array = column(owner, argument, values)
    if array.dtype.kind not in "fiub":
        raise ArgumentError(f"{owner} takes {argument} as numbers; received {array.dtype} such as {array[0]!r}.")
    return array.astype(np.float64)


def same_length(owner: str, **columns: np.ndarray) -> None:
    """Refuse columns of different lengths."""
    (first, a), *others = columns.items()
    for name, b in others:
        if len(a) != len(b):
            raise ArgumentError(
                f"{owner} takes a row of {name} for each of {first}; received {len(a):,} of {first} and {len(b):,} of "
                f"{name}."
            )


def class_numbers(owner: str, argument: str, values: Any, classes: Sequence[Any]) -> np.ndarray:
    """Return the place of each label among the classes: labels are their names, or numbers from 0.

    Examples
    --------
    >>> class_numbers("confusion", "y_true", ["dog", "cat"], ["cat", "dog"]), class_numbers("roc", "y", [1, 0], "ab")
    (array([1, 0]), array([1, 0]))
    """
    array = column(owner, argument, values)
    places = {name: place for place, name in enumerate(classes)}
    labels = array.tolist()
    if all(label in places for label in labels):
        return np.array([places[label] for label in labels], dtype=np.int64)
    if array.dtype.kind in "fiub" and (array == np.floor(array)).all() and ((array >= 0) & (array < len(places))).all():
        return array.astype(np.int64)
    strange = next(
        label for label in labels if label not in places and not (isinstance(label, int) and 0 <= label < len(places))
    )
    raise ArgumentError(
        f"{owner}: {argument} has {strange!r}, which is no class and no number from 0 to {len(places) - 1}; the "
        f"classes are {', '.join(map(str, list(places)[:10]))}{', …' if len(places) > 10 else ''}."
    )


def names_of(owner: str, classes: Any, *columns: np.ndarray) -> list[Any]:
    """Return the classes: those given, each once, else all that the columns have."""
    if classes is None:
        found = set().union(*(column.tolist() for column in columns))
        return sorted(found, key=lambda name: (type(name).__name__, name))
    names = list(classes)
    if len(set(names)) != len(names) or not names:
        raise ArgumentError(f"{owner} takes classes as names, each once; received {names!r}.")
    return names


def probabilities(owner: str, y_true: Any, given: Any, classes: Any) -> tuple[np.ndarray, np.ndarray, list[Any]]:
    """Return the right class' number, the probabilities (rows, classes), and the classes' names.

    Parameters
    ----------
    owner : str
        Whose arguments these are, for messages.
    y_true : array, shape (n,)
    given : array, shape (n,), (n, 1) or (n, classes)
        One column is the probability of the second of two classes.
    classes : sequence, optional
    """
    P = np.asarray(given)
    P = P[:, None] if P.ndim == 1 else P
    if P.ndim != 2 or P.dtype.kind not in "fiub" or not P.size:
        raise ArgumentError(
            f"{owner} takes numbers: one column for two classes, or a column for each class; received {P.dtype} of "
            f"shape {P.shape}."
        )
    P = P.astype(np.float64)
    if not np.isfinite(P).all():
        row = int(np.flatnonzero(~np.isfinite(P).all(axis=1))[0])
        raise ArgumentError(f"{owner}: the scores have NaN or infinity in row {row}; leave such rows out.")
    P = np.hstack([1 - P, P]) if P.shape[1] == 1 else P
    labels = column(owner, "y_true", y_true)
    names = names_of(owner, classes, labels) if classes is not None else _found(owner, labels, P.shape[1])
    if len(names) != P.shape[1]:
        raise ArgumentError(
            f"{owner} takes a column of scores for each class; received {P.shape[1]} columns and {len(names)} classes: "
            f"{', '.join(map(str, names[:10]))}."
        )
    y = class_numbers(owner, "y_true", labels, names)
    same_length(owner, y_true=y, scores=P)
    return y, P, names


def _found(owner: str, labels: np.ndarray, width: int) -> list[Any]:
    """Return the classes where none were named: those of the labels, or numbers where the labels are such."""
    distinct = sorted(set(labels.tolist()))
    whole = labels.dtype.kind in "fiub" and all(0 <= label < width and label == int(label) for label in distinct)
    return list(range(width)) if whole else names_of(owner, None, labels)


def checked_probabilities(owner: str, P: np.ndarray) -> None:
    """Refuse scores that are no probabilities."""
    if P.min() < 0 or P.max() > 1 or np.abs(P.sum(axis=1) - 1).max() > ROUNDING:
        raise ArgumentError(
            f"{owner} takes probabilities: from 0 to 1, those of a row with the sum 1; received numbers from "
            f"{P.min():.3g} to {P.max():.3g}. Give the output of a sigmoid or softmax."
        )
