"""Batch normalisation: each channel is brought to mean 0 and variance 1 over the batch, then scaled and shifted.

Shapes: X and Y (N, …, C), everything else (C,). Means are over all axes but the channels'; n entries take part in each.

    1  m = mean of x             over the batch
    2  v = mean of (x − m)²
    3  s = √(v + ε)
    4  h = (x − m) / s
    5  y = γ h + β
    6  moving mean ← k · moving mean + (1 − k) m, and so the variance, k being the momentum

    gradient   5  dβ = Σ dy,  dγ = Σ dy h,  dh = dy γ
               4 … 1  dx = (dh − mean(dh) − h mean(dh h)) / s        means over the batch

Step by step, with c = x − m, so that h = c / s; m, v and s serve all n entries of their channel:

    4  dc = dh / s,  ds = −Σ dh c / s² = −Σ dh h / s
    3  dv = ds / 2s
    2  dc gains dv 2c / n = −h mean(dh h) / s        now dc = (dh − h mean(dh h)) / s
    1  dm = −Σ dc, and each x is 1/n of m: dx = dc − mean(dc), where mean(h) = 0 leaves mean(dc) = mean(dh) / s

It is layer normalisation's gradient with the sums along the batch instead of the row. The moving statistics are what
the network goes by in use: there m and v are fixed numbers (`affine_normalise`), rows don't see each other, and dx = dy
γ / s.

H, 1/s and γ are cached: x itself is not needed. The variance is the biased one (÷ n) in both places, as Keras has it.

Source: Ioffe and Szegedy, "Batch normalization", ICML 2015, algorithm 1 and the equations under it.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.registry import Sample, register


def batch_normalise_forward(X, gamma, beta, moving_mean, moving_variance, epsilon=1e-3, momentum=0.99):
    """Return Y, the cache, and the new moving mean and variance."""
    rows = tuple(range(X.ndim - 1))
    m = X.mean(axis=rows)  # 1
    C = X - m
    v = (C * C).mean(axis=rows)  # 2
    r = 1 / np.sqrt(v + epsilon)  # 3
    H = C * r  # 4
    Y = H * gamma + beta  # 5
    state = (
        moving_mean * momentum + m * (1 - momentum),  # 6
        moving_variance * momentum + v * (1 - momentum),
    )
    return Y, (H, r, gamma), state


def batch_normalise_backward(dY, cache):
    """Return dX, dγ, dβ; the moving statistics have no gradient."""
    H, r, gamma = cache
    rows = tuple(range(dY.ndim - 1))
    dbeta = dY.sum(axis=rows)  # 5
    dgamma = (dY * H).sum(axis=rows)  # 5
    dH = dY * gamma  # 5
    dX = (dH - dH.mean(axis=rows) - H * (dH * H).mean(axis=rows)) * r  # 4, 3, 2, 1
    return dX, dgamma, dbeta, None, None


def affine_normalise_forward(X, gamma, beta, mean, variance, epsilon=1e-3):
    """Return Y by fixed statistics, and the cache."""
    r = 1 / np.sqrt(variance + epsilon)  # 3
    H = (X - mean) * r  # 4
    Y = H * gamma + beta  # 5
    return Y, (H, r, gamma)


def affine_normalise_backward(dY, cache):
    """Return dX, dγ, dβ; the statistics have no gradient."""
    H, r, gamma = cache
    rows = tuple(range(dY.ndim - 1))
    dbeta = dY.sum(axis=rows)  # 5
    dgamma = (dY * H).sum(axis=rows)  # 5
    dX = dY * (gamma * r)  # 5, 4
    return dX, dgamma, dbeta, None, None


def normalise_samples(rng):
    """Yield a matrix and image-like axes."""
    for shape in ((6, 3), (2, 3, 2, 4)):
        C = shape[-1]
        yield Sample(
            (
                rng.normal(size=shape),
                rng.normal(size=C),
                rng.normal(size=C),
                rng.normal(size=C),
                rng.uniform(0.5, 2, size=C),
            )
        )


register(
    "batch_normalise",
    forward=batch_normalise_forward,
    backward=batch_normalise_backward,
    formula=r"y = \gamma \frac{x - m}{\sqrt{v + \epsilon}} + \beta",
    gradient=r"dx = \frac{1}{s} \left( dh - \overline{dh} - h\, \overline{dh\, h} \right), \quad dh = \gamma\, dy",
    samples=normalise_samples,
    n_state=2,
)
register(
    "affine_normalise",
    forward=affine_normalise_forward,
    backward=affine_normalise_backward,
    formula=r"y = \gamma \frac{x - m}{\sqrt{v + \epsilon}} + \beta \quad (m, v \text{ fixed})",
    gradient=r"dx = \frac{\gamma}{s}\, dy",
    samples=normalise_samples,
)
