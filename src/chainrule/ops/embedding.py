"""Embedding: Y = W[I], one row of a table for each index.

Shapes: I (N, …) whole numbers from 0 to V − 1, W (V, E), Y (N, …, E).

    gradient   dW[v] = Σ dY over all places where I is v; the indices have none

A lookup is a product with a one-hot matrix, so its gradient is dense's dW = Xᵀ dY with most terms left out. I and W's
shape are cached. Indices are added up in the order of the batch, so the bits are the same every time.
"""

from __future__ import annotations

import numpy as np

from chainrule.errors import DataError
from chainrule.ops.registry import Sample, register


def embedding_forward(I, W):  # noqa: E741 (the indices are I in the formula)
    """Return the rows of W that I names, and what the gradient needs.

    Raises
    ------
    DataError
        If an index is below 0 or not below the number of rows of W: NumPy would take a negative one from the end.
    """
    if I.size and (I.min() < 0 or I.max() >= len(W)):
        wrong = int(I.min() if I.min() < 0 else I.max())
        raise DataError(f"An Embedding of input_dim={len(W)} takes indices from 0 to {len(W) - 1}; received {wrong}.")
    return W[I], (I, W.shape)


def embedding_backward(dY, cache):
    """Return None for the indices, and dW."""
    I, shape = cache  # noqa: E741
    dW = np.zeros(shape, dtype=dY.dtype)
    np.add.at(dW, I.reshape(-1), dY.reshape(-1, shape[1]))
    return None, dW


def embedding_samples(rng):
    """Yield one index a row, and several, with repetitions."""
    yield Sample((np.array([2, 0, 2, 4]), rng.normal(size=(5, 3))))
    yield Sample((rng.integers(0, 4, size=(3, 6)), rng.normal(size=(4, 2))))


register(
    "embedding",
    forward=embedding_forward,
    backward=embedding_backward,
    formula=r"Y_n = W_{i_n}",
    gradient=r"dW_v = \sum_{n : i_n = v} dY_n",
    samples=embedding_samples,
    output_shape=lambda I, W: (*I, W[-1]),  # noqa: E741
)
