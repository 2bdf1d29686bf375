"""Global pooling: one number a channel, the largest or the mean over the whole image.

Shapes: X (N, H, W, C), Y (N, C).

    max        Y(n, c) = max over y, x of X(n, y, x, c)      dX = dY at the first place that attains it, else 0
    average    Y(n, c) = mean over y, x of X(n, y, x, c)     dX = dY / (H·W) everywhere

It makes a network independent of the image's size and replaces `flatten` before the last dense layer with H·W times
fewer weights there. On a tie the first place takes all, row by row from the top, left to right. Cached are the winners'
places, or the shape alone.

Source: Lin, Chen and Yan, "Network in network", ICLR 2014, section 3.2.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.registry import Sample, register
from chainrule.ops.window import require_images


def global_max_pool2d_forward(X):
    """Return the largest of each channel, and at which place it was."""
    N, H, W, C = X.shape
    flat = X.reshape(N, H * W, C)
    winner = flat.argmax(axis=1, keepdims=True)  # 1: argmax takes the first
    Y = np.take_along_axis(flat, winner, axis=1)[:, 0]  # 2
    return Y, (winner, X.shape)


def global_max_pool2d_backward(dY, cache):
    """Return dX: dY at the winners' places."""
    winner, (N, H, W, C) = cache
    flat = np.zeros((N, H * W, C), dY.dtype)
    np.put_along_axis(flat, winner, dY[:, None], axis=1)  # 2
    return flat.reshape(N, H, W, C)


def global_average_pool2d_forward(X):
    """Return the mean of each channel, and the shape."""
    return X.mean(axis=(1, 2)), X.shape


def global_average_pool2d_backward(dY, cache):
    """Return dX: an equal share for each place."""
    _, H, W, _ = cache
    return np.broadcast_to((dY * (1 / (H * W)))[:, None, None], cache).copy()


def global_pool2d_shape(X):
    """Return Y's shape, or refuse what are no images."""
    require_images(X)
    return (X[0], X[3])


def global_pool2d_samples(rng):
    """Yield images of odd sizes; the numbers are 0.02 apart, so that a difference changes no winner."""
    for shape in ((2, 3, 4, 3), (3, 1, 5, 2), (1, 1, 1, 1)):
        order = rng.permutation(np.prod(shape)) + 1
        yield Sample((order.reshape(shape) * 0.02,))


register(
    "global_max_pool2d",
    forward=global_max_pool2d_forward,
    backward=global_max_pool2d_backward,
    formula=r"Y_{nc} = \max_{yx} X_{nyxc}",
    gradient=r"dX_{nyxc} = dY_{nc} \;\; ((y, x) \text{ is the first maximum}), \text{ else } 0",
    samples=global_pool2d_samples,
    output_shape=global_pool2d_shape,
)
register(
    "global_average_pool2d",
    forward=global_average_pool2d_forward,
    backward=global_average_pool2d_backward,
    formula=r"Y_{nc} = \frac{1}{H W} \sum_{yx} X_{nyxc}",
    gradient=r"dX_{nyxc} = \frac{1}{H W} dY_{nc}",
    samples=global_pool2d_samples,
    output_shape=global_pool2d_shape,
)
