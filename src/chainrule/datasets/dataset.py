"""What `load` returns: numbers, their names, and where they come from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """A named table of examples, which unpacks into `X, y`.

    Use it as it is (`dataset.X`), or take it apart as most tutorials do: `X, y = load("pima")`.

    Attributes
    ----------
    name : str
        The name that `load` knows it by.
    X : numpy.ndarray
        The inputs: (rows, columns), or (rows, height, width) for images.
    y : numpy.ndarray
        The target, (rows,): whole numbers from 0 that name a class, or float64 for a regression.
    feature_names : tuple of str or None
        The columns of X; None for images.
    class_names : tuple of str or None
        What each class is called, `class_names[y[i]]`; None for a regression.
    task : str
        "binary", "multiclass" or "regression": which loss and which output layer fit.
    description : str
        What a row is, what the columns mean, what to beware of.
    source : str
        Who made the data.

    Examples
    --------
    >>> from chainrule.datasets import load
    >>> load("xor", n=4, noise=0.0)
    Dataset 'xor': 4 rows of 2 columns, binary ('equal' 2, 'different' 2)
    >>> X, y = load("xor", n=4, noise=0.0)
    >>> X.shape, y.shape
    ((4, 2), (4,))
    """

    name: str
    X: np.ndarray
    y: np.ndarray
    feature_names: tuple[str, ...] | None
    class_names: tuple[str, ...] | None
    task: str
    description: str
    source: str

    def __iter__(self) -> Iterator[np.ndarray]:
        yield self.X
        yield self.y

    def __repr__(self) -> str:
        rows, *shape = self.X.shape
        each = f"{shape[0]} columns" if len(shape) == 1 else " × ".join(map(str, shape)) + " pixels"
        return f"Dataset {self.name!r}: {rows} rows of {each}, {self.task} ({self._target()})"

    def _target(self) -> str:
        if self.class_names is None:
            return f"from {self.y.min():.4g} to {self.y.max():.4g}"
        counts = np.bincount(self.y, minlength=len(self.class_names))
        return ", ".join(f"{name!r} {count}" for name, count in zip(self.class_names, counts, strict=True))
