"""Upsampling: an image fh times as high and fw times as wide.

Shapes: X (N, H, W, C), Y (N, H·fh, W·fw, C); `size` is (fh, fw).

Nearest: each place becomes a block of fh × fw equal ones.

    Y(n, u, v, c) = X(n, ⌊u / fh⌋, ⌊v / fw⌋, c)          dX(place) = Σ dY over its block

Bilinear: first the rows, then the columns are drawn out, each number of the result lying between two neighbours. Places
are centres of squares, so that place u of the result lies, in X's places, at

    (u + ½) / f − ½ = y + t,   y = ⌊u / f⌋ + o,   o in {−1, 0},   0 ≤ t < 1

and gets (1 − t) X(y) + t X(y + 1), with y and y + 1 moved into the image where they are not in it. For all u = f·k + p
of one phase p, o and t are the same: one weighted sum of X and X moved by one, for each of the f phases.

    1  R = the rows of X drawn out         R(f·k + p) = (1 − t) E(k + o) + t E(k + o + 1),  E: X with its edges doubled
    2  Y = the columns of R drawn out      in the same way

    gradient   2  dR = the columns of dY gathered: dE(k + o) gains (1 − t) dR(f·k + p) and dE(k + o + 1) gains
                  t dR(f·k + p), the same for the columns; an edge gets what its double got
               1  dX = the rows of dR gathered

The result is linear in X: the size alone is needed for the gradient.
"""

from __future__ import annotations

import math

import numpy as np

from chainrule.ops.registry import Sample, register
from chainrule.ops.window import require_at_least, require_images


def upsample2d_nearest_forward(X, size):
    """Return X with each place as a block, and the size of a block."""
    return X.repeat(size[0], axis=1).repeat(size[1], axis=2), size


def upsample2d_nearest_backward(dY, cache):
    """Return dX: the sum over each block."""
    fh, fw = cache
    N, H, W, C = dY.shape
    return dY.reshape(N, H // fh, fh, W // fw, fw, C).sum(axis=(2, 4))


def upsample2d_bilinear_forward(X, size):
    """Return X drawn out, and by how much."""
    R = draw_out(X, size[0], axis=1)  # 1
    Y = draw_out(R, size[1], axis=2)  # 2
    return Y, size


def upsample2d_bilinear_backward(dY, cache):
    """Return dX: what `draw_out` gave is gathered again, with the same weights."""
    dR = gather(dY, cache[1], axis=2)  # 2
    return gather(dR, cache[0], axis=1)  # 1


def neighbours(factor):
    """Yield (phase, place, weight): what a result's phase takes from which place of E, for place k = 0 of X.

    E has one more number at each end, so place y of X is place y + 1 of E. A weight of 0 is left out: 0 · ∞ is NaN.
    """
    for phase in range(factor):
        position = (phase + 0.5) / factor - 0.5
        y = math.floor(position)
        t = position - y
        yield phase, y + 1, 1 - t
        if t > 0:
            yield phase, y + 2, t


def draw_out(X, factor, axis):
    """Return X with each number along an axis drawn out to as many as the factor says, by linear interpolation."""
    X = np.moveaxis(X, axis, 0)
    n = len(X)
    E = np.concatenate([X[:1], X, X[-1:]])
    Y = np.zeros((n * factor, *X.shape[1:]), X.dtype)
    for phase, place, weight in neighbours(factor):
        Y[phase::factor] += weight * E[place : place + n]
    return np.moveaxis(Y, 0, axis)


def gather(dY, factor, axis):
    """Return the gradient of `draw_out`'s X."""
    dY = np.moveaxis(dY, axis, 0)
    n = len(dY) // factor
    dE = np.zeros((n + 2, *dY.shape[1:]), dY.dtype)
    for phase, place, weight in neighbours(factor):
        dE[place : place + n] += weight * dY[phase::factor]
    dX = dE[1:-1]
    dX[0] += dE[0]
    dX[-1] += dE[-1]
    return np.moveaxis(dX, 0, axis)


def upsample2d_shape(X, size):
    """Return Y's shape, or refuse what are no images and a factor below 1."""
    require_images(X)
    require_at_least(1, size=size)
    N, H, W, C = X
    return (N, None if H is None else H * size[0], None if W is None else W * size[1], C)


def upsample2d_samples(rng):
    """Yield even, odd and different factors, and an image of one place."""
    for shape, size in (((2, 3, 4, 2), (2, 2)), ((1, 2, 3, 3), (3, 1)), ((2, 1, 3, 1), (2, 5)), ((1, 1, 1, 1), (4, 3))):
        yield Sample((rng.normal(size=shape),), {"size": size})


register(
    "upsample2d_nearest",
    forward=upsample2d_nearest_forward,
    backward=upsample2d_nearest_backward,
    formula=r"Y_{nuvc} = X_{n,\, \lfloor u / f_h \rfloor,\, \lfloor v / f_w \rfloor,\, c}",
    gradient=r"dX_{nyxc} = \sum_{u,\, v \text{ in the block of } (y, x)} dY_{nuvc}",
    samples=upsample2d_samples,
    output_shape=upsample2d_shape,
)
register(
    "upsample2d_bilinear",
    forward=upsample2d_bilinear_forward,
    backward=upsample2d_bilinear_backward,
    formula=r"y_u = (1 - t)\, x_k + t\, x_{k + 1}, \quad k + t = (u + \tfrac12) / f - \tfrac12 \quad "
    r"\text{(rows, then columns)}",
    gradient=r"dx_k \text{ gains } (1 - t)\, dy_u, \quad dx_{k + 1} \text{ gains } t\, dy_u",
    samples=upsample2d_samples,
    output_shape=upsample2d_shape,
)
