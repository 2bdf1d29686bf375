"""Labels to one-hot rows, and rows to unit length."""

from __future__ import annotations

import numpy as np

from chainrule.errors import ArgumentError, DataError
from chainrule.floatx import floatx


def whole_labels(y, what: str = "Class labels") -> np.ndarray:
    """Return class labels as int64, or refuse what isn't a whole number from 0 upward."""
    labels = np.asarray(y)
    advice = "number the classes 0, 1, 2, … first, for example with np.unique(y, return_inverse=True)[1]"
    if labels.dtype.kind not in "biuf":
        raise DataError(f"{what} are whole numbers; received {labels.dtype} such as {_first(labels)!r}: {advice}.")
    if labels.dtype.kind == "f":
        bad = ~(np.isfinite(labels) & (labels == np.floor(labels)))
        if bad.any():
            raise DataError(f"{what} are whole numbers; received {labels[bad].flat[0]:g}: {advice}.")
    if labels.size and labels.min() < 0:
        raise DataError(f"{what} start at 0; received {labels.min():g}: {advice}.")
    return labels.astype(np.int64)


def _first(labels: np.ndarray):
    return labels.flat[0] if labels.size else "nothing"


def one_hot(labels: np.ndarray, num_classes: int, what: str = "Class labels") -> np.ndarray:
    """Return booleans of shape `labels.shape + (num_classes,)`: True at the row's class."""
    if labels.size and labels.max() >= num_classes:
        raise DataError(
            f"{what} of {num_classes} classes go from 0 to {num_classes - 1}; received {labels.max():g}: "
            f"ask for more classes or correct the label."
        )
    return labels[..., None] == np.arange(num_classes)


def to_categorical(y, num_classes: int | None = None) -> np.ndarray:
    """Turn class numbers into rows of zeros with a single one.

    Use it for labels of `categorical_crossentropy`; `sparse_categorical_crossentropy` takes the class numbers
    themselves.

        out[n, c] = 1 if y[n] = c, else 0

    Parameters
    ----------
    y : array of shape (N,), (N, 1) or (N, …)
        Class numbers 0, 1, 2, …; whole numbers written as floats will do.
    num_classes : int, optional
        How many columns; by default the largest label plus 1.

    Returns
    -------
    array of shape (N, num_classes) or (N, …, num_classes), of dtype `floatx()`.

    Raises
    ------
    DataError
        If a label isn't a whole number, is negative, or is not below `num_classes`.
    ArgumentError
        If `num_classes` isn't a whole number above 0, or is left out where there are no labels.

    Examples
    --------
    >>> to_categorical([0, 2, 1])
    array([[1., 0., 0.],
           [0., 0., 1.],
           [0., 1., 0.]], dtype=float32)
    """
    labels = whole_labels(y)
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    if num_classes is None:
        if not labels.size:
            raise ArgumentError("There are no labels to count the classes of; say how many with num_classes=.")
        num_classes = int(labels.max()) + 1
    if isinstance(num_classes, bool) or not isinstance(num_classes, (int, np.integer)) or num_classes < 1:
        raise ArgumentError(f"num_classes is a whole number above 0; received {num_classes!r}.")
    return one_hot(labels, int(num_classes)).astype(floatx())


def normalize(x, axis: int = -1, order: float = 2) -> np.ndarray:
    """Divide vectors by their length, so that each has norm 1.

    Use it where only directions matter. To bring columns to mean 0 and spread 1, use the layer `Normalization` instead.

        out = x / ‖x‖ₚ,   ‖x‖ₚ = (Σ |xᵢ|ᵖ)^(1/p)

    Parameters
    ----------
    x : array of any shape
    axis : int, default -1
        Along which the vectors lie.
    order : float, default 2
        The p of the norm; 1 is the sum of absolute values, `np.inf` the largest.

    Returns
    -------
    array of the shape of `x`; a vector of zeros stays zero. float32 and float64 stay what they are, other numbers
    become `floatx()`.

    Raises
    ------
    ArgumentError
        If `order` isn't above 0 or there is no such axis.

    Examples
    --------
    >>> normalize(np.array([[3.0, 4.0], [0.0, 0.0]]))
    array([[0.6, 0.8],
           [0. , 0. ]])
    """
    X = np.asarray(x)
    if X.dtype.name not in ("float32", "float64"):
        X = X.astype(floatx())
    if not order > 0:
        raise ArgumentError(f"The order of a norm is a number above 0; received {order!r}.")
    if not -X.ndim <= axis < X.ndim:
        raise ArgumentError(f"There is no axis {axis} in an array of shape {X.shape}.")
    # Dividing by the largest entry first keeps the powers from overflowing and from vanishing.
    largest = np.abs(X).max(axis=axis, keepdims=True, initial=0)
    scaled = X / np.where(largest == 0, 1, largest).astype(X.dtype)
    length = np.linalg.norm(scaled, ord=order, axis=axis, keepdims=True)
    return scaled / np.where(length == 0, 1, length).astype(X.dtype)
