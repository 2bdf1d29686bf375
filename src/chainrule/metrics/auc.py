"""Area under a curve, exactly: the scores are kept, and every distinct score is a threshold.

Sort the answers by falling score. After the rows down to some score, TPs and FPs are the weights of labels "yes" and
"no" so far:

    ROC    Σ over distinct scores of ½ (TPRₖ + TPRₖ₋₁) (FPRₖ − FPRₖ₋₁)      trapezoids; equals the chance that a random
           "yes" scores above a random "no", ties counted half (Mann and Whitney, 1947)
    PR     Σ over distinct scores of (Rₖ − Rₖ₋₁) Pₖ      average precision, in steps: a straight line between two points
           of this curve would promise what no threshold reaches (Davis and Goadrich, ICML 2006, section 4)
"""

from __future__ import annotations

import math

import numpy as np

from chainrule.errors import ArgumentError
from chainrule.metrics.arrays import flat_weights, paired_classes
from chainrule.metrics.base import Metric

CURVES = ("ROC", "PR")


class AUC(Metric):
    """The area under the ROC or the precision–recall curve, over every threshold there is.

    Use it to judge how well scores rank "yes" above "no", whatever the threshold. It keeps the scores, 13 to 17 bytes
    an answer, and is exact; Keras' AUC counts at 200 fixed thresholds instead and gives a number near it. Sigmoid
    logits and probabilities give the same area. Several outputs (N, C) count together, as so many answers.

    Parameters
    ----------
    curve : {"ROC", "PR"}, default "ROC"
        "PR" is the average precision.
    name : str, default "auc"

    Raises
    ------
    ArgumentError
        If there is no such curve.
    ShapeError
        From `update_state`, if shapes don't fit.

    Examples
    --------
    >>> AUC()([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])  # of 4 pairs (yes, no), 3 are in order
    0.75
    """

    direction = "up"

    def __init__(self, curve: str = "ROC", name: str | None = None):
        super().__init__(name)
        if curve not in CURVES:
            raise ArgumentError(f"The curve of AUC is 'ROC' or 'PR'; received {curve!r}.")
        self.curve = curve

    def reset_state(self) -> None:
        """Forget the data seen so far."""
        self.batches: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def update_state(self, y_true, y_pred, sample_weight=None) -> None:
        """Add a batch of labels and scores of one shape, or class numbers (N,) beside scores (N, C)."""
        T, P = paired_classes(y_true, y_pred)
        # `flatten` copies: the caller may write the next batch into the same memory.
        self.batches.append((P.flatten(), T.flatten() > 0, flat_weights(sample_weight, P.shape).copy()))

    def result(self) -> float:
        """Return the area; nan without a "yes", or for ROC without a "no", or where a score is NaN."""
        if not self.batches:
            return math.nan
        scores, yes, w = (np.concatenate(parts) for parts in zip(*self.batches, strict=True))
        order = np.argsort(-scores.astype(np.float64), kind="stable")
        scores, yes, w = scores[order], yes[order], w[order]
        last = (
            np.append(np.flatnonzero(scores[1:] != scores[:-1]), len(scores) - 1) if len(scores) else np.array([], int)
        )
        tps, fps = (np.append(0.0, np.cumsum(w * side)[last]) for side in (yes, ~yes))
        if np.isnan(scores).any() or tps[-1] == 0 or (self.curve == "ROC" and fps[-1] == 0):
            return math.nan
        if self.curve == "ROC":
            return float(np.trapezoid(tps, fps) / (tps[-1] * fps[-1]))
        called = tps + fps
        precision = np.divide(tps, called, out=np.zeros_like(tps), where=called > 0)
        return float(np.diff(tps) @ precision[1:] / tps[-1])
