"""SiLU, also called swish: y = x σ(x), elementwise.

    gradient   dx = dy (s + x s (1 − s)) with s = σ(x)

At −∞ the product would be ∞ · 0; the limit 0 is put there.

Source: Elfwing, Uchibe and Doya, "Sigmoid-weighted linear units", 2018; Ramachandran, Zoph and Le, 2017.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.activations.sigmoid import sigmoid_forward
from chainrule.ops.registry import Sample, register


def silu_forward(X):
    """Return x σ(x), and X and σ(x)."""
    S = sigmoid_forward(X)[0]  # 1
    Z = np.where(np.isneginf(X), 0, X)
    Y = Z * S  # 2
    return Y, (Z, S)


def silu_backward(dY, cache):
    """Return dX = dY (s + x s (1 − s))."""
    X, S = cache
    with np.errstate(invalid="ignore"):
        return dY * np.where(np.isposinf(X), X.dtype.type(1), S + X * S * (1 - S))


def silu_samples(rng):
    """Yield ordinary inputs."""
    yield Sample((rng.normal(scale=2.0, size=(7, 5)),))


register(
    "silu",
    forward=silu_forward,
    backward=silu_backward,
    formula=r"f(x) = \frac{x}{1 + e^{-x}}",
    gradient=r"f'(x) = s + x\,s\,(1 - s), \quad s = \frac{1}{1 + e^{-x}}",
    samples=silu_samples,
    family="activation",
)
