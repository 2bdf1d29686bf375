"""Transposed convolution: each place of X stamps the kernel, times its number, into Y; stamps that overlap add up.

Shapes: X (N, H, W, C), kernel W (kh, kw, F, C) as Keras has it, b (F,), Y (N, H', W', F). It goes the other way than
`conv2d`: the stamps lie sh rows and sw columns apart and the image grows,

    H' = (H − 1)·sh + (kh − 1)·dh + 1 + extra − top − bottom,   and so the columns

with `extra` (bottom, right): rows and columns that are added at the end, and `padding` (top, bottom, left, right):
those that are cropped, since they are what `conv2d` with this padding would have added to get back to X's size.

    1  V(n, y, x) = X(n, y, x) W                     a stamp (kh, kw, F) for each place of X
    2  Z(place) = Σ of all stamps there              the stamp's place (i, j) lies at (y·sh + i·dh, x·sw + j·dw)
    3  Y = Z without its borders
    4  Y = Y + b

    gradient   4  db = Σ dY over images and places
               3  dZ = dY with zeros around it
               2  dV = the windows of dZ: each stamp gets what lies under it
               1  dX = dV Wᵀ,  dW = Xᵀ dV

Forward is what `conv2d` does backward, and the other way round: the two are transposed as matrices, hence the name, and
steps 3 and 2 are `conv2d`'s steps 1 and 2 read backward. X and W are cached.

Source: Zeiler et al., "Deconvolutional networks", CVPR 2010; Dumoulin and Visin, "A guide to convolution arithmetic for
deep learning", 2016, chapter 4.
"""

from __future__ import annotations

from chainrule.ops.registry import Sample, register
from chainrule.ops.window import (
    add_windows,
    crop_image,
    cropped_size,
    pad_image,
    require_at_least,
    require_bias,
    require_images,
    windows,
)


def conv2d_transpose_forward(X, W, b=None, strides=(1, 1), padding=(0, 0, 0, 0), extra=(0, 0), dilation=(1, 1)):
    """Return Y, and what `conv2d_transpose_backward` needs: X for dW, W for dX, and the options."""
    kh, kw, F, C = W.shape
    V = X.reshape(-1, C) @ W.reshape(-1, C).T  # 1
    size = full_size(X.shape, (kh, kw), strides, extra, dilation)
    Z = add_windows(V.reshape(*X.shape[:3], kh, kw, F), size, strides, dilation)  # 2
    Y = crop_image(Z, padding)  # 3
    if b is not None:
        Y = Y + b  # 4
    return Y, (X, W, b is not None, strides, padding, dilation)


def conv2d_transpose_backward(dY, cache):
    """Return dX, dW, db, undoing the forward steps in turn; db is None where there was no b."""
    X, W, has_bias, strides, padding, dilation = cache
    kh, kw, F, C = W.shape
    db = dY.sum(axis=(0, 1, 2)) if has_bias else None  # 4
    dZ = pad_image(dY, padding)  # 3
    dV = windows(dZ, (kh, kw), strides, dilation)[:, : X.shape[1], : X.shape[2]].reshape(-1, kh * kw * F)  # 2
    dX = dV @ W.reshape(-1, C)  # 1
    dW = dV.T @ X.reshape(-1, C)  # 1
    return dX.reshape(X.shape), dW.reshape(W.shape), db


def full_size(shape, kernel, strides, extra, dilation):
    """Return the height and width of Z: all stamps, and the extra rows and columns."""
    return tuple(
        None if size is None else (size - 1) * s + (k - 1) * d + 1 + e
        for size, k, s, d, e in zip(shape[1:3], kernel, strides, dilation, extra, strict=True)
    )


def conv2d_transpose_shape(X, W, b=None, strides=(1, 1), padding=(0, 0, 0, 0), extra=(0, 0), dilation=(1, 1)):
    """Return Y's shape, or refuse sizes that don't fit."""
    require_images(X)
    require_at_least(1, strides=strides, dilation=dilation, kernel=W[:2])
    require_at_least(0, padding=padding, extra=extra)
    if X[3] != W[3]:
        raise ValueError(f"the kernel is made for {W[3]} channels, and the images have {X[3]}")
    require_bias(b, W[2])
    return (X[0], *cropped_size(full_size(X, W[:2], strides, extra, dilation), padding), W[2])


def conv2d_transpose_samples(rng):
    """Yield kernel sizes × strides × cropping × extra × dilation, on images of odd sizes, with and without bias."""
    for image, kernel, options in (
        ((2, 3, 4, 3), (3, 3, 2, 3), {}),
        ((2, 3, 2, 2), (3, 2, 3, 2), {"strides": (2, 1), "padding": (1, 0, 0, 1)}),
        ((1, 3, 4, 2), (2, 3, 2, 2), {"strides": (1, 2), "padding": (1, 1, 0, 2), "dilation": (2, 1)}),
        ((1, 2, 3, 2), (2, 1, 1, 2), {"strides": (3, 2), "extra": (1, 2), "padding": (0, 0, 1, 0)}),
        ((1, 3, 2, 1), (3, 3, 2, 1), {"strides": (2, 2), "padding": (1, 1, 1, 1), "extra": (1, 1)}),
    ):
        yield Sample((rng.normal(size=image), rng.normal(size=kernel), rng.normal(size=kernel[2])), options)
    yield Sample((rng.normal(size=(2, 1, 5, 3)), rng.normal(size=(1, 2, 2, 3))))


register(
    "conv2d_transpose",
    forward=conv2d_transpose_forward,
    backward=conv2d_transpose_backward,
    formula=r"Z_{nuvf} = \sum_{ijc} W_{ijfc}\, X_{nyxc} \;\; (s y + d i = u,\; s x + d j = v) \qquad "
    r"Y = \operatorname{crop}(Z) + b",
    gradient=r"dX_{nyxc} = \sum_{ijf} dZ_{n,\, s y + d i,\, s x + d j,\, f}\, W_{ijfc} \qquad "
    r"dW_{ijfc} = \sum_{nyx} dZ_{n,\, s y + d i,\, s x + d j,\, f}\, X_{nyxc} \qquad db_f = \sum_{nyx} dY_{nyxf}",
    samples=conv2d_transpose_samples,
    output_shape=conv2d_transpose_shape,
)
