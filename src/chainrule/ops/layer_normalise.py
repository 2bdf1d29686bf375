"""Layer normalisation: each row is brought to mean 0 and variance 1 over its last axis, then scaled and shifted.

Shapes: X and Y (N, …, I); γ and β (I,). Below, m, v and s belong to one row; H is the standardised row.

    1  m = mean of x             over the last axis
    2  v = mean of (x − m)²
    3  s = √(v + ε)
    4  h = (x − m) / s
    5  y = γ h + β

    gradient   5  dβ = Σ dy,  dγ = Σ dy h  (over rows),  dh = dy γ
               4 … 1  dx = (dh − mean(dh) − h mean(dh h)) / s

Step by step, with c = x − m, so that h = c / s, and n entries a row:

    4  dc = dh / s,  ds = −Σ dh c / s² = −Σ dh h / s
    3  dv = ds / 2s
    2  dc gains dv 2c / n = −h mean(dh h) / s        now dc = (dh − h mean(dh h)) / s
    1  dm = −Σ dc, and each x is 1/n of m: dx = dc − mean(dc), where mean(h) = 0 leaves mean(dc) = mean(dh) / s

In words: s and m depend on every entry of the row. Through m a common shift of x changes nothing, so the mean of dh is
taken out; through s a common stretch changes nothing, but for ε, so the part of dh along h is taken out.

H and 1/s are cached: x itself is not needed.

Source: Ba, Kiros and Hinton, "Layer normalization", 2016, equation 4.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.registry import Sample, register


def layer_normalise_forward(X, gamma, beta, epsilon=1e-3):
    """Return Y, and H, 1/s and γ for the gradient."""
    C = X - X.mean(axis=-1, keepdims=True)  # 1
    v = (C * C).mean(axis=-1, keepdims=True)  # 2
    r = 1 / np.sqrt(v + epsilon)  # 3
    H = C * r  # 4
    Y = H * gamma + beta  # 5
    return Y, (H, r, gamma)


def layer_normalise_backward(dY, cache):
    """Return dX, dγ, dβ."""
    H, r, gamma = cache
    rows = tuple(range(dY.ndim - 1))
    dbeta = dY.sum(axis=rows)  # 5
    dgamma = (dY * H).sum(axis=rows)  # 5
    dH = dY * gamma  # 5
    along = (dH * H).mean(axis=-1, keepdims=True)
    dX = (dH - dH.mean(axis=-1, keepdims=True) - H * along) * r  # 4, 3, 2, 1
    return dX, dgamma, dbeta


def layer_normalise_samples(rng):
    """Yield a matrix and a third axis."""
    for shape in ((5, 4), (2, 3, 6)):
        yield Sample((rng.normal(size=shape), rng.normal(size=shape[-1]), rng.normal(size=shape[-1])))


register(
    "layer_normalise",
    forward=layer_normalise_forward,
    backward=layer_normalise_backward,
    formula=r"y = \gamma \frac{x - m}{\sqrt{v + \epsilon}} + \beta",
    gradient=r"dx = \frac{1}{s} \left( dh - \overline{dh} - h\, \overline{dh\, h} \right), \quad dh = \gamma\, dy",
    samples=layer_normalise_samples,
)
