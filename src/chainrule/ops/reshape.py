"""Reshape and flatten: the same numbers in another shape; the rows stay.

Shapes: X (N, a, b, …); reshape Y (N, shape …); flatten Y (N, a·b·…).

    gradient   dX = dY in X's shape: every number has moved, none has changed

The shape of X is all that is cached.
"""

from __future__ import annotations

import math

from chainrule.ops.registry import Sample, register


def reshape_forward(X, shape):
    """Return X with rows of the given shape, and X's own shape."""
    return X.reshape(len(X), *shape), X.shape


def reshape_backward(dY, cache):
    """Return dX: dY in the shape of X."""
    return dY.reshape(cache)


def flatten_forward(X):
    """Return X with one axis a row, and X's own shape."""
    return X.reshape(len(X), math.prod(X.shape[1:])), X.shape


def flatten_backward(dY, cache):
    """Return dX: dY in the shape of X."""
    return dY.reshape(cache)


def reshape_samples(rng):
    """Yield a matrix made of rows of 6 numbers, and the way back."""
    yield Sample((rng.normal(size=(4, 6)),), {"shape": (2, 3)})
    yield Sample((rng.normal(size=(4, 2, 3)),), {"shape": (6,)})


def flatten_samples(rng):
    """Yield three axes, and a matrix, which is flat already."""
    yield Sample((rng.normal(size=(4, 2, 3)),))
    yield Sample((rng.normal(size=(4, 6)),))


register(
    "reshape",
    forward=reshape_forward,
    backward=reshape_backward,
    formula=r"Y_n = \operatorname{reshape}(X_n)",
    gradient=r"dX_n = \operatorname{reshape}^{-1}(dY_n)",
    samples=reshape_samples,
    output_shape=lambda X, shape: (X[0], *shape),
)
register(
    "flatten",
    forward=flatten_forward,
    backward=flatten_backward,
    formula=r"Y_n = \operatorname{vec}(X_n)",
    gradient=r"dX_n = \operatorname{vec}^{-1}(dY_n)",
    samples=flatten_samples,
    output_shape=lambda X: (X[0], math.prod(X[1:])),
)
