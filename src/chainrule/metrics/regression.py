"""Errors of predicted amounts, in float64 whatever the model's numbers are, so that many small errors add up right."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.errors import ShapeError
from chainrule.metrics.arrays import paired, row_weights
from chainrule.metrics.base import Metric, PairMean

#: The least |t| that an error is divided by, and the least length of a vector, as Keras has it.
EPSILON = 1e-7


def differences(T: np.ndarray, P: np.ndarray) -> np.ndarray:
    """Return P − T in float64; unsigned labels would wrap around zero in their own dtype."""
    return np.subtract(P, T, dtype=np.float64)


class MeanAbsoluteError(PairMean):
    """The mean of |p − t|, in the unit of the labels.

    Parameters
    ----------
    name : str, default "mean_absolute_error"

    Raises
    ------
    ShapeError
        From `update_state`, if labels and predictions are of different shapes.

    Examples
    --------
    >>> MeanAbsoluteError()([1.0, 2.0, 3.0], [1.0, 2.5, 2.0])
    0.5
    """

    direction = "down"

    def values(self, T, P) -> np.ndarray:
        """Return |P − T|."""
        return np.abs(differences(T, P))


class MeanSquaredError(PairMean):
    """The mean of (p − t)²; large errors count more than their share.

    Parameters
    ----------
    name : str, default "mean_squared_error"

    Raises
    ------
    ShapeError
        From `update_state`, if labels and predictions are of different shapes.

    Examples
    --------
    >>> MeanSquaredError()([1.0, 2.0], [1.0, 4.0])
    2.0
    """

    direction = "down"

    def values(self, T, P) -> np.ndarray:
        """Return (P − T)²."""
        return np.square(differences(T, P))


class RootMeanSquaredError(MeanSquaredError):
    """The square root of the mean squared error over all data, in the unit of the labels.

    The root is taken once, at the end: a mean of roots of batches would depend on how the batches were cut.

    Parameters
    ----------
    name : str, default "root_mean_squared_error"

    Examples
    --------
    >>> RootMeanSquaredError()([0.0, 0.0], [1.0, 7.0])
    5.0
    """

    def result(self) -> float:
        """Return the root of the mean so far."""
        return math.sqrt(super().result())


class MeanAbsolutePercentageError(PairMean):
    """The mean of 100 · |p − t| / |t|, in percent.

    Use it for labels far from 0; where |t| is below 1e-7 it divides by that instead, and the number explodes.

    Parameters
    ----------
    name : str, default "mean_absolute_percentage_error"

    Examples
    --------
    >>> MeanAbsolutePercentageError()([2.0, 4.0], [1.0, 5.0])
    37.5
    """

    direction = "down"

    def values(self, T, P) -> np.ndarray:
        """Return 100 |P − T| / |T|."""
        return 100 * np.abs(differences(T, P)) / np.maximum(np.abs(T), EPSILON)


class CosineSimilarity(PairMean):
    """The mean cosine of the angle between label and prediction, row by row: 1 the same direction, −1 the opposite.

        cos = t · p / (‖t‖ ‖p‖)      over the last axis; 0 for a vector of zeros

    Parameters
    ----------
    name : str, default "cosine_similarity"

    Examples
    --------
    >>> CosineSimilarity()([[0.0, 1.0], [3.0, 4.0]], [[1.0, 0.0], [6.0, 8.0]])
    0.5
    """

    direction = "up"

    def values(self, T, P) -> np.ndarray:
        """Return one cosine a row."""
        if P.ndim < 2:
            raise ShapeError(f"cosine_similarity compares vectors, one a row, of shape (N, O); received {P.shape}.")
        T, P = T.astype(np.float64), P.astype(np.float64)
        length_T, length_P = (np.sqrt(np.maximum((A * A).sum(-1), EPSILON**2)) for A in (T, P))
        return (T * P).sum(-1) / (length_T * length_P)


class R2Score(Metric):
    """The share of the labels' variance that the predictions explain: 1 perfect, 0 as good as the mean, below 0 worse.

        R² = 1 − Σ w (t − p)² / Σ w (t − t̄)²      for each output, then the mean over outputs

    The spread Σ w (t − t̄)² is merged batch by batch (Chan, Golub and LeVeque, 1983, "Algorithms for computing the
    sample variance", equation 2.1): squaring first and subtracting at the end would lose the digits. Where all labels
    are equal, R² is 1 for perfect predictions and 0 for others, as in scikit-learn.

    Parameters
    ----------
    name : str, default "r2_score"

    Raises
    ------
    ShapeError
        From `update_state`, if shapes don't fit or change between batches.

    Examples
    --------
    >>> R2Score()([1.0, 2.0, 3.0], [1.0, 2.0, 4.0])  # 1 − 1/2
    0.5
    """

    direction = "up"

    def reset_state(self) -> None:
        """Forget the data seen so far."""
        self.rows = 0
        self.shift: Any = None
        self.weight: Any = 0.0
        self.mean: Any = 0.0
        self.spread: Any = 0.0
        self.residual: Any = 0.0

    def update_state(self, y_true, y_pred, sample_weight=None) -> None:
        """Add a batch of labels and predictions (N,), (N, 1) or (N, O)."""
        T, P = (A.reshape(len(A), -1).astype(np.float64) for A in paired(y_true, y_pred))
        if not len(T):
            return
        if self.shift is None:
            self.shift = T[0].copy()  # labels all equal then have a spread of exactly 0
        if self.shift.shape != T.shape[1:]:
            raise ShapeError(f"{self.name} has seen {len(self.shift)} outputs; received y_true of shape {T.shape}.")
        W = np.ones((len(T), 1)) if sample_weight is None else row_weights(sample_weight, T.shape)
        self.rows += len(T)
        self.residual = self.residual + (W * np.square(T - P)).sum(axis=0)
        self._merge(T - self.shift, W)

    def _merge(self, D: np.ndarray, W: np.ndarray) -> None:
        """Merge the weight, mean and spread of a batch into those so far."""
        weight = float(W.sum())
        if weight == 0:
            return
        mean = (W * D).sum(axis=0) / weight
        spread = (W * np.square(D - mean)).sum(axis=0)
        total = self.weight + weight
        step = mean - self.mean
        self.spread = self.spread + spread + np.square(step) * (self.weight * weight / total)
        self.mean = self.mean + step * (weight / total)
        self.weight = total

    def result(self) -> float:
        """Return R², nan for fewer than two rows."""
        if self.rows < 2 or self.weight == 0:
            return math.nan
        constant = self.spread == 0
        explained = 1 - self.residual / np.where(constant, 1, self.spread)
        return float(np.where(constant, self.residual == 0, explained).mean())
