"""Softmax: y = eˣ / Σ eˣ over one axis: positive numbers that add up to 1.

Shapes: X and Y (N, …, C); the sum is over the axis of the C classes.

    1  e = eˣ⁻ᵐ, m the largest x      the same quotient, and nothing overflows
    2  y = e / Σ e

    gradient   dx = y (dy − Σ dy y)

Why: ∂yᵢ/∂xⱼ = yᵢ ([i = j] − yⱼ), so dxⱼ = Σᵢ dyᵢ yᵢ ([i = j] − yⱼ) = yⱼ (dyⱼ − Σᵢ dyᵢ yᵢ). An upstream gradient of ones
gives 0: the outputs always add up to 1, so their sum can't be changed.

An entry of −∞ gets the share 0. Entries of +∞ have no share that all limits agree on: the whole row is NaN, as where an
entry is NaN.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.registry import Sample, register


def softmax_forward(X, axis=-1):
    """Return the shares eˣ / Σ eˣ, and Y and the axis."""
    with np.errstate(invalid="ignore"):
        E = np.exp(X - X.max(axis=axis, keepdims=True))  # 1
    Y = E / E.sum(axis=axis, keepdims=True)  # 2
    return Y, (Y, axis)


def softmax_backward(dY, cache):
    """Return dX = Y (dY − Σ dY Y)."""
    Y, axis = cache
    return Y * (dY - (dY * Y).sum(axis=axis, keepdims=True))


def softmax_samples(rng):
    """Yield the last axis and an inner one."""
    yield Sample((rng.normal(scale=2.0, size=(7, 5)),))
    yield Sample((rng.normal(size=(2, 3, 4)),), {"axis": 1})


register(
    "softmax",
    forward=softmax_forward,
    backward=softmax_backward,
    formula=r"f(x)_i = \frac{e^{x_i}}{\sum_j e^{x_j}}",
    gradient=r"dx_i = y_i \left( dy_i - \textstyle\sum_j dy_j\, y_j \right)",
    samples=softmax_samples,
    family="activation",
)
