"""ELU, the exponential linear unit: y = x where x > 0, else α (eˣ − 1), elementwise.

    gradient   dx = dy where x > 0, else dy α eˣ

For α = 1 there is no kink at 0. e to the power of min(x, 0) is never large, so nothing overflows.

Source: Clevert, Unterthiner and Hochreiter, "Fast and accurate deep network learning by exponential linear units", ICLR
2016.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.registry import Sample, away_from, register


def elu_forward(X, alpha=1.0):
    """Return x or α (eˣ − 1), and the slope at each x."""
    N = np.minimum(X, 0)
    Y = np.where(X > 0, X, alpha * np.expm1(N))
    D = np.where(X > 0, X.dtype.type(1), alpha * np.exp(N))
    return Y, D


def elu_backward(dY, cache):
    """Return dX = dY times the slope."""
    D = cache
    return dY * D


def elu_samples(rng):
    """Yield inputs away from the kinks."""
    yield Sample((away_from(rng, (7, 5), [0.0]),))
    yield Sample((away_from(rng, (7, 5), [0.0]),), {"alpha": 0.5})


register(
    "elu",
    forward=elu_forward,
    backward=elu_backward,
    formula=r"f(x) = \begin{cases} x & x > 0 \\ \alpha (e^x - 1) & x \le 0 \end{cases}",
    gradient=r"f'(x) = \begin{cases} 1 & x > 0 \\ \alpha e^x & x \le 0 \end{cases}",
    samples=elu_samples,
    family="activation",
)
