"""Mish: y = x tanh(ln(1 + eˣ)), elementwise.

    gradient   dx = dy (t + x (1 − t²) σ(x)) with t = tanh(ln(1 + eˣ))

At −∞ the product would be ∞ · 0; the limit 0 is put there.

Source: Misra, "Mish: a self regularized non-monotonic activation function", BMVC 2020.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.activations.sigmoid import sigmoid_forward
from chainrule.ops.activations.softplus import softplus_forward
from chainrule.ops.registry import Sample, register


def mish_forward(X):
    """Return x tanh(softplus(x)), and X and the tanh."""
    Z = np.where(np.isneginf(X), 0, X)
    T = np.tanh(softplus_forward(X)[0])  # 1
    Y = Z * T  # 2
    return Y, (Z, T)


def mish_backward(dY, cache):
    """Return dX = dY (t + x (1 − t²) σ(x))."""
    X, T = cache
    S = sigmoid_forward(X)[0]
    with np.errstate(invalid="ignore"):
        return dY * np.where(np.isposinf(X), X.dtype.type(1), T + X * (1 - T * T) * S)


def mish_samples(rng):
    """Yield ordinary inputs."""
    yield Sample((rng.normal(scale=2.0, size=(7, 5)),))


register(
    "mish",
    forward=mish_forward,
    backward=mish_backward,
    formula=r"f(x) = x \tanh(\ln(1 + e^x))",
    gradient=r"f'(x) = t + x\,(1 - t^2)\,\sigma(x), \quad t = \tanh(\ln(1 + e^x))",
    samples=mish_samples,
    family="activation",
)
