"""Depthwise convolution: each channel is convolved with its own m filters, and no channel sees another.

Shapes: X (N, H, W, C), kernel W (kh, kw, C, m), b (C·m,), Y (N, H', W', C·m); output channel c·m + k is filter k of
channel c. Window, strides, padding and dilation as in `chainrule.ops.window`.

    Y(n, y, x, c·m + k) = Σ over i, j of P(n, y·sh + i·dh, x·sw + j·dw, c) W(i, j, c, k) + b(c·m + k)

    1  P = X with zeros around it
    2  S(i, j) = what the place (i, j) of the window sees, over all windows
    3  Y = Σ over i, j of S(i, j) W(i, j)        number by number: there is no sum over channels
    4  Y = Y + b

    gradient   4  db = Σ dY over images and places
               3  dW(i, j) = Σ S(i, j) dY over images and places,  dS(i, j) = Σ over k of dY W(i, j)
               2  dP gains dS(i, j) where the place (i, j) looked
               1  dX = dP without its borders

It is `conv2d` with as many groups as channels. As matrices the groups would be too thin to be quick, hence the sum over
the places of the window. X and W are cached.

Source: Sifre, "Rigid-motion scattering for image classification", thesis, 2014, section 6.2.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.registry import Sample, register
from chainrule.ops.window import crop_image, pad_image, require_bias, slid_shape, windows


def depthwise_conv2d_forward(X, W, b=None, strides=(1, 1), padding=(0, 0, 0, 0), dilation=(1, 1)):
    """Return Y, and what `depthwise_conv2d_backward` needs: X for dW, W for dX, and the options."""
    kh, kw, C, m = W.shape
    P = pad_image(X, padding)  # 1
    S = windows(P, (kh, kw), strides, dilation)  # 2
    Y = np.zeros((*S.shape[:3], C, m), X.dtype)
    for i, j in np.ndindex(kh, kw):
        Y += S[:, :, :, i, j, :, None] * W[i, j]  # 3
    Y = Y.reshape(*S.shape[:3], C * m)
    if b is not None:
        Y += b  # 4
    return Y, (X, W, b is not None, strides, padding, dilation)


def depthwise_conv2d_backward(dY, cache):
    """Return dX, dW, db, undoing the forward steps in turn; db is None where there was no b."""
    X, W, has_bias, strides, padding, dilation = cache
    kh, kw, C, m = W.shape
    P = pad_image(X, padding)
    dP, dW = np.zeros_like(P), np.zeros_like(W)
    S = windows(P, (kh, kw), strides, dilation)
    dS = windows(dP, (kh, kw), strides, dilation, writeable=True)
    db = dY.sum(axis=(0, 1, 2)) if has_bias else None  # 4
    G = dY.reshape(*S.shape[:3], C, m)
    for i, j in np.ndindex(kh, kw):
        dW[i, j] = np.einsum("nyxc,nyxck->ck", S[:, :, :, i, j], G)  # 3
        dS[:, :, :, i, j] += np.einsum("nyxck,ck->nyxc", G, W[i, j])  # 3, 2
    dX = crop_image(dP, padding)  # 1
    return dX, dW, db


def depthwise_conv2d_shape(X, W, b=None, strides=(1, 1), padding=(0, 0, 0, 0), dilation=(1, 1)):
    """Return Y's shape, or refuse sizes that don't fit."""
    slid = slid_shape(X, W[:2], strides, padding, dilation)
    if X[3] != W[2]:
        raise ValueError(f"the kernel is made for {W[2]} channels, and the images have {X[3]}")
    require_bias(b, W[2] * W[3])
    return (X[0], *slid, W[2] * W[3])


def depthwise_conv2d_samples(rng):
    """Yield one and several filters a channel × strides × padding × dilation, with and without bias."""
    for image, kernel, options in (
        ((2, 5, 6, 3), (3, 3, 3, 1), {}),
        ((2, 5, 4, 2), (3, 2, 2, 3), {"strides": (2, 1), "padding": (1, 0, 2, 1)}),
        ((1, 7, 6, 2), (2, 3, 2, 2), {"strides": (1, 2), "padding": (0, 1, 1, 2), "dilation": (2, 1)}),
        ((1, 6, 7, 1), (2, 1, 1, 2), {"strides": (3, 2)}),
    ):
        b = rng.normal(size=kernel[2] * kernel[3])
        yield Sample((rng.normal(size=image), rng.normal(size=kernel), b), options)
    yield Sample((rng.normal(size=(2, 1, 5, 3)), rng.normal(size=(1, 2, 3, 2))))


register(
    "depthwise_conv2d",
    forward=depthwise_conv2d_forward,
    backward=depthwise_conv2d_backward,
    formula=r"Y_{nyx,\, cm + k} = \sum_{ij} P_{n,\, s y + d i,\, s x + d j,\, c}\, W_{ijck} + b_{cm + k}",
    gradient=r"dP_{nuvc} = \sum_{ijk} W_{ijck}\, dY_{nyx,\, cm + k} \;\; (s y + d i = u,\; s x + d j = v) \qquad "
    r"dW_{ijck} = \sum_{nyx} P_{n,\, s y + d i,\, s x + d j,\, c}\, dY_{nyx,\, cm + k}",
    samples=depthwise_conv2d_samples,
    output_shape=depthwise_conv2d_shape,
)
