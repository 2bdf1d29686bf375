"""ReLU: y = max(0, x), elementwise.

    gradient   dx = dy where x > 0, else 0

At x = 0 there is a kink; we take 0 there, as PyTorch and Keras do.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.registry import Sample, away_from, register


def relu_forward(X):
    """Return max(0, X), and Y itself: it is positive just where X is."""
    Y = np.maximum(X, 0.0)
    return Y, Y


def relu_backward(dY, cache):
    """Return dX: the gradient passes where the unit was on."""
    Y = cache
    return dY * np.sign(Y)  # 1 or 0 in Y's own dtype: on small arrays twice as fast as a product with Y > 0


def relu_samples(rng):
    """Yield inputs away from the kink at 0."""
    yield Sample((away_from(rng, (7, 5), [0.0]),))
    yield Sample((away_from(rng, (1, 3, 2), [0.0]),))


register(
    "relu",
    forward=relu_forward,
    backward=relu_backward,
    formula=r"f(x) = \max(0, x)",
    gradient=r"f'(x) = \begin{cases} 1 & x > 0 \\ 0 & x \le 0 \end{cases}",
    samples=relu_samples,
    family="activation",
)
