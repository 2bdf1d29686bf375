"""Two-dimensional convolution: each place of Y is the kernel times the window of X there, summed, plus a bias.

Shapes: X (N, H, W, C), kernel W (kh, kw, C/groups, F), b (F,), Y (N, H', W', F); window, strides (sh, sw), padding and
dilation as in `chainrule.ops.window`. With groups the channels and the filters are cut into as many equal parts, and
the filters of a part see the channels of that part alone. As in every library the kernel is not flipped: strictly, this
is a correlation.

    Y(n, y, x, f) = Σ over i, j, c of P(n, y·sh + i·dh, x·sw + j·dw, c) W(i, j, c, f) + b(f)

    1  P = X with zeros around it
    2  U = the windows of P, each laid out as a row of K = kh·kw·C/groups numbers
    3  Y = U W                       with the kernel as a matrix (K, F): a dense layer on windows
    4  Y = Y + b

    gradient   4  db = Σ dY over images and places
               3  dW = Uᵀ dY,  dU = dY Wᵀ
               2  dP(place) = Σ dU over all windows that see it
               1  dX = dP without its borders

Both gradients are convolutions again. Take stride and dilation 1, one image, one channel, one filter, no padding:

    dW   W(i, j) is in Y(y, x), for every (y, x), with the factor X(y + i, x + j), so

             dW(i, j) = Σ over y, x of X(y + i, x + j) dY(y, x)

         the correlation of X with dY: dY slides over X as if it were the kernel. With a stride, dY has gaps of it (as
         by dilation); with a dilation, dY slides by steps of it.

    dX   X(u, v) is in Y(u − i, v − j), for every (i, j), with the factor W(i, j), so

             dX(u, v) = Σ over i, j of dY(u − i, v − j) W(i, j)

         where dY is 0 outside of its places. Count the kernel from its end, i' = kh − 1 − i and j' = kw − 1 − j, and
         let Q be dY with kh − 1 rows and kw − 1 columns of zeros on each side, so that dY(a, b) = Q(a + kh − 1, …):

             dX(u, v) = Σ over i', j' of Q(u + i', v + j') W(kh − 1 − i', kw − 1 − j')

         the correlation of the padded dY with the kernel turned by half a turn. With strides, Q has sh − 1 rows and
         sw − 1 columns of zeros between those of dY as well. Steps 3 and 2 add up the same products window by window,
         and so multiply by none of these zeros.

X and W are cached. U is up to kh·kw times as large as X, so it is laid out again for dW.

Source: LeCun et al., "Gradient-based learning applied to document recognition", Proc. IEEE 86, 1998; windows as rows:
Chellapilla, Puri and Simard, "High performance convolutional neural networks for document processing", 2006.
"""

from __future__ import annotations

import math

import numpy as np

from chainrule.ops.registry import Sample, register
from chainrule.ops.window import add_windows, crop_image, pad_image, require_bias, slid_shape, windows


def conv2d_forward(X, W, b=None, strides=(1, 1), padding=(0, 0, 0, 0), dilation=(1, 1), groups=1):
    """Return Y, and what `conv2d_backward` needs: X for dW, W for dX, and the options."""
    P = pad_image(X, padding)  # 1
    V = windows(P, W.shape[:2], strides, dilation)
    U = windows_as_rows(V, groups)  # 2
    Y = join_groups(U @ split_groups(W, groups), (*V.shape[:3], W.shape[-1]))  # 3
    if b is not None:
        Y += b  # 4
    return Y, (X, W, b is not None, strides, padding, dilation, groups)


def conv2d_backward(dY, cache):
    """Return dX, dW, db, undoing the forward steps in turn; db is None where there was no b."""
    X, W, has_bias, strides, padding, dilation, groups = cache
    P = pad_image(X, padding)
    V = windows(P, W.shape[:2], strides, dilation)
    U = windows_as_rows(V, groups)
    db = dY.sum(axis=(0, 1, 2)) if has_bias else None  # 4: b was added at every place
    G = split_groups(dY, groups)
    dW = join_groups(U.swapaxes(1, 2) @ G, W.shape)  # 3
    dU = G @ split_groups(W, groups).swapaxes(1, 2)  # 3
    dP = add_windows(rows_as_windows(dU, V.shape), P.shape[1:3], strides, dilation)  # 2
    dX = crop_image(dP, padding)  # 1
    return dX, dW, db


def windows_as_rows(V, groups):
    """Return windows (N, H', W', kh, kw, C) as matrices (groups, N·H'·W', kh·kw·C/groups)."""
    *places, kh, kw, C = V.shape
    parts = np.moveaxis(V.reshape(*places, kh, kw, groups, C // groups), -2, 0)
    return parts.reshape(groups, math.prod(places), kh * kw * C // groups)


def rows_as_windows(U, shape):
    """Return matrices as the windows of this shape: `windows_as_rows` undone."""
    groups, channels = len(U), shape[-1]
    parts = U.reshape(groups, *shape[:-1], channels // groups)
    return np.moveaxis(parts, 0, -2).reshape(shape)


def split_groups(A, groups):
    """Return an array (…, F) as matrices (groups, …, F/groups)."""
    return A.reshape(-1, groups, A.shape[-1] // groups).swapaxes(0, 1)


def join_groups(A, shape):
    """Return matrices (groups, …, F/groups) as one array (…, F): `split_groups` undone."""
    return A.swapaxes(0, 1).reshape(shape)


def conv2d_shape(X, W, b=None, strides=(1, 1), padding=(0, 0, 0, 0), dilation=(1, 1), groups=1):
    """Return Y's shape, or refuse sizes that don't fit."""
    slid = slid_shape(X, W[:2], strides, padding, dilation)
    channels, filters = W[2] * groups, W[3]
    if groups < 1 or filters % groups:
        raise ValueError(f"the {filters} filters can't be cut into {groups} equal groups")
    if X[3] % groups:
        raise ValueError(f"the {X[3]} channels of the images can't be cut into {groups} equal groups")
    if X[3] != channels:
        raise ValueError(
            f"the kernel is made for {channels} channels, {W[2]} in each of {groups} groups, and the images have {X[3]}"
        )
    require_bias(b, filters)
    return (X[0], *slid, filters)


def conv2d_samples(rng):
    """Yield kernel sizes × strides × padding × dilation × groups, on images of odd sizes, with and without bias."""
    for image, kernel, filters, options in (
        ((2, 5, 6, 3), (3, 3), 4, {}),
        ((2, 5, 4, 2), (3, 2), 3, {"strides": (2, 1), "padding": (1, 0, 2, 1)}),
        ((1, 7, 6, 2), (2, 3), 2, {"strides": (1, 2), "padding": (0, 1, 1, 2), "dilation": (2, 1)}),
        ((2, 4, 5, 4), (3, 3), 6, {"padding": (1, 1, 1, 1), "groups": 2}),
        ((1, 5, 4, 3), (2, 2), 3, {"strides": (2, 2), "groups": 3}),
        ((1, 6, 7, 2), (2, 1), 1, {"strides": (3, 2), "padding": (1, 1, 0, 0)}),
        ((2, 1, 7, 2), (1, 3), 2, {"padding": (0, 0, 4, 0), "dilation": (1, 2)}),
        ((1, 1, 1, 1), (1, 1), 1, {}),
    ):
        W = rng.normal(size=(*kernel, image[-1] // options.get("groups", 1), filters))
        yield Sample((rng.normal(size=image), W, rng.normal(size=filters)), options)
    yield Sample((rng.normal(size=(3, 3, 2, 3)), rng.normal(size=(1, 1, 3, 2))))


register(
    "conv2d",
    forward=conv2d_forward,
    backward=conv2d_backward,
    formula=r"Y_{nyxf} = \sum_{ijc} P_{n,\, s y + d i,\, s x + d j,\, c}\, W_{ijcf} + b_f",
    gradient=r"dP_{nuvc} = \sum_{ijf} W_{ijcf}\, dY_{nyxf} \;\; (s y + d i = u,\; s x + d j = v) \qquad "
    r"dW_{ijcf} = \sum_{nyx} P_{n,\, s y + d i,\, s x + d j,\, c}\, dY_{nyxf} \qquad db_f = \sum_{nyx} dY_{nyxf}",
    samples=conv2d_samples,
    output_shape=conv2d_shape,
)
