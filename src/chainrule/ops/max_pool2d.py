"""Max pooling: the largest number of each window, channel by channel.

Shapes: X (N, H, W, C), Y (N, H', W', C); the window has the size `pool` (ph, pw); strides and padding as in
`chainrule.ops.window`.

    1  P = X with −∞ around it                       so padding never wins
    2  Y(n, y, x, c) = max over i, j of P(n, y·sh + i, x·sw + j, c)
    3  k(n, y, x, c) = the number i·pw + j of the first place, row by row, that attains it

    gradient   3, 2  dP gains dY at the place k of each window, nothing elsewhere
               1     dX = dP without its borders

Where windows overlap, a place may win several times and gets the sum. On a tie the first place of the image takes all,
in the order of reading: row by row from the top, left to right; a window of −∞ alone is a tie. NaN beats everything.

Y is not needed for the gradient: the winners are, a byte for each number of Y (while the window has up to 256 places).

Source: Ranzato et al., "Unsupervised learning of invariant feature hierarchies", CVPR 2007.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.registry import Sample, register
from chainrule.ops.window import crop_image, pad_image, require_inside, slid_shape, windows


def max_pool2d_forward(X, pool, strides, padding=(0, 0, 0, 0)):
    """Return the largest of each window, which place it came from, and the sizes."""
    P = pad_image(X, padding, -np.inf)  # 1
    S = windows(P, pool, strides)
    inside = windows(pad_image(np.ones((1, *X.shape[1:3], 1), bool), padding, False), pool, strides)
    Y = S[:, :, :, 0, 0].copy()
    for i, j in np.ndindex(*pool):
        np.maximum(Y, S[:, :, :, i, j], out=Y)  # 2
    winner = np.zeros(Y.shape, np.min_scalar_type(pool[0] * pool[1] - 1))
    for i, j in reversed([*np.ndindex(*pool)]):  # 3: the first writes last
        here = S[:, :, :, i, j]
        attains = ((here == Y) | (here != here)) & inside[:, :, :, i, j]  # only NaN is not equal to itself
        winner[attains] = i * pool[1] + j
    return Y, (winner, X.shape, pool, strides, padding)


def max_pool2d_backward(dY, cache):
    """Return dX: dY at the winners' places."""
    winner, shape, pool, strides, padding = cache
    dP = pad_image(np.zeros(shape, dY.dtype), padding)
    dS = windows(dP, pool, strides, writeable=True)
    for i, j in np.ndindex(*pool):
        dS[:, :, :, i, j] += np.where(winner == i * pool[1] + j, dY, 0)  # 3, 2
    return crop_image(dP, padding)  # 1


def pool2d_shape(X, pool, strides, padding=(0, 0, 0, 0)):
    """Return Y's shape, or refuse sizes that don't fit."""
    slid = slid_shape(X, pool, strides, padding)
    require_inside(pool, padding)
    return (X[0], *slid, X[3])


def pool2d_samples(rng):
    """Yield pools × strides × padding, with windows that overlap, touch and leave gaps; the numbers are 0.02 apart."""
    for shape, options in (
        ((2, 4, 6, 3), {"pool": (2, 2), "strides": (2, 2)}),
        ((2, 5, 4, 2), {"pool": (3, 2), "strides": (1, 1), "padding": (1, 0, 0, 1)}),
        ((1, 6, 7, 2), {"pool": (2, 3), "strides": (3, 2), "padding": (1, 1, 2, 0)}),
        ((1, 5, 5, 1), {"pool": (1, 2), "strides": (2, 3)}),
        ((2, 3, 3, 2), {"pool": (3, 3), "strides": (2, 2), "padding": (1, 1, 1, 1)}),
        ((2, 1, 7, 3), {"pool": (1, 3), "strides": (1, 2)}),
    ):
        order = rng.permutation(np.prod(shape))
        yield Sample(((order.reshape(shape) - order.size / 2) * 0.02,), options)


register(
    "max_pool2d",
    forward=max_pool2d_forward,
    backward=max_pool2d_backward,
    formula=r"Y_{nyxc} = \max_{ij} P_{n,\, s y + i,\, s x + j,\, c}",
    gradient=r"dP_{nuvc} = \sum_{yx} dY_{nyxc} \;\; ((u, v) \text{ is the first maximum of window } (y, x))",
    samples=pool2d_samples,
    output_shape=pool2d_shape,
)
