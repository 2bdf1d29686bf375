"""Sigmoid, the logistic function: y = 1 / (1 + e⁻ˣ), elementwise.

    gradient   dx = dy · y (1 − y)

Far to the left e⁻ˣ overflows to ∞, and 1 / (1 + ∞) = 0 is the right answer there (below 3e-39 in float32, 6e-309 in
float64); short of that no digit is lost. The gradient keeps the form y (1 − y): in y − y² the difference would be of
two rounded numbers, while 1 − y is exact from y = ½ on.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.registry import Sample, register


def sigmoid_forward(X):
    """Return 1 / (1 + e⁻ˣ), and Y: the gradient needs nothing else."""
    with np.errstate(over="ignore"):
        E = np.exp(-X)  # 1
    Y = 1 / (1 + E)  # 2
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
