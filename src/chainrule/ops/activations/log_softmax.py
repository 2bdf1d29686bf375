"""Log-softmax: y = x − ln Σ eˣ over one axis: the logarithm of softmax, without its rounding to 0.

Shapes: X and Y (N, …, C); the sum is over the axis of the C classes.

    1  s = x − m, m the largest x
    2  y = s − ln Σ eˢ

    gradient   dx = dy − eʸ Σ dy

Why: ∂yᵢ/∂xⱼ = [i = j] − softmax(x)ⱼ, and eʸ is softmax. A row with +∞ or NaN is NaN, as in softmax.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.registry import Sample, register


def log_softmax_forward(X, axis=-1):
    """Return x − ln Σ eˣ, and Y and the axis."""
    with np.errstate(invalid="ignore"):
        S = X - X.max(axis=axis, keepdims=True)  # 1
    Y = S - np.log(np.exp(S).sum(axis=axis, keepdims=True))  # 2
    return Y, (Y, axis)


def log_softmax_backward(dY, cache):
    """Return dX = dY − eʸ Σ dY."""
    Y, axis = cache
    return dY - np.exp(Y) * dY.sum(axis=axis, keepdims=True)


def log_softmax_samples(rng):
    """Yield the last axis and an inner one."""
    yield Sample((rng.normal(scale=2.0, size=(7, 5)),))
    yield Sample((rng.normal(size=(2, 3, 4)),), {"axis": 1})


register(
    "log_softmax",
    forward=log_softmax_forward,
    backward=log_softmax_backward,
    formula=r"f(x)_i = x_i - \ln \textstyle\sum_j e^{x_j}",
    gradient=r"dx_i = dy_i - e^{y_i} \textstyle\sum_j dy_j",
    samples=log_softmax_samples,
    family="activation",
)
