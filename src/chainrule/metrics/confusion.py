"""The confusion matrix: which class was taken for which."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.errors import ArgumentError, ShapeError, nearest
from chainrule.metrics.accuracy import HALF, check_threshold
from chainrule.metrics.arrays import as_numbers, merged, mismatch, row_weights
from chainrule.metrics.base import Metric
from chainrule.metrics.classification import ratio
from chainrule.utils.arrays import one_hot, whole_labels

#: What `normalize` divides by: the sum of each row, of each column, of everything.
NORMALIZE = {"true": 1, "pred": 0, "all": None}


class ConfusionMatrix(Metric):
    """Counts of label against prediction: entry (i, j) says how many rows of class i were taken for class j.

    Use it to see which classes are mixed up.

    Parameters
    ----------
    num_classes : int, optional
        By default as many as the predictions have columns (2 for one column); needed where predictions are class
        numbers.
    normalize : {None, "true", "pred", "all"}, default None
        "true" divides each row by its sum, "pred" each column, "all" everything; what was never seen stays 0.
    threshold : float, default 0.5
        Above it one output means class 1; for logits it is 0.
    name : str, default "confusion_matrix"

    Raises
    ------
    ArgumentError
        If an argument isn't one of these.
    ShapeError, DataError
        From `update_state`. Predictions are scores (N, C), one output (N, 1) or (N,), or class numbers (N,) of a
        whole-number dtype. Labels are class numbers (N,) or (N, 1), or one-hot (N, C).

    Examples
    --------
    >>> ConfusionMatrix(num_classes=3)([0, 1, 2, 2], [0, 2, 2, 2])
    array([[1, 0, 0],
           [0, 0, 1],
           [0, 0, 2]])
    """

    def __init__(
        self,
        num_classes: int | None = None,
        normalize: str | None = None,
        threshold: float = HALF,
        name: str | None = None,
    ):
        super().__init__(name)
        if num_classes is not None and (not isinstance(num_classes, (int, np.integer)) or num_classes < 2):
            raise ArgumentError(f"num_classes is a whole number from 2 upward; received {num_classes!r}.")
        if normalize is not None and normalize not in NORMALIZE:
            known = "None, 'true', 'pred' or 'all'"
            raise ArgumentError(f"normalize is {known}; received {normalize!r}.{nearest(normalize, NORMALIZE)}")
        self.num_classes, self.normalize, self.threshold = num_classes, normalize, check_threshold(threshold)

    def reset_state(self) -> None:
        """Forget the data seen so far."""
        self.counts: Any = None

    def update_state(self, y_true, y_pred, sample_weight=None) -> None:
        """Add a batch."""
        predicted, size, T = self._read(as_numbers(y_true, "y_true"), as_numbers(y_pred, "y_pred"))
        said, labels = one_hot(predicted, size, "Predictions"), one_hot(T, size)
        if sample_weight is None:
            batch = labels.T.astype(np.int64) @ said.astype(np.int64)
        else:
            batch = (labels * row_weights(sample_weight, labels.shape)).T @ said
        self.counts = merged(self.name, self.counts, batch)

    def _read(self, T: np.ndarray, P: np.ndarray) -> tuple[np.ndarray, int, np.ndarray]:
        """Return predicted class numbers (N,), the number of classes, and label class numbers (N,)."""
        if P.ndim == 2 and P.shape[1] > 1:
            if self.num_classes not in (None, P.shape[1]):
                raise ShapeError(
                    f"{self.name} has {self.num_classes} classes; received predictions of shape {P.shape}."
                )
            if T.shape == P.shape:
                T = T.argmax(axis=1)
            predicted, size = P.argmax(axis=1), P.shape[1]
        else:
            scores = P.dtype.kind == "f"
            predicted = (self.threshold < P).astype(np.int64) if scores else whole_labels(P, "Predictions")
            if not scores and self.num_classes is None and P.size and predicted.max() > 1:
                raise ArgumentError(
                    "How many classes there are can't be read from class numbers: say it with num_classes=."
                )
            size = self.num_classes or 2
        rows = P.shape[:1]
        if T.shape not in (rows, (*rows, 1)) or predicted.shape not in (rows, (*rows, 1)) or not rows:
            raise mismatch(T, P, "one class number or one-hot row beside each prediction")
        return predicted.reshape(rows), size, whole_labels(T).reshape(rows)

    def result(self) -> np.ndarray:
        """Return the matrix: whole numbers, or floats with sample weights or `normalize`."""
        counts = np.zeros((self.num_classes or 2,) * 2, dtype=np.int64) if self.counts is None else self.counts
        if self.normalize is None:
            return counts.copy()
        whole = counts.sum(axis=NORMALIZE[self.normalize], keepdims=True)
        return ratio(counts, np.broadcast_to(whole, counts.shape))
