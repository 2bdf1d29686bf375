"""Which rows a network learns from, and which are held out to say when to stop.

The rows are dealt into parts, each class evenly. Member m learns from all parts but the m-th.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chainrule.random import Stream

#: The rows are dealt into at least so many parts; fewer rows than that are all learnt from.
PARTS, LEAST_ROWS = 5, 10
#: More rows than this say nothing new about when to stop.
MOST_HELD = 20_000


@dataclass(frozen=True)
class Task:
    """Encoded rows and what is to be learnt of them.

    Attributes
    ----------
    X : ndarray, shape (n, I), float32
    y : ndarray, shape (n,)
        0 and 1, class numbers, or scaled numbers.
    kind : str
        "binary", "multiclass" or "number".
    outputs : int
        1, or the number of classes.
    weights : ndarray, shape (n,), or None
        How much each row counts.
    """

    X: np.ndarray
    y: np.ndarray
    kind: str
    outputs: int
    weights: np.ndarray | None = None

    def rows(self, which: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return some rows as `fit` takes them: X, y, and weights where there are any."""
        parts = (self.X[which], self.y[which])
        return parts if self.weights is None else (*parts, self.weights[which])


@dataclass(frozen=True)
class Split:
    """Rows to learn from, and rows held out (None: none)."""

    learn: np.ndarray
    held: np.ndarray | None


def deal(n_rows: int, parts: int, classes: np.ndarray | None, seed: int) -> np.ndarray:
    """Return the part, from 0, that each row is dealt to: shuffled, and every class evenly over the parts.

    Examples
    --------
    >>> part = deal(6, 3, np.array([0, 0, 0, 1, 1, 1]), seed=1)
    >>> sorted(part[:3].tolist()), sorted(part[3:].tolist())
    ([0, 1, 2], [0, 1, 2])
    """
    order = Stream(seed, "split").permutation(n_rows)
    if classes is not None:
        order = order[np.argsort(classes[order], kind="stable")]
    part = np.empty(n_rows, dtype=np.int64)
    part[order] = np.arange(n_rows) % parts
    return part


def splits_for(task: Task, restarts: int, share: float | None, same: bool, seed: int) -> list[Split]:
    """Return what each member learns from and what it is held against.

    Parameters
    ----------
    task : Task
    restarts : int
        How many members there are.
    share : float or None
        The share of rows held out: 0 for none, None for one part of five (or of as many as there are members).
    same : bool
        All members hold the same rows out, so that their losses can be compared.
    seed : int
    """
    n = len(task.y)
    everything = Split(np.arange(n), None)
    if share == 0 or n < LEAST_ROWS:
        return [everything] * restarts
    parts = max(PARTS, restarts) if share is None else max(2, round(1 / share))
    parts = min(parts, n)
    part = deal(n, parts, None if task.kind == "number" else task.y, seed)
    chosen = [0 if same else m % parts for m in range(restarts)]
    held = [np.flatnonzero(part == m) for m in chosen]
    # With more rows than are needed to say when to stop, the rest is learnt from too.
    held = [rows[Stream(seed, "split", 2).permutation(len(rows))[:MOST_HELD]] for rows in held]
    held = [np.sort(rows) for rows in held]
    return [Split(np.setdiff1d(np.arange(n), rows, assume_unique=True), rows) for rows in held]
