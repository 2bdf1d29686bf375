"""ReLU6: y = min(max(0, x), 6), elementwise.

    gradient   dx = dy where 0 < x < 6, else 0

Source: Krizhevsky, "Convolutional deep belief networks on CIFAR-10", 2010.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.registry import Sample, away_from, register

#: Where the function stops growing.
CEILING = 6.0


def relu6_forward(X):
    """Return x clipped to [0, 6], and where it was inside."""
    return np.clip(X, 0, CEILING), (X > 0) & (X < CEILING)


def relu6_backward(dY, cache):
    """Return dX: the gradient passes between the two kinks."""
    inside = cache
    return dY * inside


def relu6_samples(rng):
    """Yield inputs away from the kinks."""
    yield Sample((away_from(rng, (7, 5), [0.0, 6.0]),))


register(
    "relu6",
    forward=relu6_forward,
    backward=relu6_backward,
    formula=r"f(x) = \min(\max(0, x), 6)",
    gradient=r"f'(x) = \begin{cases} 1 & 0 < x < 6 \\ 0 & \text{else} \end{cases}",
    samples=relu6_samples,
    family="activation",
)
