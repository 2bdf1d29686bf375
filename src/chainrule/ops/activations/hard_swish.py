"""Hard swish: y = x · hard_sigmoid(x), elementwise.

    gradient   dx = dy (2 x + 3) / 6 where −3 < x < 3; dy where x ≥ 3; 0 where x ≤ −3

Source: Howard et al., "Searching for MobileNetV3", ICCV 2019.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.registry import Sample, away_from, register

#: The curve runs from −BORDER to BORDER.
BORDER = 3.0
WIDTH = 2 * BORDER


def hard_swish_forward(X):
    """Return x (x + 3) / 6 between −3 and 3, x above, 0 below; and X."""
    G = np.clip((X + BORDER) / WIDTH, 0, 1)
    Y = np.maximum(X, -BORDER) * G  # −∞ · 0 would be NaN
    return Y, X


def hard_swish_backward(dY, cache):
    """Return dX: three pieces, one for each side and the middle."""
    X = cache
    D = (2 * np.clip(X, -BORDER, BORDER) + BORDER) / WIDTH
    D = np.where(X >= BORDER, X.dtype.type(1), np.where(X <= -BORDER, X.dtype.type(0), D))
    return dY * D


def hard_swish_samples(rng):
    """Yield inputs away from the kinks."""
    yield Sample((away_from(rng, (7, 5), [-3.0, 3.0]),))


register(
    "hard_swish",
    forward=hard_swish_forward,
    backward=hard_swish_backward,
    formula=r"f(x) = x\,\frac{\min(\max(0, x + 3), 6)}{6}",
    gradient=r"f'(x) = \begin{cases} 0 & x \le -3 \\ \frac{2x + 3}{6} & -3 < x < 3 \\ 1 & x \ge 3 \end{cases}",
    samples=hard_swish_samples,
    family="activation",
)
