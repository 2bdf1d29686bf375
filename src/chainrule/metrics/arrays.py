"""How labels, predictions and weights are laid side by side; every shape rule of the metrics is here.

Shapes: N rows, C classes or outputs. Labels T and predictions P agree, or (N,) stands for (N, 1). Nothing is broadcast:
(N, 3) beside (N, 1) would give a number, and the wrong one.
"""

from __future__ import annotations

import numpy as np

from chainrule.errors import DataError, ShapeError
from chainrule.utils.arrays import one_hot, whole_labels

#: NumPy's letters for numbers: booleans, whole numbers, floats.
NUMBERS = "biuf"


def as_numbers(values, what: str) -> np.ndarray:
    """Return an array of numbers, or refuse text with a sentence."""
    A = np.asarray(values)
    if A.dtype.kind not in NUMBERS:
        raise DataError(
            f"A metric takes numbers for {what}; received {A.dtype}: number the classes 0, 1, 2, … first, "
            f"for example with np.unique(y, return_inverse=True)[1]."
        )
    return A


def paired(y_true, y_pred) -> tuple[np.ndarray, np.ndarray]:
    """Return T and P of one shape, at least (N,); the quick path is two dtype looks and a shape comparison."""
    T, P = as_numbers(y_true, "y_true"), as_numbers(y_pred, "y_pred")
    if T.shape != P.shape:
        if (*T.shape, 1) != P.shape and (*P.shape, 1) != T.shape:
            raise mismatch(T, P)
        T = T.reshape(P.shape)
    if not P.ndim:
        raise ShapeError("A metric takes one or more rows; received two single numbers: put them into lists.")
    return T, P


def paired_classes(y_true, y_pred) -> tuple[np.ndarray, np.ndarray]:
    """Return T and P of one shape, where T may be class numbers beside scores of C classes: they become one-hot."""
    T, P = as_numbers(y_true, "y_true"), as_numbers(y_pred, "y_pred")
    if T.shape != P.shape and P.ndim > 1 and P.shape[-1] > 1 and T.shape in (P.shape[:-1], (*P.shape[:-1], 1)):
        return one_hot(whole_labels(T).reshape(P.shape[:-1]), P.shape[-1]), P
    return paired(T, P)


def paired_sparse(y_true, y_pred) -> tuple[np.ndarray, np.ndarray]:
    """Return class numbers T (N, …) and scores P (N, …, C)."""
    T, P = as_numbers(y_true, "y_true"), as_numbers(y_pred, "y_pred")
    if not P.ndim or T.shape != P.shape[:-1]:
        if not P.ndim or T.shape != (*P.shape[:-1], 1):
            advice = "labels that are one-hot rows go with CategoricalAccuracy" if T.shape == P.shape else ""
            raise mismatch(T, P, "one class number a row beside one score a class", advice)
        T = T[..., 0]
    return T, P


def mismatch(
    T: np.ndarray, P: np.ndarray, expected: str = "labels and predictions of one shape", advice: str = ""
) -> ShapeError:
    """Return the error for shapes that fit only by broadcasting, or not at all."""
    advice = advice or "nothing is repeated to make them fit"
    return ShapeError(f"Expected {expected}; received y_true {T.shape} and y_pred {P.shape}: {advice}.")


def row_weights(sample_weight, shape: tuple[int, ...]) -> np.ndarray:
    """Return float64 weights (N, 1, …) that multiply values of the given shape, from one weight a row."""
    W = np.asarray(sample_weight, dtype=np.float64)
    if W.shape != shape[:1] and W.shape != (*shape[:1], 1):
        raise ShapeError(f"Sample weights are one number a row, of shape {shape[:1]}; received {W.shape}.")
    return W.reshape(shape[:1] + (1,) * (len(shape) - 1))


def flat_weights(sample_weight, shape: tuple[int, ...]) -> np.ndarray:
    """Return one float64 weight for each value of the given shape, in a flat array; ones without sample weights."""
    if sample_weight is None:
        return np.ones(int(np.prod(shape)))
    return np.broadcast_to(row_weights(sample_weight, shape), shape).ravel()


def merged(name: str, counts, batch: np.ndarray) -> np.ndarray:
    """Return the counts so far (None: none yet) plus a batch's, one a class in the last axis."""
    if counts is None:
        return batch
    if counts.shape != batch.shape:
        raise ShapeError(
            f"{name} has seen {counts.shape[-1]} classes; received {batch.shape[-1]}: call reset_state() in between."
        )
    return counts + batch
