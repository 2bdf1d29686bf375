"""The losses as functions of `(y_true, y_pred)`: one loss a row, not yet reduced.

Each checks its targets as its class does; the class documents the formula.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.losses.crossentropies import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)
from chainrule.losses.margins import Hinge, KLDivergence, SquaredHinge
from chainrule.losses.regression import (
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanSquaredError,
    Poisson,
    Quantile,
    SumOfSquares,
)


def mean_squared_error(y_true: Any, y_pred: Any) -> np.ndarray:
    """Return the loss of each row; see `MeanSquaredError`.

    Examples
    --------
    >>> from chainrule import losses
    >>> losses.mean_squared_error([[0.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [2.0, 0.0]])
    array([0.5, 2. ])
    """
    return MeanSquaredError().losses(y_true, y_pred)


def sum_of_squares(y_true: Any, y_pred: Any, half: bool = True) -> np.ndarray:
    """Return the loss of each row; see `SumOfSquares`."""
    return SumOfSquares(half).losses(y_true, y_pred)


def mean_absolute_error(y_true: Any, y_pred: Any) -> np.ndarray:
    """Return the loss of each row; see `MeanAbsoluteError`."""
    return MeanAbsoluteError().losses(y_true, y_pred)


def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> np.ndarray:
    """Return the loss of each row; see `Huber`."""
    return Huber(delta).losses(y_true, y_pred)


def log_cosh(y_true: Any, y_pred: Any) -> np.ndarray:
    """Return the loss of each row; see `LogCosh`."""
    return LogCosh().losses(y_true, y_pred)


def poisson(y_true: Any, y_pred: Any) -> np.ndarray:
    """Return the loss of each row; see `Poisson`."""
    return Poisson().losses(y_true, y_pred)


def quantile(y_true: Any, y_pred: Any, quantile: float = 0.5) -> np.ndarray:
    """Return the loss of each row; see `Quantile`."""
    return Quantile(quantile).losses(y_true, y_pred)


def binary_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0
) -> np.ndarray:
    """Return the loss of each row; see `BinaryCrossentropy`."""
    return BinaryCrossentropy(from_logits, label_smoothing).losses(y_true, y_pred)


def categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0
) -> np.ndarray:
    """Return the loss of each row; see `CategoricalCrossentropy`."""
    return CategoricalCrossentropy(from_logits, label_smoothing).losses(y_true, y_pred)


def sparse_categorical_crossentropy(y_true: Any, y_pred: Any, from_logits: bool = False) -> np.ndarray:
    """Return the loss of each row; see `SparseCategoricalCrossentropy`."""
    return SparseCategoricalCrossentropy(from_logits).losses(y_true, y_pred)


def hinge(y_true: Any, y_pred: Any) -> np.ndarray:
    """Return the loss of each row; see `Hinge`."""
    return Hinge().losses(y_true, y_pred)


def squared_hinge(y_true: Any, y_pred: Any) -> np.ndarray:
    """Return the loss of each row; see `SquaredHinge`."""
    return SquaredHinge().losses(y_true, y_pred)


def kl_divergence(y_true: Any, y_pred: Any) -> np.ndarray:
    """Return the loss of each row; see `KLDivergence`."""
    return KLDivergence().losses(y_true, y_pred)
