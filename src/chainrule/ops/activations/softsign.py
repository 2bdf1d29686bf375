"""Softsign: y = x / (1 + |x|), elementwise.

    gradient   dx = dy / (1 + |x|)²

At ±∞ the quotient would be ∞/∞; the limit ±1 is put there.

Source: Turian, Bergstra and Bengio, "Quadratic features and deep architectures for chunking", 2009.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.registry import Sample, away_from, register


def softsign_forward(X):
    """Return x / (1 + |x|), and 1 + |x|."""
    D = 1 + np.abs(X)
    with np.errstate(invalid="ignore"):
        Y = np.where(np.isinf(X), np.sign(X), X / D)
    return Y, D


def softsign_backward(dY, cache):
    """Return dX = dY / (1 + |X|)²."""
    D = cache
    return dY / D / D


def softsign_samples(rng):
    """Yield inputs away from the kinks."""
    yield Sample((away_from(rng, (7, 5), [0.0]),))


register(
    "softsign",
    forward=softsign_forward,
    backward=softsign_backward,
    formula=r"f(x) = \frac{x}{1 + |x|}",
    gradient=r"f'(x) = \frac{1}{(1 + |x|)^2}",
    samples=softsign_samples,
    family="activation",
)
