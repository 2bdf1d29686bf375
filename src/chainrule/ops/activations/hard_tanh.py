"""Hard tanh: y = x clipped to [−1, 1], elementwise.

    gradient   dx = dy where −1 < x < 1, else 0

Source: Collobert, "Large scale machine learning", PhD thesis, 2004.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.registry import Sample, away_from, register


def hard_tanh_forward(X):
    """Return x clipped to [−1, 1], and where it was inside."""
    return np.clip(X, -1, 1), (X > -1) & (X < 1)


def hard_tanh_backward(dY, cache):
    """Return dX: the gradient passes between the two kinks."""
    inside = cache
    return dY * inside


def hard_tanh_samples(rng):
    """Yield inputs away from the kinks."""
    yield Sample((away_from(rng, (7, 5), [-1.0, 1.0]),))


register(
    "hard_tanh",
    forward=hard_tanh_forward,
    backward=hard_tanh_backward,
    formula=r"f(x) = \min(\max(-1, x), 1)",
    gradient=r"f'(x) = \begin{cases} 1 & -1 < x < 1 \\ 0 & \text{else} \end{cases}",
    samples=hard_tanh_samples,
    family="activation",
)
