"""RMS normalisation: each row is divided by the root of its mean square over its last axis, then scaled.

Shapes: X and Y (N, …, I); the scale γ (I,). Below, q and s belong to one row; H is the normalised row.

    1  q = mean of x²            over the last axis
    2  s = √(q + ε)
    3  h = x / s
    4  y = γ h

    gradient   4  dγ = Σ dy h  (over rows),  dh = dy γ
               3 … 1  dx = (dh − h mean(dh h)) / s

Step by step, with n entries a row:

    3  dx = dh / s,  ds = −Σ dh x / s² = −Σ dh h / s
    2  dq = ds / 2s
    1  dx gains dq 2x / n = −h mean(dh h) / s

It is layer normalisation without the mean: a common stretch of x changes nothing, but for ε, so the part of dh along h
is taken out; a common shift does change y, so the mean of dh stays. There is one sum less to do, and no shift β.

H, 1/s and γ are cached: x itself is not needed.

Source: Zhang and Sennrich, "Root mean square layer normalization", NeurIPS 2019, equation 4.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.registry import Sample, register


def rms_normalise_forward(X, scale, epsilon=1e-6):
    """Return Y, and H, 1/s and γ for the gradient."""
    q = (X * X).mean(axis=-1, keepdims=True)  # 1
    r = 1 / np.sqrt(q + epsilon)  # 2
    H = X * r  # 3
    Y = H * scale  # 4
    return Y, (H, r, scale)


def rms_normalise_backward(dY, cache):
    """Return dX, dγ."""
    H, r, scale = cache
    dscale = (dY * H).sum(axis=tuple(range(dY.ndim - 1)))  # 4
    dH = dY * scale  # 4
    dX = (dH - H * (dH * H).mean(axis=-1, keepdims=True)) * r  # 3, 2, 1
    return dX, dscale


def rms_normalise_samples(rng):
    """Yield a matrix, more axes, and an ε that matters."""
    for shape, options in (((5, 4), {}), ((2, 3, 6), {}), ((2, 2, 3, 3), {"epsilon": 0.5})):
        yield Sample((rng.normal(size=shape), rng.normal(size=shape[-1])), options)


register(
    "rms_normalise",
    forward=rms_normalise_forward,
    backward=rms_normalise_backward,
    formula=r"y = \gamma \frac{x}{\sqrt{\overline{x^2} + \epsilon}}",
    gradient=r"dx = \frac{1}{s} \left( dh - h\, \overline{dh\, h} \right), \quad dh = \gamma\, dy",
    samples=rms_normalise_samples,
)
