"""Rescale: Y = X · scale + offset, with fixed numbers.

Shapes: X and Y (N, …, I); scale and offset are numbers, or lists of I numbers. They are options, not parameters.

    gradient   dX = dY · scale

Y is a straight line in X, so only its slope, the scale, is cached.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.registry import Sample, register


def rescale_forward(X, scale=1.0, offset=0.0):
    """Return X · scale + offset, and the scale in X's dtype."""
    s = np.asarray(scale, dtype=X.dtype)
    Y = X * s + np.asarray(offset, dtype=X.dtype)
    return Y, s


def rescale_backward(dY, cache):
    """Return dX = dY · scale."""
    s = cache
    return dY * s


def rescale_samples(rng):
    """Yield one scale for all columns, and one a column."""
    yield Sample((rng.normal(size=(5, 3)),), {"scale": 0.5, "offset": -1.0})
    yield Sample((rng.normal(size=(5, 3)),), {"scale": [1.0, -2.0, 3.0], "offset": [0.0, 1.0, 2.0]})


register(
    "rescale",
    forward=rescale_forward,
    backward=rescale_backward,
    formula=r"Y = s X + o",
    gradient=r"dX = s\,dY",
    samples=rescale_samples,
)
