"""CELU, the continuously differentiable ELU: y = x where x > 0, else α (e^(x/α) − 1), elementwise.

    gradient   dx = dy where x > 0, else dy e^(x/α)

Unlike ELU it has no kink at 0 for any α.

Source: Barron, "Continuously differentiable exponential linear units", 2017.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.registry import Sample, away_from, register


def celu_forward(X, alpha=1.0):
    """Return x or α (e^(x/α) − 1), and the slope at each x."""
    N = np.minimum(X, 0) / alpha
    Y = np.where(X > 0, X, alpha * np.expm1(N))
    return Y, np.exp(N)


def celu_backward(dY, cache):
    """Return dX = dY times the slope."""
    D = cache
    return dY * D


def celu_samples(rng):
    """Yield inputs away from the kinks."""
    yield Sample((away_from(rng, (7, 5), [0.0]),))
    yield Sample((away_from(rng, (7, 5), [0.0]),), {"alpha": 1.7})


register(
    "celu",
    forward=celu_forward,
    backward=celu_backward,
    formula=r"f(x) = \begin{cases} x & x > 0 \\ \alpha (e^{x / \alpha} - 1) & x \le 0 \end{cases}",
    gradient=r"f'(x) = \begin{cases} 1 & x > 0 \\ e^{x / \alpha} & x \le 0 \end{cases}",
    samples=celu_samples,
    family="activation",
)
