"""Spatial dropout: whole channels of an image are set to 0, Y = X · M / (1 − rate).

Shapes: X and Y (N, H, W, C), the random mask M (N, 1, 1, C): one number for each channel of each image, 0 with
probability `rate`.

    gradient   dX = dY · M / (1 − rate)

Neighbours in a feature map are alike, so that single numbers dropped are still known from those beside them; a whole
channel dropped is not. The mask is drawn as in `dropout`, C numbers an image after those of the image before, and the
scaled mask is all that is cached.

Source: Tompson et al., "Efficient object localization using convolutional networks", CVPR 2015, section 3.2.
"""

from __future__ import annotations

from chainrule.ops.registry import Sample, register
from chainrule.ops.window import require_images
from chainrule.random import Stream


def spatial_dropout2d_forward(X, rate, random):
    """Return X with some channels at 0 and the others scaled up, and the scaled mask."""
    N, _, _, C = X.shape
    M = random.mask((N, 1, 1, C), rate).astype(X.dtype)  # 1
    M *= 1 / (1 - rate)  # 2
    Y = X * M  # 3
    return Y, M


def spatial_dropout2d_backward(dY, cache):
    """Return dX: the gradient passes where the input did, scaled alike."""
    return dY * cache


def spatial_dropout2d_shape(X, rate):
    """Return Y's shape, or refuse what are no images."""
    require_images(X)
    return X


def spatial_dropout2d_samples(rng):
    """Yield two rates."""
    yield Sample((rng.normal(size=(3, 2, 3, 4)),), {"rate": 0.5, "random": Stream(3, "noise")})
    yield Sample((rng.normal(size=(2, 3, 1, 5)),), {"rate": 0.2, "random": Stream(4, "noise")})


register(
    "spatial_dropout2d",
    forward=spatial_dropout2d_forward,
    backward=spatial_dropout2d_backward,
    formula=r"Y_{nyxc} = \frac{X_{nyxc}\, M_{nc}}{1 - p}, \quad M \sim \operatorname{Bernoulli}(1 - p)",
    gradient=r"dX_{nyxc} = \frac{dY_{nyxc}\, M_{nc}}{1 - p}",
    samples=spatial_dropout2d_samples,
    output_shape=spatial_dropout2d_shape,
    random=True,
)
