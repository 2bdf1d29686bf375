"""Sigmoid, the logistic function: y = 1 / (1 + e⁻ˣ), elementwise.

    gradient   dx = dy · y (1 − y)

Computed without overflow: e⁻|ˣ| never exceeds 1, and 1 / (1 + e⁻ˣ) = eˣ / (1 + eˣ) serves the negative side.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.registry import Sample, register


def sigmoid_forward(X):
    """Return 1 / (1 + e⁻ˣ), and Y: the gradient needs nothing else."""
    E = np.exp(-np.abs(X))  # 1
    Y = np.where(X >= 0, 1, E) / (1 + E)  # 2
    return Y, Y


def sigmoid_backward(dY, cache):
    """Return dX = dY · Y (1 − Y)."""
    Y = cache
    return dY * Y * (1 - Y)


def sigmoid_samples(rng):
    """Yield ordinary inputs."""
    yield Sample((rng.normal(scale=2.0, size=(7, 5)),))


register(
    "sigmoid",
    forward=sigmoid_forward,
    backward=sigmoid_backward,
    formula=r"f(x) = \frac{1}{1 + e^{-x}}",
    gradient=r"f'(x) = f(x)\,(1 - f(x))",
    samples=sigmoid_samples,
    family="activation",
)
