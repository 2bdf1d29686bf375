"""Exponential: y = eˣ, elementwise.

    gradient   dx = dy y

It overflows to infinity where x is large, as it must: from 88.7 on in float32, from 709.8 on in float64.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.registry import Sample, register


def exponential_forward(X):
    """Return eˣ, and Y."""
    with np.errstate(over="ignore"):
        Y = np.exp(X)
    return Y, Y


def exponential_backward(dY, cache):
    """Return dX = dY · Y."""
    Y = cache
    return dY * Y


def exponential_samples(rng):
    """Yield ordinary inputs."""
    yield Sample((rng.normal(scale=2.0, size=(7, 5)),))


register(
    "exponential",
    forward=exponential_forward,
    backward=exponential_backward,
    formula=r"f(x) = e^x",
    gradient=r"f'(x) = e^x",
    samples=exponential_samples,
    family="activation",
)
