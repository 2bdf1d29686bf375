"""Softplus, a smooth ReLU: y = ln(1 + eˣ), elementwise.

    gradient   dx = dy σ(x)

Computed as max(x, 0) + ln(1 + e⁻|ˣ|), which does not overflow. X is cached; σ(x) is sigmoid's own forward pass.

Source: Dugas et al., "Incorporating second-order functional knowledge for better option pricing", NIPS 2000.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.activations.sigmoid import sigmoid_forward
from chainrule.ops.registry import Sample, register


def softplus_forward(X):
    """Return ln(1 + eˣ), and X."""
    return np.maximum(X, 0) + np.log1p(np.exp(-np.abs(X))), X


def softplus_backward(dY, cache):
    """Return dX = dY σ(X)."""
    X = cache
    return dY * sigmoid_forward(X)[0]


def softplus_samples(rng):
    """Yield ordinary inputs."""
    yield Sample((rng.normal(scale=2.0, size=(7, 5)),))


register(
    "softplus",
    forward=softplus_forward,
    backward=softplus_backward,
    formula=r"f(x) = \ln(1 + e^x)",
    gradient=r"f'(x) = \frac{1}{1 + e^{-x}}",
    samples=softplus_samples,
    family="activation",
)
