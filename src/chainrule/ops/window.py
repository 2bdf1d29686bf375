"""The window: kh × kw places that slide over an image. Convolution and pooling differ only in what they do with them.

Shapes: images X (N, H, W, C): rows of the batch, height, width, channels last. The window at output place (y, x) looks,
with its place (i, j), at

    row  y·sh + i·dh − top,    column  x·sw + j·dw − left

of the image, sh and sw being the strides, dh and dw the dilation (1: neighbours), and (top, bottom, left, right) the
padding: rows and columns that are added around the image. So the window spans (kh − 1)·dh + 1 rows, and the output has

    H' = ⌊(H + top + bottom − (kh − 1)·dh − 1) / sh⌋ + 1   rows, and so the columns.

Two functions are each other's transpose, so that each is the other's gradient: `windows` shows each place of the image
to every window that looks at it, and `add_windows` adds up, at each place, what all those windows hold.

Sizes that don't fit are refused in `slid_shape`, which an operation's output_shape calls; the kernels check nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def pad_image(X, padding, value=0.0):
    """Return X with rows and columns of one value around it; X itself where there are none."""
    top, bottom, left, right = padding
    if not any(padding):
        return X
    N, H, W, C = X.shape
    P = np.full((N, top + H + bottom, left + W + right, C), value, X.dtype)
    P[:, top : top + H, left : left + W] = X
    return P


def crop_image(P, cropping):
    """Return P, a view, without the rows and columns at its borders."""
    top, bottom, left, right = cropping
    return P[:, top : P.shape[1] - bottom, left : P.shape[2] - right]


def windows(P, kernel, strides=(1, 1), dilation=(1, 1), writeable=False):
    """Return a view (N, H', W', kh, kw, C) of the padded images: what each window sees.

    A writeable view overlaps itself: write to one place (i, j) of the window at a time, as `add_windows` does.
    """
    span = tuple((k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True))
    V = sliding_window_view(P, span, axis=(1, 2), writeable=writeable)  # type: ignore[call-overload]
    return np.moveaxis(V[:, :: strides[0], :: strides[1], :, :: dilation[0], :: dilation[1]], 3, -1)


def add_windows(V, size, strides=(1, 1), dilation=(1, 1)):
    """Return images (N, *size, C): at each place the sum over the windows V (N, H', W', kh, kw, C) that see it."""
    N, H, W, kh, kw, C = V.shape
    P = np.zeros((N, *size, C), V.dtype)
    S = windows(P, (kh, kw), strides, dilation, writeable=True)[:, :H, :W]
    for i, j in np.ndindex(kh, kw):
        S[:, :, :, i, j] += V[:, :, :, i, j]
    return P


def slid_shape(shape, kernel, strides, padding, dilation=(1, 1)):
    """Return (H', W') for images of this shape, or refuse what doesn't fit with a part of a sentence.

    Raises
    ------
    ValueError
        If it's no shape of images, a stride, a dilation or the window is smaller than 1, a padding is negative, or the
        window is larger than the padded image.
    """
    require_images(shape)
    require_at_least(1, strides=strides, dilation=dilation, kernel=kernel)
    require_at_least(0, padding=padding)
    sides = (("rows", *padding[:2]), ("columns", *padding[2:]))
    return tuple(
        _slid_size(size, (k - 1) * d + 1, s, *side)
        for size, k, d, s, side in zip(shape[1:3], kernel, dilation, strides, sides, strict=True)
    )


def _slid_size(size, span, stride, what, before, after):
    """Return how many places a window of this span has along one side; None of a size that is open."""
    if size is None:
        return None
    padded = before + size + after
    if span > padded:
        raise ValueError(
            f"a window that spans {span} {what} doesn't fit into the {padded} of the image, padding included; take a "
            "smaller kernel or dilation, or larger images"
        )
    return (padded - span) // stride + 1


def cropped_size(size, cropping):
    """Return the height and width that cropping leaves, or refuse to leave nothing."""
    left = []
    for n, what, (before, after) in zip(size, ("rows", "columns"), (cropping[:2], cropping[2:]), strict=True):
        if n is not None and before + after >= n:
            raise ValueError(
                f"cropping {before} + {after} {what} leaves nothing of {n}; crop less, or take larger images"
            )
        left.append(None if n is None else n - before - after)
    return tuple(left)


def require_images(shape):
    """Refuse what has not the four axes of images."""
    if len(shape) != 4:
        raise ValueError(
            f"images have 4 axes, (rows, height, width, channels), and this array has {len(shape)}; reshape it, with "
            "one channel as a last axis of size 1"
        )


def require_at_least(least, **options):
    """Refuse an option that has a number below the least that makes sense."""
    for name, numbers in options.items():
        if min(numbers) < least:
            raise ValueError(f"{name} must be {least} or more in each direction; received {tuple(numbers)}")


def require_inside(pool, padding):
    """Refuse padding so wide that a pooling window could lie in it alone: it would have no number to take."""
    for k, what, around in zip(pool, ("rows", "columns"), (padding[:2], padding[2:]), strict=True):
        if max(around) >= k:
            raise ValueError(
                f"a padding of {max(around)} {what} leaves a window of {k} with nothing of the image; "
                "pad less than the pool"
            )


def require_bias(b, channels):
    """Refuse a bias that has not one number a channel of the output."""
    if b is not None and tuple(b) != (channels,):
        raise ValueError(f"the bias must have the shape ({channels},), one number a channel; received {tuple(b)}")
