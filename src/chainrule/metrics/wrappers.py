"""Metrics out of what is none yet: a plain function, or a loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.errors import ArgumentError, ShapeError
from chainrule.metrics.base import WeightedMean
from chainrule.utils.naming import snake_case


class FunctionMetric(WeightedMean):
    """The mean over rows of a function of your own.

    Use it for `metrics=[my_function]`, which makes it for you. A function can't be written into a model file; a class
    derived from `Metric` says more.

    Parameters
    ----------
    function : callable
        `function(y_true, y_pred)` returns one value a row, (N,) or (N, …), or one number: the mean of its batch, which
        then counts for as many rows as the batch has.
    name : str, optional
        By default the function's name.

    Raises
    ------
    ArgumentError
        If it can't be called, or from `update_state` if there are sample weights but only one number a batch.
    ShapeError
        From `update_state`, if the values are not one a row.

    Examples
    --------
    >>> def too_high(y_true, y_pred):
    ...     return y_pred > y_true
    >>> metric = FunctionMetric(too_high)
    >>> metric(np.array([1, 2, 3, 4]), np.array([2, 2, 2, 2])), metric.name
    (0.25, 'too_high')
    """

    def __init__(self, function: Callable[..., Any], name: str | None = None):
        if not callable(function):
            raise ArgumentError(f"A metric is a function of (y_true, y_pred); received {function!r}.")
        super().__init__(name or getattr(function, "__name__", None) or snake_case(type(function).__name__))
        self.function = function

    def update_state(self, y_true, y_pred, sample_weight=None) -> None:
        """Add what the function makes of a batch."""
        T, P = np.asarray(y_true), np.asarray(y_pred)
        values = np.asarray(self.function(T, P), dtype=np.float64)
        if values.ndim:
            if len(values) != len(P):
                raise ShapeError(
                    f"{self.name} returns one value for each of the {len(P)} rows, or one number; "
                    f"received shape {values.shape}."
                )
            self.add(values, sample_weight)
        elif sample_weight is not None:
            raise ArgumentError(
                f"{self.name} returned one number for the whole batch, which sample weights can't weigh: "
                f"let it return one value a row."
            )
        elif len(P):
            self.add(np.full(len(P), float(values)))


class LossMetric(WeightedMean):
    """The mean of a loss over rows, without regularisers and without what the model's own loss weighs.

    Use it to watch a second loss; `metrics=["binary_crossentropy"]` makes it for you.

    Parameters
    ----------
    loss : str or Loss
        As in `compile`.
    name : str, optional
        By default the loss's name.

    Raises
    ------
    ArgumentError
        If the loss isn't known.
    ShapeError, DataError
        From `update_state`, as the loss itself.

    Examples
    --------
    >>> LossMetric("mean_squared_error")([[1.0], [2.0]], [[1.0], [4.0]])
    2.0
    """

    direction = "down"

    def __init__(self, loss: Any, name: str | None = None):
        from chainrule import losses  # here, so that metrics alone load no operations

        self.loss = losses.get(loss)
        if self.loss is None:
            raise ArgumentError("LossMetric takes a loss or its name; received None.")
        super().__init__(name or getattr(self.loss, "name", None) or snake_case(type(self.loss).__name__))

    def update_state(self, y_true, y_pred, sample_weight=None) -> None:
        """Add the losses of the rows of a batch."""
        P = np.asarray(y_pred)
        if P.dtype.kind != "f":
            P = P.astype(np.float64)
        if P.ndim == 1:
            P = P[:, None]
        T = self.loss.targets(y_true, P.shape, P.dtype)
        L, _ = self.loss.operation.forward(P, T, **self.loss.options)
        self.add(L, sample_weight)
