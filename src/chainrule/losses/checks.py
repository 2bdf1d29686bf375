"""What targets may hold: finite numbers, and for each loss those that it can learn."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.errors import DataError
from chainrule.losses.labels import ENCODE, LEAVE_OUT, Place, count, number

FOR_NUMBERS = "for numbers rather than classes use loss='mean_squared_error'"
FOR_TWO_CLASSES = "for two classes use loss='binary_crossentropy' with a sigmoid, else one unit for each class"


def refuse(T: np.ndarray, bad: np.ndarray, place: Place, but: str) -> None:
    """Raise, where any is bad, the sentence that names the first bad target and its row, then `but`."""
    if bad.any():
        index = place.first(bad)
        raise place.error(DataError, f"The targets y hold {number(T[index])} in {place.of(index)}, {but}.")


def check_finite(T: np.ndarray, place: Place, dtype: Any) -> None:
    """Refuse NaN and infinity, and numbers that would become infinite in the dtype of the model."""
    if T.dtype.kind != "f":
        return
    refuse(T, ~np.isfinite(T), place, f"which no loss can learn: {LEAVE_OUT}")
    if np.dtype(dtype).kind == "f" and np.dtype(dtype).itemsize < T.dtype.itemsize:
        too_large = np.abs(T) > np.finfo(dtype).max
        refuse(T, too_large, place, f"which is too large for {np.dtype(dtype)}: scale the targets down")


def refuse_below_zero(T: np.ndarray, place: Place, why: str) -> None:
    """Refuse negative numbers; `why` says what was expected and how to mend it."""
    refuse(T, T < 0, place, f"but {why}")


def check_binary(T: np.ndarray, place: Place) -> None:
    """Refuse targets outside 0 to 1, and say what their numbers look like."""
    bad = (T < 0) | (T > 1)
    if bad.any():
        refuse(T, bad, place, f"but binary_crossentropy expects numbers from 0 to 1: {_mend_binary(np.unique(T))}")


def _mend_binary(values: np.ndarray) -> str:
    """Return what to do about labels for a sigmoid of which one at least is not from 0 to 1."""
    whole = bool((values == np.floor(values)).all())
    if whole and values[0] >= 1 and values[-1] == 2:
        return "labels 1 and 2 become 0 and 1 when you subtract 1 (y - 1)"
    if set(values.tolist()) <= {-1, 1}:
        return "labels -1 and 1 become 0 and 1 with (y + 1) / 2"
    if whole and values[0] >= 0:
        return "for more than two classes use loss='sparse_categorical_crossentropy' and a softmax, one unit a class"
    return FOR_NUMBERS


def check_labels(T: np.ndarray, classes: int, place: Place) -> None:
    """Refuse class labels that are not whole numbers from 0 to classes - 1."""
    if T.dtype.kind == "f":
        fraction = np.floor(T) != T
        refuse(T, fraction, place, f"but sparse_categorical_crossentropy expects whole numbers: {FOR_NUMBERS}")
    bad = (T < 0) | (classes <= T)
    if bad.any():
        expected = f"labels from 0 to {classes - 1}, as the output has {count(classes, 'unit')}"
        refuse(T, bad, place, f"but the loss expects {expected}: {_mend_labels(int(T.min()), int(T.max()), classes)}")


def _mend_labels(lowest: int, highest: int, classes: int) -> str:
    """Return what to do about labels of which one at least is out of range."""
    if classes == 1:
        return FOR_TWO_CLASSES
    if lowest < 0:
        return ENCODE
    if lowest >= 1 and highest == classes:
        return "labels that count from 1 start at 0 when you subtract 1 (y - 1)"
    return f"give the last layer {highest + 1} units, or {ENCODE}"


def check_one_class(T: np.ndarray, place: Place) -> None:
    """Refuse targets other than 1 for a categorical crossentropy over a single unit, which is 0 whatever they are."""
    if not (T == 1).all():
        sentence = f"The output has 1 unit, over which categorical_crossentropy is always 0: {FOR_TWO_CLASSES}."
        raise place.error(DataError, sentence)


def check_signs(T: np.ndarray, place: Place) -> None:
    """Refuse labels other than -1 and 1, or 0 and 1."""
    two = "but a hinge loss expects two classes, labelled -1 and 1 or 0 and 1: relabel them"
    refuse(T, (T != 1) & (T != -1) & (T != 0), place, two)
    if (T == -1).any():
        refuse(T, T == 0, place, f"and -1 elsewhere, {two}")
