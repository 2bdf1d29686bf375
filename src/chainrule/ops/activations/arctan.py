"""Arc tangent: y = atan x, elementwise.

gradient   dx = dy / (1 + x²)
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.registry import Sample, register


def arctan_forward(X):
    """Return atan x, and X."""
    return np.arctan(X), X


def arctan_backward(dY, cache):
    """Return dX = dY / (1 + X²)."""
    X = cache
    D = np.hypot(1, X)  # √(1 + x²), which does not overflow where x² does
    return dY / D / D


def arctan_samples(rng):
    """Yield ordinary inputs."""
    yield Sample((rng.normal(scale=2.0, size=(7, 5)),))


register(
    "arctan",
    forward=arctan_forward,
    backward=arctan_backward,
    formula=r"f(x) = \arctan x",
    gradient=r"f'(x) = \frac{1}{1 + x^2}",
    samples=arctan_samples,
    family="activation",
)
