"""Average pooling: the mean of each window, channel by channel; padding doesn't count.

Shapes: X (N, H, W, C), Y (N, H', W', C); the window has the size `pool` (ph, pw); strides and padding as in
`chainrule.ops.window`.

    1  P = X with zeros around it
    2  S(n, y, x, c) = Σ over i, j of P(n, y·sh + i, x·sw + j, c)
    3  Y = S / m           m(y, x): how many places of the window lie in the image; ph·pw away from the borders

    gradient   3  dS = dY / m
               2  dP(place) = Σ dS over all windows that see it
               1  dX = dP without its borders

Dividing by m and not by ph·pw, as Keras does, a constant image stays constant up to its borders. No number of X is
needed for the gradient: m and the sizes are all that is cached.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.max_pool2d import pool2d_samples, pool2d_shape
from chainrule.ops.registry import register
from chainrule.ops.window import crop_image, pad_image, windows


def average_pool2d_forward(X, pool, strides, padding=(0, 0, 0, 0)):
    """Return the mean of each window, and the counts and sizes."""
    P = pad_image(X, padding)  # 1
    S = sum_of_places(windows(P, pool, strides))  # 2
    m = sum_of_places(windows(pad_image(np.ones((1, *X.shape[1:3], 1), X.dtype), padding), pool, strides))
    return S / m, (m, X.shape, pool, strides, padding)  # 3


def average_pool2d_backward(dY, cache):
    """Return dX: each place's shares of the windows that saw it."""
    m, shape, pool, strides, padding = cache
    dS = dY / m  # 3
    dP = pad_image(np.zeros(shape, dY.dtype), padding)
    places = windows(dP, pool, strides, writeable=True)
    for i, j in np.ndindex(*pool):
        places[:, :, :, i, j] += dS  # 2
    return crop_image(dP, padding)  # 1


def sum_of_places(V):
    """Return windows (N, H', W', ph, pw, C) summed over their places, in the order of reading."""
    S = np.zeros((*V.shape[:3], V.shape[-1]), V.dtype)
    for i, j in np.ndindex(*V.shape[3:5]):
        S += V[:, :, :, i, j]
    return S


register(
    "average_pool2d",
    forward=average_pool2d_forward,
    backward=average_pool2d_backward,
    formula=r"Y_{nyxc} = \frac{1}{m_{yx}} \sum_{ij} P_{n,\, s y + i,\, s x + j,\, c}",
    gradient=r"dP_{nuvc} = \sum_{yx} \frac{dY_{nyxc}}{m_{yx}} \;\; (\text{windows } (y, x) \text{ that see } (u, v))",
    samples=pool2d_samples,
    output_shape=pool2d_shape,
)
