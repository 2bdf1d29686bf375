"""Counts of right and wrong yes-or-no answers, and what is made of them.

                      predicted yes      predicted no
    label yes         true positive      false negative
    label no          false positive     true negative

    precision = TP / (TP + FP)      of those called "yes", how many are
    recall    = TP / (TP + FN)      of those that are, how many were called "yes"

A prediction is "yes" above the threshold, a label above 0. Several outputs (N, C) are as many answers; class numbers
(N,) beside scores (N, C) are read as one-hot labels.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.errors import ArgumentError, ShapeError
from chainrule.metrics.accuracy import HALF, check_threshold
from chainrule.metrics.arrays import flat_weights, paired_classes
from chainrule.metrics.base import Metric


def ratio(part, whole) -> np.ndarray:
    """Return part / whole, and 0 where the whole is 0."""
    part, whole = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    return np.divide(part, whole, out=np.zeros_like(part), where=whole != 0)


class ThresholdCounts(Metric):
    """Base of what is made of the four counts, for one threshold or several: write `compute(tp, fp, tn, fn)`."""

    def __init__(self, thresholds: Any = None, name: str | None = None):
        super().__init__(name)
        for threshold in thresholds if isinstance(thresholds, (list, tuple, np.ndarray)) else [thresholds]:
            if threshold is not None:
                check_threshold(threshold)
        self.thresholds = thresholds
        self.class_id: int | None = None

    def reset_state(self) -> None:
        """Forget the data seen so far."""
        self.counts: Any = 0.0

    def update_state(self, y_true, y_pred, sample_weight=None) -> None:
        """Add a batch of labels and predictions of one shape, or class numbers (N,) beside scores (N, C)."""
        T, P = paired_classes(y_true, y_pred)
        if self.class_id is not None:
            if P.ndim < 2 or self.class_id >= P.shape[-1]:
                raise ShapeError(
                    f"{self.name} looks at output {self.class_id}; received predictions of shape {P.shape}."
                )
            T, P = T[..., self.class_id], P[..., self.class_id]
        w = flat_weights(sample_weight, P.shape)
        yes = T.ravel()[:, None] > 0
        thresholds = np.atleast_1d(HALF if self.thresholds is None else self.thresholds).astype(np.float64)
        said_yes = P.ravel()[:, None] > thresholds
        self.counts = self.counts + np.stack(
            [w @ (yes & said_yes), w @ (~yes & said_yes), w @ ~(yes | said_yes), w @ (yes & ~said_yes)]
        )

    def result(self) -> Any:
        """Return the number, or one a threshold where several were asked for."""
        counts = self.counts if np.ndim(self.counts) else np.zeros((4, np.size(self.thresholds)))
        numbers = self.compute(*counts)
        return numbers if isinstance(self.thresholds, (list, tuple, np.ndarray)) else float(numbers[0])

    def compute(self, tp, fp, tn, fn) -> np.ndarray:
        """Return one number a threshold from the counts, an entry a threshold each."""
        raise NotImplementedError(f"{type(self).__name__} needs `compute(self, tp, fp, tn, fn)`.")


class TruePositives(ThresholdCounts):
    """How many labels "yes" were called "yes" (the sum of their weights, where there are weights).

    Parameters
    ----------
    thresholds : float or list of float, default 0.5
        Above it a prediction means "yes"; a list gives an array of counts.
    name : str, default "true_positives"

    Examples
    --------
    >>> TruePositives()([1, 1, 0, 0], [0.9, 0.2, 0.8, 0.1])
    1.0
    """

    direction = "up"

    def compute(self, tp, fp, tn, fn) -> np.ndarray:
        """Return the true positives."""
        return tp


class FalsePositives(ThresholdCounts):
    """How many labels "no" were called "yes"; arguments as `TruePositives`.

    Examples
    --------
    >>> FalsePositives()([1, 0, 0, 0], [0.9, 0.8, 0.7, 0.1])
    2.0
    """

    direction = "down"

    def compute(self, tp, fp, tn, fn) -> np.ndarray:
        """Return the false positives."""
        return fp


class TrueNegatives(ThresholdCounts):
    """How many labels "no" were called "no"; arguments as `TruePositives`.

    Examples
    --------
    >>> TrueNegatives()([1, 0, 0, 0], [0.9, 0.8, 0.7, 0.1])
    1.0
    """

    direction = "up"

    def compute(self, tp, fp, tn, fn) -> np.ndarray:
        """Return the true negatives."""
        return tn


class FalseNegatives(ThresholdCounts):
    """How many labels "yes" were called "no"; arguments as `TruePositives`.

    Examples
    --------
    >>> FalseNegatives()([1, 1, 0, 0], [0.9, 0.2, 0.8, 0.1])
    1.0
    """

    direction = "down"

    def compute(self, tp, fp, tn, fn) -> np.ndarray:
        """Return the false negatives."""
        return fn


class Precision(ThresholdCounts):
    """Of the answers "yes", the share that is right: TP / (TP + FP); 0 if there was no "yes".

    Use it where a false alarm is dear.

    Parameters
    ----------
    thresholds : float or list of float, default 0.5
        Above it a prediction means "yes"; for logits it is 0. A list gives an array.
    class_id : int, optional
        Look at this output alone; by default all outputs count together.
    name : str, default "precision"

    Raises
    ------
    ArgumentError
        If a threshold isn't a finite number or `class_id` not a whole number from 0 upward.
    ShapeError
        From `update_state`, if shapes don't fit or there is no such output.

    Examples
    --------
    >>> Precision()([1, 1, 0, 0], [0.9, 0.2, 0.8, 0.1])
    0.5
    """

    direction = "up"

    def __init__(self, thresholds: Any = None, class_id: int | None = None, name: str | None = None):
        super().__init__(thresholds, name)
        if class_id is not None and (
            isinstance(class_id, bool) or not isinstance(class_id, (int, np.integer)) or class_id < 0
        ):
            raise ArgumentError(f"class_id is the number of an output, from 0 upward; received {class_id!r}.")
        self.class_id = class_id

    def compute(self, tp, fp, tn, fn) -> np.ndarray:
        """Return TP / (TP + FP)."""
        return ratio(tp, tp + fp)


class Recall(Precision):
    """Of the labels "yes", the share that was found: TP / (TP + FN); 0 if there was none.

    Use it where a miss is dear. Arguments and errors as `Precision`.

    Examples
    --------
    >>> Recall()([1, 1, 1, 0], [0.9, 0.2, 0.8, 0.1])  # doctest: +ELLIPSIS
    0.666...
    """

    def compute(self, tp, fp, tn, fn) -> np.ndarray:
        """Return TP / (TP + FN)."""
        return ratio(tp, tp + fn)
