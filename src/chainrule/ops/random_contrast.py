"""Random contrast: each image's distances from its mean are stretched or shrunk, Y = mean + f · (X − mean).

Shapes: X and Y (N, H, W, C). The mean is that of one channel of one image; the factor f is drawn for each image, evenly
from `lower` to `upper`.

With P the map from an image to its mean in every place, Y = (f I + (1 − f) P) X. P is symmetric, all its entries are
1 / (H W), and so is the whole: the gradient is the same formula, applied to dY.

    gradient   dX = mean(dY) + f · (dY − mean(dY))

The draws come from a stream named by seed, layer and step; image n takes word n. The factors are cached.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.registry import Sample, register
from chainrule.random import Stream


def random_contrast_forward(X, lower, upper, random):
    """Return X with the contrast of each image changed, and the factors."""
    factors = random.uniform_rows(len(X), (lower, upper)).astype(X.dtype)[:, :, None, None]
    return stretched(X, factors), factors


def random_contrast_backward(dY, cache):
    """Return dX: the map is its own transpose."""
    return stretched(dY, cache)


def stretched(X, factors):
    """Return mean + f · (X − mean); a mean is summed in float64, in which the order of the sum hardly matters."""
    mean = X.mean(axis=(1, 2), keepdims=True, dtype=np.float64).astype(X.dtype)
    return mean + factors * (X - mean)


def random_contrast_samples(rng):
    """Yield factors around 1, and below it alone."""
    yield Sample((rng.normal(size=(5, 3, 4, 2)),), {"lower": 0.5, "upper": 1.5, "random": Stream(3, "noise")})
    yield Sample((rng.normal(size=(3, 4, 3, 1)),), {"lower": 0.2, "upper": 0.9, "random": Stream(4, "noise")})


register(
    "random_contrast",
    forward=random_contrast_forward,
    backward=random_contrast_backward,
    formula=r"Y = \bar X + f\,(X - \bar X), \quad f \sim \mathcal{U}(\text{lower}, \text{upper})",
    gradient=r"dX = \overline{dY} + f\,(dY - \overline{dY})",
    samples=random_contrast_samples,
    random=True,
)
