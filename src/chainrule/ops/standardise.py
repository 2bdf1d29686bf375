"""Standardise, and its inverse: Y = (X − m) / s with s = max(√v, smallest), for known m and v.

m is the mean and v the variance of each column. Shapes: X and Y (N, …, I), m and v (I,). The statistics are data, not
parameters: they have no gradient.

    standardise      Y = (X − m) / s      dX = dY / s
    unstandardise    Y = X · s + m        dX = dY · s

The floor under s keeps a constant column at 0 where 0 / 0 would be NaN.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.registry import Sample, register


def standardise_forward(X, m, v, smallest=1e-7):
    """Return (X − m) / s, and s."""
    s = np.maximum(np.sqrt(v), smallest)  # 1
    Y = (X - m) / s  # 2
    return Y, s


def standardise_backward(dY, cache):
    """Return dX = dY / s; the statistics have no gradient."""
    s = cache
    return dY / s, None, None


def unstandardise_forward(X, m, v, smallest=1e-7):
    """Return X · s + m, and s."""
    s = np.maximum(np.sqrt(v), smallest)  # 1
    Y = X * s + m  # 2
    return Y, s


def unstandardise_backward(dY, cache):
    """Return dX = dY · s; the statistics have no gradient."""
    s = cache
    return dY * s, None, None


def standardise_samples(rng):
    """Yield a matrix and a third axis."""
    yield Sample((rng.normal(size=(5, 3)), rng.normal(size=3), rng.uniform(0.5, 2.0, size=3)))
    yield Sample((rng.normal(size=(2, 4, 3)), rng.normal(size=3), rng.uniform(0.5, 2.0, size=3)))


register(
    "standardise",
    forward=standardise_forward,
    backward=standardise_backward,
    formula=r"Y = \frac{X - m}{\max(\sqrt{v}, \epsilon)}",
    gradient=r"dX = \frac{dY}{\max(\sqrt{v}, \epsilon)}",
    samples=standardise_samples,
)
register(
    "unstandardise",
    forward=unstandardise_forward,
    backward=unstandardise_backward,
    formula=r"Y = X \max(\sqrt{v}, \epsilon) + m",
    gradient=r"dX = dY \max(\sqrt{v}, \epsilon)",
    samples=standardise_samples,
)
