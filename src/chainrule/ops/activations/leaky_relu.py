"""Leaky ReLU: y = x where x > 0, else a small slope times x, elementwise.

    gradient   dx = dy where x > 0, else slope · dy

At x = 0 the slope of the negative side is taken, as PyTorch and Keras do.

Source: Maas, Hannun and Ng, "Rectifier nonlinearities improve neural network acoustic models", 2013.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.registry import Sample, away_from, register


def leaky_relu_forward(X, negative_slope=0.2):
    """Return x or slope · x, and the factor that was applied."""
    F = np.where(X > 0, X.dtype.type(1), X.dtype.type(negative_slope))
    return X * F, F


def leaky_relu_backward(dY, cache):
    """Return dX: dY times the same factor."""
    F = cache
    return dY * F


def leaky_relu_samples(rng):
    """Yield inputs away from the kinks."""
    yield Sample((away_from(rng, (7, 5), [0.0]),))
    yield Sample((away_from(rng, (7, 5), [0.0]),), {"negative_slope": 0.01})


register(
    "leaky_relu",
    forward=leaky_relu_forward,
    backward=leaky_relu_backward,
    formula=r"f(x) = \begin{cases} x & x > 0 \\ a x & x \le 0 \end{cases}",
    gradient=r"f'(x) = \begin{cases} 1 & x > 0 \\ a & x \le 0 \end{cases}",
    samples=leaky_relu_samples,
    family="activation",
)
