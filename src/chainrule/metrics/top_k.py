"""Top-k accuracy: the share of rows whose label is among the k largest scores."""

from __future__ import annotations

import numpy as np

from chainrule.errors import ArgumentError
from chainrule.metrics.arrays import paired, paired_sparse
from chainrule.metrics.base import WeightedMean
from chainrule.utils.arrays import one_hot, whole_labels


class SparseTopKCategoricalAccuracy(WeightedMean):
    """How often the label is among the k classes of the largest scores, for labels that are class numbers.

    Use it where there are many classes and a short list of guesses will do.

        right: fewer than k scores lie above the label's own      a tie at the border counts as right

    Parameters
    ----------
    k : int, default 5
        The length of the list.
    name : str, default "sparse_top_k_categorical_accuracy"

    Raises
    ------
    ArgumentError
        If k isn't a whole number above 0.
    ShapeError, DataError
        From `update_state`, if the labels are not one class number a row, from 0 to C − 1.

    Examples
    --------
    >>> SparseTopKCategoricalAccuracy(k=2)([2, 0], [[0.1, 0.6, 0.3], [0.1, 0.6, 0.3]])
    0.5
    """

    direction = "up"

    def __init__(self, k: int = 5, name: str | None = None):
        if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or k < 1:
            raise ArgumentError(f"k, how many guesses count, is a whole number above 0; received {k!r}.")
        super().__init__(name)
        self.k = int(k)

    def update_state(self, y_true, y_pred, sample_weight=None) -> None:
        """Add a batch of class numbers (N,) and scores (N, C)."""
        T, P = paired_sparse(y_true, y_pred)
        self.add_hits(self.hits(one_hot(whole_labels(T), P.shape[-1]), P), sample_weight)

    def hits(self, T: np.ndarray, P: np.ndarray) -> np.ndarray:
        """Return one boolean a row, for labels that are True at the row's class."""
        own = P[T].reshape(*P.shape[:-1], 1)
        # "Not at most" instead of "above": a score that is NaN then counts against the row, not for it.
        return np.count_nonzero(~(own >= P), axis=-1) < self.k


class TopKCategoricalAccuracy(SparseTopKCategoricalAccuracy):
    """How often the label is among the k classes of the largest scores, for one-hot labels (N, C).

    As `SparseTopKCategoricalAccuracy`, which takes class numbers.

    Parameters
    ----------
    k : int, default 5
        The length of the list.
    name : str, default "top_k_categorical_accuracy"

    Raises
    ------
    ArgumentError
        If k isn't a whole number above 0.
    ShapeError
        From `update_state`, if labels and predictions are of different shapes.

    Examples
    --------
    >>> TopKCategoricalAccuracy(k=2)([[0, 0, 1], [1, 0, 0]], [[0.1, 0.6, 0.3], [0.1, 0.6, 0.3]])
    0.5
    """

    def update_state(self, y_true, y_pred, sample_weight=None) -> None:
        """Add a batch of one-hot labels (N, C) and scores (N, C)."""
        T, P = paired(y_true, y_pred)
        self.add_hits(self.hits(one_hot(T.argmax(-1), P.shape[-1]), P), sample_weight)
