"""Hyperbolic tangent: y = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ), elementwise.

gradient   dx = dy (1 − y²)
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.registry import Sample, register


def tanh_forward(X):
    """Return tanh x, and Y: the gradient needs nothing else."""
    Y = np.tanh(X)
    return Y, Y


def tanh_backward(dY, cache):
    """Return dX = dY (1 − Y²)."""
    Y = cache
    return dY * (1 - Y * Y)


def tanh_samples(rng):
    """Yield ordinary inputs."""
    yield Sample((rng.normal(scale=2.0, size=(7, 5)),))


register(
    "tanh",
    forward=tanh_forward,
    backward=tanh_backward,
    formula=r"f(x) = \tanh x",
    gradient=r"f'(x) = 1 - f(x)^2",
    samples=tanh_samples,
    family="activation",
)
