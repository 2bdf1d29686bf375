"""What a metric is: a number about a model's predictions, added up over all the data.

A metric keeps sums, never averages: the number for a whole epoch is the same however the rows were cut into batches,
and a short last batch counts for as many rows as it has.

    update_state    adds a batch to the sums
    result          makes the number out of the sums
    reset_state     sets the sums to zero, before each epoch
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.configurable import Configurable
from chainrule.metrics.arrays import paired, row_weights
from chainrule.utils.naming import snake_case


class Metric(Configurable):
    """Base of every metric; for one of your own, write the three methods.

    Parameters
    ----------
    name : str, optional
        What logs and `history.history` call it; by default the class name in snake case.

    Examples
    --------
    >>> class Largest(Metric):
    ...     def reset_state(self):
    ...         self.largest = 0.0
    ...     def update_state(self, y_true, y_pred, sample_weight=None):
    ...         self.largest = max(self.largest, float(np.abs(np.subtract(y_true, y_pred)).max()))
    ...     def result(self):
    ...         return self.largest
    >>> Largest()([1, 2, 3], [1, 2, 5])
    2.0
    """

    #: "up" where more is better, "down" where less is; None: neither, so callbacks must be told.
    direction: str | None = None

    def __init__(self, name: str | None = None):
        self.name = name or snake_case(type(self).__name__)
        self.reset_state()

    def reset_state(self) -> None:
        """Forget the data seen so far."""
        raise NotImplementedError(
            f"{type(self).__name__} needs `reset_state(self)`, which forgets the data seen so far."
        )

    def update_state(self, y_true, y_pred, sample_weight=None) -> None:
        """Add a batch: labels, predictions, and perhaps one weight a row."""
        raise NotImplementedError(
            f"{type(self).__name__} needs `update_state(self, y_true, y_pred, sample_weight=None)`."
        )

    def result(self) -> Any:
        """Return the number for all data since `reset_state`."""
        raise NotImplementedError(f"{type(self).__name__} needs `result(self)`, which returns the number so far.")

    def __call__(self, y_true, y_pred, sample_weight=None) -> Any:
        """Add a batch and return the number for all data so far."""
        self.update_state(y_true, y_pred, sample_weight)
        return self.result()


class WeightedMean(Metric):
    """Base of the metrics that are a mean of one value for each output of each row.

    result = Σ wₙ vₙₒ / Σ wₙ      with wₙ = 1 where there are no sample weights; nan for no data at all
    """

    def reset_state(self) -> None:
        """Forget the data seen so far."""
        self.total, self.count = 0.0, 0.0

    def result(self) -> float:
        """Return the mean of the values so far, nan if there are none."""
        return self.total / self.count if self.count else math.nan

    def add(self, values: np.ndarray, sample_weight=None) -> None:
        """Add values of shape (N, …), with one weight a row."""
        if sample_weight is None:
            self.total += float(values.sum(dtype=np.float64))
            self.count += values.size
            return
        W = row_weights(sample_weight, values.shape)
        self.total += float((W * values).sum())
        self.count += float(W.sum()) * (values.size // max(len(values), 1))

    def add_hits(self, hits: np.ndarray, sample_weight=None) -> None:
        """Add booleans of shape (N, …): quicker than `add`, since counting bits needs no floats."""
        if sample_weight is None:
            self.total += float(np.count_nonzero(hits))
            self.count += hits.size
        else:
            self.add(hits, sample_weight)


class PairMean(WeightedMean):
    """Base of the means of a value made from labels and predictions of one shape: write `values(T, P)`."""

    def values(self, T: np.ndarray, P: np.ndarray) -> np.ndarray:
        """Return one float64 value for each output of each row."""
        raise NotImplementedError(f"{type(self).__name__} needs `values(self, T, P)`.")

    def update_state(self, y_true, y_pred, sample_weight=None) -> None:
        """Add a batch."""
        self.add(self.values(*paired(y_true, y_pred)), sample_weight)


class Mean(WeightedMean):
    """The mean of values that you hand over yourself, such as losses of batches of different lengths.

    Parameters
    ----------
    name : str, default "mean"

    Examples
    --------
    >>> mean = Mean()
    >>> mean.update_state([1.0, 3.0])
    >>> mean.update_state(8.0)
    >>> mean.result()
    4.0
    """

    def update_state(self, values, sample_weight=None) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Add one value or an array of values (N, …)."""
        V = np.atleast_1d(np.asarray(values, dtype=np.float64))
        self.add(V, None if sample_weight is None else np.atleast_1d(sample_weight))

    def __call__(self, values, sample_weight=None) -> float:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Add values and return the mean so far."""
        self.update_state(values, sample_weight)
        return self.result()
