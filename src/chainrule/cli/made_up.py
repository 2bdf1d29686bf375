"""Rows that are made up, for a network that is looked at without data of its own."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.random import Stream

#: So many rows show which units are dead; of images, fewer, with so many numbers in all, but some.
ROWS, NUMBERS, LEAST_ROWS = 512, 2**10, 2


def rows_for(model: Any) -> int:
    """Return how many rows are made up for a model: an image has a place for each unit, and takes as long."""
    shapes = [value.shape[1:] for value in model.inputs]
    size = max((math.prod(side or 1 for side in shape) for shape in shapes if len(shape) > 1), default=0)
    return max(LEAST_ROWS, min(ROWS, NUMBERS // size)) if size else ROWS


def made_up_inputs(model: Any, n: int | None = None) -> list[np.ndarray]:
    """Return inputs for a model: standard normal, or 0 and 1 where it wants whole numbers.

    Examples
    --------
    >>> from chainrule.layers import Dense
    >>> from chainrule.models import Sequential
    >>> made_up_inputs(Sequential([Dense(1, input_dim=3)], seed=1), n=5)[0].shape
    (5, 3)
    """
    model.require_built()
    n = rows_for(model) if n is None else n
    made = []
    for number, value in enumerate(model.inputs):
        stream = Stream(0, "check", number)
        normal = stream.normal((n, *(size or 1 for size in value.shape[1:])))
        whole = "int" in str(value.dtype or "")
        made.append((normal > 0).astype(np.int64) if whole else normal.astype(model.dtype))
    return made


def made_up_targets(model: Any, n: int | None = None) -> Any:
    """Return targets of the kind that each loss of a compiled model takes; a list of them for several outputs."""
    n = rows_for(model) if n is None else n
    losses = model.compilation.losses
    pairs = zip(losses, model.outputs, strict=True)
    made = [_targets(loss, value.shape, n, number) for number, (loss, value) in enumerate(pairs)]
    return made if len(made) > 1 else made[0]


def _targets(loss: Any, shape: tuple, n: int, number: int) -> np.ndarray:
    normal = Stream(0, "check", number, 1).normal((n, *(size or 1 for size in shape[1:])))
    kind = type(loss).__name__
    if kind.startswith("Sparse"):
        return normal.argmax(axis=-1)
    if kind.startswith(("Categorical", "KL")):
        return (normal == normal.max(axis=-1, keepdims=True)).astype(np.float64)
    if kind.startswith("Binary"):
        return (normal > 0).astype(np.float64)
    if kind.startswith("Poisson"):
        return np.floor(np.abs(normal) * 3)
    return np.where(normal > 0, 1.0, -1.0) if "Hinge" in kind else normal
