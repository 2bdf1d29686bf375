"""Losses: how far predictions are from targets, as classes for `compile`, by name, and as functions."""

from __future__ import annotations

from typing import Any

from chainrule.losses import functions as _functions
from chainrule.losses.base import LOSSES, Loss
from chainrule.losses.crossentropies import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)
from chainrule.losses.functions import (
    binary_crossentropy,
    categorical_crossentropy,
    hinge,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_squared_error,
    poisson,
    quantile,
    sparse_categorical_crossentropy,
    squared_hinge,
    sum_of_squares,
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

__all__ = [
    "LOSSES",
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Poisson",
    "Quantile",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "SumOfSquares",
    "binary_crossentropy",
    "categorical_crossentropy",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_squared_error",
    "poisson",
    "quantile",
    "sparse_categorical_crossentropy",
    "squared_hinge",
    "sum_of_squares",
]


def get(identifier: Any) -> Any:
    """Return the loss that an identifier means: None, a loss, its class, its name, one of our functions, or a config.

    Raises
    ------
    ArgumentError
        If there is no such loss; the message names the nearest.

    Examples
    --------
    >>> from chainrule import losses
    >>> losses.get("mse"), losses.get(losses.huber)
    (MeanSquaredError(), Huber())
    """
    if getattr(identifier, "__module__", None) == _functions.__name__ and callable(identifier):
        identifier = identifier.__name__
    return LOSSES.get(identifier)
