"""Rows in the order of their scores: how many of each kind stand above a threshold, for every threshold at once.

    TP(t) = positives with a score of at least t,   FP(t) = negatives with a score of at least t

Rows of the same score come together, so that their order does not matter.
"""

from __future__ import annotations

import numpy as np

from chainrule.plots.frame import MOST_POINTS


def counts_above(positive: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return TP and FP for thresholds from above the highest score, where both are 0, to the lowest.

    Examples
    --------
    >>> counts_above(np.array([True, False, True]), np.array([0.9, 0.5, 0.5]))
    (array([0, 1, 2]), array([0, 0, 1]))
    """
    order = np.argsort(-scores, kind="stable")
    last = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)  # the last row of each score
    there = positive[order]
    TP, FP = np.cumsum(there)[last], np.cumsum(~there)[last]
    return np.append(0, TP), np.append(0, FP)


def area(x: np.ndarray, y: np.ndarray) -> float:
    """Return the area below a curve of straight pieces."""
    return float((np.diff(x) * (y[1:] + y[:-1]) / 2).sum())


def drawn(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return as many points of a curve as are drawn: corners alone, and of very many corners some, the ends always."""
    along = np.diff(x)[:-1] * np.diff(y)[1:] == np.diff(x)[1:] * np.diff(y)[:-1]
    corners = np.flatnonzero(np.concatenate([[True], ~along, [True]])) if len(x) > 2 else np.arange(len(x))
    if len(corners) > MOST_POINTS:
        corners = corners[np.linspace(0, len(corners) - 1, MOST_POINTS).astype(np.int64)]
    return x[corners], y[corners]
