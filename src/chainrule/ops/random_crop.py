"""Random crop: a window of each image, of one size and at a random place.

Shapes: X (N, H, W, C), Y (N, h, w, C) with h ≤ H, w ≤ W. The window's upper left corner (top, left) is drawn for each
image, every place as likely as any other:

    top = ⌊u · (H − h + 1)⌋   left = ⌊v · (W − w + 1)⌋   u, v even in [0, 1)

    gradient   dX is dY in the window, and 0 around it: what was cut off had no influence

The draws come from a stream named by seed, layer and step; image n takes the words 2n and 2n + 1. The places
of the windows are cached.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.registry import Sample, register
from chainrule.random import Stream


def random_crop_forward(X, height, width, random):
    """Return a window of each image, and where it was in an X of which shape."""
    N, H, W, _ = X.shape
    # Below H − height + 1 even after rounding: u is at most 1 − 2⁻⁵³.
    corners = np.floor(random.uniform_rows(N, (0, H - height + 1), (0, W - width + 1))).astype(np.int64)
    window = windows(corners, height, width)
    return X[window], (window, X.shape)


def random_crop_backward(dY, cache):
    """Return dX: dY in the windows, 0 around them."""
    window, shape = cache
    dX = np.zeros(shape, dY.dtype)
    dX[window] = dY
    return dX


def windows(corners, height, width):
    """Return the indices of the windows: image, row and column of each of their pixels."""
    top, left = corners.T[:, :, None]
    rows, columns = top + np.arange(height), left + np.arange(width)
    return np.arange(len(corners))[:, None, None], rows[:, :, None], columns[:, None, :]


def random_crop_samples(rng):
    """Yield windows smaller along both axes, and as wide as the image."""
    yield Sample((rng.normal(size=(5, 6, 5, 2)),), {"height": 3, "width": 2, "random": Stream(3, "noise")})
    yield Sample((rng.normal(size=(4, 7, 3, 1)),), {"height": 2, "width": 3, "random": Stream(4, "noise")})


register(
    "random_crop",
    forward=random_crop_forward,
    backward=random_crop_backward,
    formula=r"Y_{nij} = X_{n,\, t_n + i,\, l_n + j}",
    gradient=r"dX_{n,\, t_n + i,\, l_n + j} = dY_{nij}, \quad \text{else } 0",
    samples=random_crop_samples,
    output_shape=lambda X, height, width: (X[0], int(height), int(width), X[3]),
    random=True,
)
