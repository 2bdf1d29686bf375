"""The user's targets, checked and turned into the array that an operation takes.

Every check says in one sentence what was expected, what was received and how to mend it, and names the user's own row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.errors import ChainruleError, DataError, ShapeError

Shape = tuple[int | None, ...]

#: How many of the texts in y a message names.
N_NAMED = 3
ENCODE = "encode them as numbers first, classes, y = np.unique(y, return_inverse=True)"
LEAVE_OUT = "leave such rows out, or fill them in"


@dataclass(frozen=True)
class Place:
    """Where targets stand, for the messages: the output's name, and the rows of the user's data.

    Attributes
    ----------
    where : str
        A prefix such as "output 'dense_2'", or "".
    rows : array of int or None
        The index in the user's data of each row in hand; None: they follow `row_offset` in order.
    row_offset : int
        The index of the first row in hand.
    """

    where: str = ""
    rows: Any = None
    row_offset: int = 0

    def error(self, kind: type[ChainruleError], sentence: str) -> ChainruleError:
        """Return the error whose message is the sentence behind the prefix."""
        if not self.where:
            return kind(sentence)
        return kind(f"{self.where[0].upper()}{self.where[1:]}: {sentence[0].lower()}{sentence[1:]}")

    def row(self, row: int) -> int:
        """Return the user's index of a row in hand."""
        return int(row) + self.row_offset if self.rows is None else int(self.rows[row])

    def of(self, index: tuple[int, ...]) -> str:
        """Return "row 3", "row 3, column 0" or "row 3, position (1, 2)" for an index of the array in hand."""
        row, *rest = (int(i) for i in index)
        if not rest:
            return f"row {self.row(row)}"
        return f"row {self.row(row)}, " + (f"column {rest[0]}" if len(rest) == 1 else f"position {tuple(rest)}")

    def first(self, bad: np.ndarray) -> tuple[int, ...]:
        """Return the index of the first True."""
        return tuple(int(i) for i in np.unravel_index(int(bad.argmax()), bad.shape))


def shown(shape: Shape) -> str:
    """Return a shape as text, with n for the number of rows: "(n, 3)"."""
    inside = ", ".join("n" if size is None else str(size) for size in shape)
    return f"({inside},)" if len(shape) == 1 else f"({inside})"


def count(number: Any, thing: str) -> str:
    """Return "1 unit" or "3 units"."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def number(value: Any) -> str:
    """Return a number as a user would write it: "2", not "2.0" or "np.float64(2.0)"."""
    value = float(value)
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def fits(shape: tuple[int, ...], expected: Shape) -> bool:
    """Say whether a shape is the expected one, where None fits any size."""
    return shape == expected or (
        len(shape) == len(expected) and all(b is None or a == b for a, b in zip(shape, expected, strict=True))
    )


def as_numbers(values: Any, place: Place, what: str = "targets y") -> np.ndarray:
    """Return an array of bool, int or float; refuse text, dates, complex numbers and rows of different lengths."""
    try:
        A = np.asarray(values)
    except ValueError:
        raise place.error(ShapeError, f"The {what} have rows of different lengths: give all rows one length.") from None
    if A.dtype.kind in "OUST":
        A = _from_objects(A.astype(object), place, what)
    if A.dtype.kind not in "biuf":
        sentence = f"The {what} are of type {A.dtype}, but a loss needs real numbers: convert them first."
        raise place.error(DataError, sentence)
    if A.ndim == 0:
        raise place.error(ShapeError, f"The {what} are the single number {A.item()!r}: give an array of rows.")
    return A


def _from_objects(A: np.ndarray, place: Place, what: str) -> np.ndarray:
    """Return what Python objects mean as float64, or say which one means no number."""
    texts = list(dict.fromkeys(str(value) for value in A.flat if isinstance(value, (str, bytes))))
    if texts:
        names = ", ".join(map(repr, texts[:N_NAMED])) + (", …" if len(texts) > N_NAMED else "")
        raise place.error(DataError, f"The {what} hold text ({names}), but a loss needs numbers: {ENCODE}.")
    for index, value in np.ndenumerate(A):
        if isinstance(value, (list, tuple, np.ndarray)):
            sentence = f"The {what} hold whole rows as Python objects: make one array of them with np.stack(y)."
            raise place.error(ShapeError, sentence)
        try:
            float(value)
        except (TypeError, ValueError):
            sentence = f"The {what} hold {value!r} in {place.of(index)}, which is no number: {LEAVE_OUT}."
            raise place.error(DataError, sentence) from None
    return A.astype(np.float64)


def fit_dense(T: np.ndarray, expected: Shape, place: Place) -> np.ndarray:
    """Return T in the output's shape: as it is, or with a last axis of 1 put behind it; nothing is broadcast."""
    if fits(T.shape, expected):
        return T
    if expected[-1] == 1 and fits(T.shape, expected[:-1]):
        return T[..., None]
    received = f"The targets y have shape {T.shape}, but the output has shape {shown(expected)}"
    raise place.error(ShapeError, f"{received}: {_mend(T, expected)}.")


def _mend(T: np.ndarray, expected: Shape) -> str:
    """Return what to do about a shape that doesn't fit."""
    units = expected[-1]
    if expected[0] is not None and T.shape[0] != expected[0]:
        return "give one row of targets for each row of X"
    if T.ndim == len(expected) and T.shape[-1] != units:
        return f"give y {count(units, 'column')}, or the last layer {count(T.shape[-1], 'unit')}"
    if T.ndim == len(expected) - 1:
        columns = f"{count(units, 'column')} (utils.to_categorical makes them of class labels)"
        return f"give y {columns}, or the last layer 1 unit"
    return "give y the shape of the output"


def fit_labels(T: np.ndarray, expected: Shape, place: Place) -> np.ndarray:
    """Return class labels without the axis of classes: (n,) as it is, (n, 1) as (n,)."""
    labels = expected[:-1]
    if fits(T.shape, labels):
        return T
    if T.ndim == len(expected) and T.shape[-1] == 1 and fits(T.shape[:-1], labels):
        return T[..., 0]
    if fits(T.shape, expected):
        mend = "for one-hot rows use loss='categorical_crossentropy', or y = y.argmax(axis=-1)"
    elif expected[0] is not None and T.shape[0] != expected[0]:
        mend = "give one label for each row of X"
    else:
        mend = "give one whole number a row"
    expects = f"sparse_categorical_crossentropy expects labels of shape {shown(labels)}"
    raise place.error(ShapeError, f"The targets y have shape {T.shape}, but {expects}: {mend}.")
