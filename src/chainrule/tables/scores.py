"""How good predictions are, with an interval.

    accuracy    Wilson's interval, z = 1.96:  (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n)
    R²          the middle 95 % of R² over rows drawn again and again with replacement (bootstrap)

Sources: Wilson, "Probable inference", 1927; Efron, "Bootstrap methods", 1979.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.random import Stream

#: The normal distribution's middle 95 % lies within so many standard deviations.
Z95 = 1.959963984540054
#: The bootstrap draws so often, from at most so many groups of rows.
DRAWS, GROUPS = 500, 500
#: The confusion matrix of more classes than this fills a file and no one reads it.
MOST_SHOWN = 50
#: Probabilities are kept so far from 0 and 1, so that one sure mistake does not make the log loss infinite.
SURE = 1e-7


def wilson(right: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share of which `right` of `n` were counted.

    Examples
    --------
    >>> [round(end, 4) for end in wilson(8, 10)]
    [0.4902, 0.9433]
    """
    if n == 0:
        return 0.0, 1.0
    p, z = right / n, Z95
    middle, width = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, (middle - width) / scale), min(1.0, (middle + width) / scale)


def score_classes(P: np.ndarray, y: np.ndarray, classes: list[str]) -> dict[str, Any]:
    """Return the scores of class probabilities.

    Parameters
    ----------
    P : ndarray, shape (n, classes)
    y : ndarray, shape (n,)
        The right class' number.
    classes : list of str
        The classes' names.

    Returns
    -------
    dict
        "score" (the accuracy with its interval), "accuracy", "balanced_accuracy" (the mean over the classes of the
        share of each that was found), "auc" (of several classes, the mean of each against the rest), "log_loss",
        "confusion" (a row is a class, a column what it was taken for), "per_class".
    """
    P, y = np.asarray(P, np.float64), np.asarray(y, np.int64)
    said, n = _winners(P), len(y)
    right = int((said == y).sum())
    low, high = wilson(right, n)
    counts = np.zeros((len(classes), len(classes)), dtype=np.int64)
    np.add.at(counts, (y, said), 1)
    found, there = counts.diagonal(), counts.sum(axis=1)
    chosen = P[np.arange(n), y]
    small = len(classes) <= MOST_SHOWN
    return {
        "score": {"name": "accuracy", "value": right / n, "low": low, "high": high},
        "accuracy": right / n,
        "balanced_accuracy": float((found[there > 0] / there[there > 0]).mean()),
        "auc": _auc(P, y),
        "log_loss": float(-np.log(np.clip(chosen, SURE, 1.0)).mean()),
        "classes": list(classes),
        "confusion": counts.tolist() if small else None,
        "per_class": _per_class(counts, classes) if small else None,
    }


def _winners(P: np.ndarray) -> np.ndarray:
    """Return the class of each row as the contract decodes it: of two classes, the second from one half up."""
    return (P[:, 1] >= 0.5).astype(np.int64) if P.shape[1] == 2 else P.argmax(axis=1)


def _per_class(counts: np.ndarray, classes: list[str]) -> list[dict[str, Any]]:
    found, there, said = counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)
    return [
        {
            "class": name,
            "rows": int(there[i]),
            "recall": _ratio(found[i], there[i]),
            "precision": _ratio(found[i], said[i]),
        }
        for i, name in enumerate(classes)
    ]


def _ratio(part: int, whole: int) -> float | None:
    return float(part / whole) if whole else None


def _auc(P: np.ndarray, y: np.ndarray) -> float | None:
    """Return the area under the ROC curve; None where the rows are all of one class."""
    from chainrule.metrics import AUC

    sides = [1] if P.shape[1] == 2 else range(P.shape[1])
    areas = [float(AUC()((y == side).astype(np.int64), P[:, side])) for side in sides if 0 < (y == side).sum() < len(y)]
    return float(np.mean(areas)) if areas else None


def score_numbers(predicted: np.ndarray, y: np.ndarray, seed: int = 0) -> dict[str, Any]:
    """Return the scores of predicted numbers, in the target's own unit.

    Returns
    -------
    dict
        "score" (R² with its interval; None where all targets are the same), "r2", "rmse", "mae", "mean_error"
        (above 0: predicted too high).

    Examples
    --------
    >>> scores = score_numbers(np.array([1.0, 2.0, 4.0]), np.array([1.0, 2.0, 3.0]))
    >>> scores["r2"], round(scores["mae"], 4)
    (0.5, 0.3333)
    """
    predicted, y = np.asarray(predicted, np.float64), np.asarray(y, np.float64)
    error = predicted - y
    r2 = _r2(*_sums(error, y, len(y)))
    low, high = _bootstrap(error, y, seed)
    return {
        "score": {"name": "r2", "value": r2, "low": low, "high": high},
        "r2": r2,
        "rmse": float(np.sqrt((error**2).mean())),
        "mae": float(np.abs(error).mean()),
        "mean_error": float(error.mean()),
    }


def _sums(error: np.ndarray, y: np.ndarray, groups: int) -> tuple[np.ndarray, ...]:
    """Return Σe², Σy, Σy² and the number of rows of each group of neighbouring rows, y about its mean."""
    y = y - y.mean()
    group = np.arange(len(y)) * groups // len(y)
    return tuple(np.bincount(group, weights=part) for part in (error**2, y, y * y, np.ones(len(y))))


def _r2(squares: np.ndarray, total: np.ndarray, total_squares: np.ndarray, n: np.ndarray) -> float | None:
    spread = total_squares.sum() - total.sum() ** 2 / n.sum()
    return float(1 - squares.sum() / spread) if spread > 0 else None


def _bootstrap(error: np.ndarray, y: np.ndarray, seed: int) -> tuple[float | None, float | None]:
    """Return the middle 95 % of R² over resampled groups of rows; a group is one row, unless there are many."""
    groups = min(len(y), GROUPS)
    sums = _sums(error, y, groups)
    drawn = (Stream(seed, "check").uniform((DRAWS, groups)) * groups).astype(np.int64)
    squares, total, total_squares, n = (part[drawn].sum(axis=1) for part in sums)
    spread = total_squares - total**2 / n
    if not (spread > 0).any():
        return None, None
    values = 1 - squares[spread > 0] / spread[spread > 0]
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)
