"""The accuracy family: the share of the rows that are right.

    accuracy = (number of right answers) / (number of answers)

Each says in its own way what "right" means; all take one weight a row. They run once for every batch of training, so an
update is a handful of NumPy calls and no more checks than a look at shapes and dtypes.
"""

from __future__ import annotations

import numpy as np

from chainrule.errors import ArgumentError
from chainrule.metrics.arrays import paired, paired_sparse
from chainrule.metrics.base import WeightedMean

#: Above this a probability means "yes".
HALF = 0.5


class Accuracy(WeightedMean):
    """How often predictions equal labels exactly.

    Use it for predicted class numbers. In `compile`, the name "accuracy" means the accuracy that fits the loss instead:
    see `chainrule.metrics.resolve`.

    Parameters
    ----------
    name : str, default "accuracy"

    Raises
    ------
    ShapeError
        From `update_state`, if labels and predictions are of different shapes.

    Examples
    --------
    >>> Accuracy()([0, 1, 2, 2], [0, 1, 1, 2])
    0.75
    """

    direction = "up"

    def update_state(self, y_true, y_pred, sample_weight=None) -> None:
        """Add a batch of labels and predictions of one shape."""
        T, P = paired(y_true, y_pred)
        self.add_hits(T == P, sample_weight)


class BinaryAccuracy(WeightedMean):
    """How often a yes-or-no prediction is right.

    Use it for one sigmoid unit, or for several that each answer their own question.

        right: t = [p > threshold]      labels t are 0 and 1; −1, as hinge losses have it, is read as 0

    Parameters
    ----------
    threshold : float, default 0.5
        Above it a prediction means "yes". For outputs that are logits it is 0, since σ(0) = 0.5.
    name : str, default "binary_accuracy"

    Raises
    ------
    ArgumentError
        If the threshold isn't a finite number.
    ShapeError
        From `update_state`, if labels and predictions are of different shapes.

    Examples
    --------
    >>> BinaryAccuracy()([1, 1, 0, 0], [0.98, 1, 0, 0.6])
    0.75
    """

    direction = "up"

    def __init__(self, threshold: float = HALF, name: str | None = None):
        super().__init__(name)
        self.threshold = check_threshold(threshold)

    def update_state(self, y_true, y_pred, sample_weight=None) -> None:
        """Add a batch of labels and predictions of one shape."""
        T, P = paired(y_true, y_pred)
        self.add_hits(np.maximum(T, 0) == (self.threshold < P), sample_weight)


class CategoricalAccuracy(WeightedMean):
    """How often the largest of C scores stands at the one of a one-hot label.

    Use it with labels (N, C); softmax or logits give the same answer. Of equal scores the first counts.

        right: argmax t = argmax p

    Parameters
    ----------
    name : str, default "categorical_accuracy"

    Raises
    ------
    ShapeError
        From `update_state`, if labels and predictions are of different shapes.

    Examples
    --------
    >>> CategoricalAccuracy()([[0, 0, 1], [0, 1, 0]], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]])
    0.5
    """

    direction = "up"

    def update_state(self, y_true, y_pred, sample_weight=None) -> None:
        """Add a batch of one-hot labels (N, C) and scores (N, C)."""
        T, P = paired(y_true, y_pred)
        self.add_hits(T.argmax(-1) == P.argmax(-1), sample_weight)


class SparseCategoricalAccuracy(WeightedMean):
    """How often the largest of C scores stands at the class number that is the label.

    Use it with labels (N,) or (N, 1) of 0 … C − 1 beside scores (N, C).

        right: t = argmax p

    Parameters
    ----------
    name : str, default "sparse_categorical_accuracy"

    Raises
    ------
    ShapeError
        From `update_state`, if the labels are not one a row.

    Examples
    --------
    >>> SparseCategoricalAccuracy()([2, 1], [[0.1, 0.6, 0.3], [0.05, 0.95, 0]])
    0.5
    """

    direction = "up"

    def update_state(self, y_true, y_pred, sample_weight=None) -> None:
        """Add a batch of class numbers (N,) and scores (N, C)."""
        T, P = paired_sparse(y_true, y_pred)
        self.add_hits(P.argmax(-1) == T, sample_weight)


def check_threshold(threshold) -> float:
    """Return a threshold as it is, or refuse what isn't a finite number."""
    if isinstance(threshold, (bool, str)) or not np.isscalar(threshold) or not np.isfinite(threshold):
        raise ArgumentError(f"A threshold is a finite number, such as 0.5; received {threshold!r}.")
    return threshold  # pyright: ignore[reportReturnType]
