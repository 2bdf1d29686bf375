"""F1: the harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN)."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.errors import ArgumentError, nearest
from chainrule.metrics.accuracy import HALF, check_threshold
from chainrule.metrics.arrays import merged, paired_classes, row_weights
from chainrule.metrics.base import Metric
from chainrule.metrics.classification import ratio

AVERAGES = ("micro", "macro", "weighted")


class F1Score(Metric):
    """The harmonic mean of precision and recall, for each class.

    Use it where classes are of unequal size and accuracy flatters.

        F1_c = 2 TP_c / (2 TP_c + FP_c + FN_c),      0 where class c was neither there nor predicted

    Parameters
    ----------
    average : {None, "micro", "macro", "weighted"}, default None
        None gives an array, one number a class (one plain number for one output). "micro" counts all classes together,
        "macro" is the mean over classes, "weighted" the mean weighted by how often each class occurs. By its name,
        "f1_score", the metric is made with "macro", so that logs show one number.
    threshold : float, optional
        Above it a prediction means "yes". By default the class of the largest score is the only "yes"; with one output
        there is nothing to choose from, and the threshold is 0.5.
    name : str, default "f1_score"

    Raises
    ------
    ArgumentError
        If the average isn't known or the threshold not a finite number.
    ShapeError
        From `update_state`: labels are one-hot (N, C), class numbers (N,), or of the shape of the predictions.

    Examples
    --------
    >>> F1Score(average="macro")([0, 1, 1], [[0.9, 0.1], [0.3, 0.7], [0.6, 0.4]])  # doctest: +ELLIPSIS
    0.666...
    """

    direction = "up"

    def __init__(self, average: str | None = None, threshold: float | None = None, name: str | None = None):
        super().__init__(name)
        if average is not None and average not in AVERAGES:
            raise ArgumentError(
                f"The average of F1Score is None, 'micro', 'macro' or 'weighted'; "
                f"received {average!r}.{nearest(average, AVERAGES)}"
            )
        self.average = average
        self.threshold = None if threshold is None else check_threshold(threshold)

    def reset_state(self) -> None:
        """Forget the data seen so far."""
        self.counts: Any = None

    def update_state(self, y_true, y_pred, sample_weight=None) -> None:
        """Add a batch of labels and scores (N, C)."""
        T, P = paired_classes(y_true, y_pred)
        W = np.ones((len(P), 1)) if sample_weight is None else row_weights(sample_weight, P.shape)
        W = np.broadcast_to(W, P.shape) if P.ndim > 1 else W.reshape(-1, 1)
        T, P, W = (A.reshape(-1, P.shape[-1] if P.ndim > 1 else 1) for A in (T, P, W))
        yes, said_yes = T > 0, self._said_yes(P)
        batch = np.stack([(W * yes * said_yes).sum(axis=0), (W * yes).sum(axis=0), (W * said_yes).sum(axis=0)])
        self.counts = merged(self.name, self.counts, batch)

    def _said_yes(self, P: np.ndarray) -> np.ndarray:
        if self.threshold is None and P.shape[1] > 1:
            return P.argmax(axis=1)[:, None] == np.arange(P.shape[1])
        return (HALF if self.threshold is None else self.threshold) < P

    def result(self) -> Any:
        """Return the average, or the numbers of the classes; 0 before any data."""
        if self.counts is None:
            return 0.0
        hits, labels, said = self.counts  # TP, TP + FN, TP + FP
        if self.average == "micro":
            return float(ratio(2 * hits.sum(), labels.sum() + said.sum()))
        scores = ratio(2 * hits, labels + said)
        if self.average == "macro":
            return float(scores.mean())
        if self.average == "weighted":
            return float(ratio((scores * labels).sum(), labels.sum()))
        return scores if len(scores) > 1 else float(scores[0])
