"""Group normalisation: each row's groups of channels are brought to mean 0 and variance 1, then scaled and shifted.

Shapes: X and Y (N, …, C); γ and β (C,). The channels are cut into `groups` equal parts, and m, v and s below belong to
one part of one row: n = (product of the axes between) · C/groups entries take part in each.

    1  m = mean of x             over the places of a row and the channels of a group
    2  v = mean of (x − m)²
    3  s = √(v + ε)
    4  h = (x − m) / s
    5  y = γ h + β               channel by channel

    gradient   5  dβ = Σ dy,  dγ = Σ dy h  (over rows and places),  dh = dy γ
               4 … 1  dx = (dh − mean(dh) − h mean(dh h)) / s        means over the group

The steps 1 to 4 are those of layer normalisation, over other entries, and so is their gradient, derived in
`chainrule.ops.layer_normalise`. One group is layer normalisation of the whole image; as many groups as channels is
instance normalisation. Unlike in batch normalisation rows don't see each other, so training and use are the same.

H, 1/s and γ are cached: x itself is not needed.

Source: Wu and He, "Group normalization", ECCV 2018, equations 1 to 7.
"""

from __future__ import annotations

import math

import numpy as np

from chainrule.ops.registry import Sample, register


def group_normalise_forward(X, gamma, beta, groups, epsilon=1e-3):
    """Return Y, and H, 1/s, γ and the number of groups for the gradient."""
    G = by_group(X, groups)
    C = G - mean_of_group(G)  # 1
    v = mean_of_group(C * C)  # 2
    r = 1 / np.sqrt(v + epsilon)  # 3
    H = (C * r).reshape(X.shape)  # 4
    Y = H * gamma + beta  # 5
    return Y, (H, r, gamma, groups)


def group_normalise_backward(dY, cache):
    """Return dX, dγ, dβ."""
    H, r, gamma, groups = cache
    rows = tuple(range(dY.ndim - 1))
    dbeta = dY.sum(axis=rows)  # 5
    dgamma = (dY * H).sum(axis=rows)  # 5
    dH = by_group(dY * gamma, groups)  # 5
    H = by_group(H, groups)
    dX = (dH - mean_of_group(dH) - H * mean_of_group(dH * H)) * r  # 4, 3, 2, 1
    return dX.reshape(dY.shape), dgamma, dbeta


def by_group(X, groups):
    """Return X (N, …, C) as (N, places, groups, C/groups)."""
    return X.reshape(len(X), math.prod(X.shape[1:-1]), groups, X.shape[-1] // groups)


def mean_of_group(G):
    """Return the mean over the places and channels of each group, stretchable over them."""
    return G.mean(axis=(1, 3), keepdims=True)


def group_normalise_shape(X, gamma, beta, groups, epsilon=1e-3):
    """Return Y's shape, or refuse groups that don't divide the channels."""
    if len(X) < 2:
        raise ValueError(f"rows with channels have 2 axes or more, and this array has {len(X)}")
    if groups < 1 or X[-1] % groups:
        raise ValueError(f"the {X[-1]} channels can't be cut into {groups} equal groups")
    return X


def group_normalise_samples(rng):
    """Yield images with several groups, one, and one a channel, and a matrix."""
    for shape, groups in (((2, 2, 3, 4), 2), ((2, 3, 2, 3), 1), ((3, 2, 2, 3), 3), ((3, 6), 2)):
        C = shape[-1]
        yield Sample((rng.normal(size=shape), rng.normal(size=C), rng.normal(size=C)), {"groups": groups})


register(
    "group_normalise",
    forward=group_normalise_forward,
    backward=group_normalise_backward,
    formula=r"y = \gamma \frac{x - m}{\sqrt{v + \epsilon}} + \beta \quad (m, v \text{ of a group of channels})",
    gradient=r"dx = \frac{1}{s} \left( dh - \overline{dh} - h\, \overline{dh\, h} \right), \quad dh = \gamma\, dy",
    samples=group_normalise_samples,
    output_shape=group_normalise_shape,
)
