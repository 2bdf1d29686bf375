"""Random affine: each image is zoomed, rotated and shifted by amounts of its own.

Shapes: X and Y (N, H, W, C). Five numbers are drawn for each image, each evenly from its range:

    0  down, 1  right   the shift, as parts of H and W
    2  turns            counter-clockwise, as parts of a full turn
    3  tall, 4  wide    the zoom: 0.5 shows half as much again along that axis (zooms out), −0.5 half (zooms in);
                        a zoom of two numbers is one range for both, which then take number 3

What pixel (i, j) of Y shows is looked up in X, backwards along the map. Around the centre c = ((H − 1)/2, (W − 1)/2):

    y = c_y + (1 + tall) · (cos · (i − c_y − down·H) + sin · (j − c_x − right·W))
    x = c_x + (1 + wide) · (cos · (j − c_x − right·W) − sin · (i − c_y − down·H))

Point (y, x) lies between pixels. Bilinear sampling takes the mean of the four around it, weighted by nearness: with
y = ⌊y⌋ + f, the row ⌊y⌋ has the weight 1 − f and the row below it f, columns alike. Nearest sampling takes one, at
⌊y + ½⌋ and ⌊x + ½⌋. Pixels outside the image are, by `fill_mode`:

    0  constant   k k k k | a b c d | k k k k    k = fill_value
    1  reflect    d c b a | a b c d | d c b a
    2  wrap       a b c d | a b c d | a b c d
    3  nearest    a a a a | a b c d | d d d d

Each pixel of Y is a weighted sum of a few of X's, Y = A X + b. A depends on the draw alone, so that

    gradient   dX = Aᵀ dY: each dY is handed, by the same weights, to the pixels that it was made of

The draws come from a stream named by seed, layer and step; image n takes the words 5n … 5n + 4. Cached are the places
and the weights, which are A. Coordinates are float64 in every network, each product and sum rounded by itself, so that
all engines round to the same pixels.

Source: Jaderberg et al., "Spatial transformer networks", NeurIPS 2015, section 3.3 (the sampling and its gradient).
"""

from __future__ import annotations

import itertools

import numpy as np

from chainrule.ops.registry import Sample, register
from chainrule.random import Stream

CONSTANT, REFLECT, WRAP, NEAREST = FILL_MODES = range(4)


def random_affine_forward(
    X,
    random,
    translation=(0.0, 0.0, 0.0, 0.0),
    rotation=(0.0, 0.0),
    zoom=(0.0, 0.0),
    fill_mode=CONSTANT,
    fill_value=0.0,
    bilinear=1,
):
    """Return the moved images, and A: the places and the weights of which they are made."""
    N, H, W, C = X.shape
    ranges = [translation[:2], translation[2:], rotation, zoom[:2], zoom[-2:]]
    draws = random.uniform_rows(N, *ranges)
    if len(zoom) == 2:
        draws[:, 4] = draws[:, 3]
    y, x = source_points(draws, H, W)  # 1
    pixels, Y = X.reshape(N * H * W, C), np.zeros_like(X, order="C")
    first = (np.arange(N) * H * W)[:, None, None]
    places, weights = [], []
    rows, columns = neighbours(y, H, fill_mode, bilinear), neighbours(x, W, fill_mode, bilinear)
    for (i, i_inside, wi), (j, j_inside, wj) in itertools.product(rows, columns):
        place, weight, inside = first + i * W + j, (wi * wj).astype(X.dtype), i_inside & j_inside
        Y += weight[..., None] * np.where(inside[..., None], pixels[place], X.dtype.type(fill_value))  # 2
        places.append(place)
        weights.append(weight * inside)
    return Y, (np.array(places), np.array(weights))


def random_affine_backward(dY, cache):
    """Return dX = Aᵀ dY: what each pixel of X was read for is summed up there."""
    places, weights = cache
    channels = [
        np.bincount(places.ravel(), (weights * dY[..., c]).ravel(), minlength=dY[..., c].size)  # 2
        for c in range(dY.shape[-1])
    ]
    return np.stack(channels, axis=-1).reshape(dY.shape).astype(dY.dtype)


def source_points(draws, H, W):
    """Return where each pixel of the output lies in the input: y and x, each (N, H, W)."""
    down, right, turns, tall, wide = draws.T
    cosine, sine = cosine_and_sine(turns)
    c_y, c_x = (H - 1) / 2, (W - 1) / 2
    i, j = np.arange(H) - c_y, np.arange(W) - c_x
    y = along(c_y, (1 + tall) * cosine, (1 + tall) * sine, down * H, right * W, i, j)
    x = along(c_x, -((1 + wide) * sine), (1 + wide) * cosine, down * H, right * W, i, j)
    return y, x


def along(centre, by_row, by_column, down, right, i, j):
    """Return centre + by_row · (i − down) + by_column · (j − right) for every image, row and column."""
    first = centre - (by_row * down + by_column * right)
    rows = by_row[:, None] * i + first[:, None]
    return rows[:, :, None] + (by_column[:, None] * j)[:, None, :]


def cosine_and_sine(turns):
    """Return cos 2πt and sin 2πt, exact at quarter turns.

    By sums of our own (Taylor's, of |r| ≤ π/4, where the next term is below 2⁻⁵⁴): a processor's own sine may round
    otherwise, and a pixel's edge would lie elsewhere.
    """
    quarters = np.floor(4 * turns + 0.5)
    r = 2 * np.pi * (turns - quarters / 4)
    square, cosine, sine = r * r, np.ones_like(r), np.ones_like(r)
    for k in range(8, 0, -1):
        cosine = 1 - square * cosine / (2 * k * (2 * k - 1))
        sine = 1 - square * sine / (2 * k * (2 * k + 1))
    sine = r * sine
    turned = [(cosine, sine), (-sine, cosine), (-cosine, -sine), (sine, -cosine)]
    which = quarters.astype(np.int64) % 4
    return tuple(np.choose(which, choices) for choices in zip(*turned, strict=True))


def neighbours(points, size, fill_mode, bilinear):
    """Return the pixels around points of one axis: index, whether it is inside, and weight of each."""
    if not bilinear:
        return [(*folded(np.floor(points + 0.5), size, fill_mode), np.ones_like(points))]
    before = np.floor(points)
    part = points - before
    return [(*folded(before, size, fill_mode), 1 - part), (*folded(before + 1, size, fill_mode), part)]


def folded(index, size, fill_mode):
    """Return where a fill mode finds the pixels of an axis, and which of them take the constant instead."""
    index = index.astype(np.int64)
    inside = (index >= 0) & (index < size) if fill_mode == CONSTANT else np.ones(index.shape, bool)
    if fill_mode == WRAP:
        index = index % size
    if fill_mode == REFLECT:
        index = index % (2 * size)
        index = np.minimum(index, 2 * size - 1 - index)
    return np.clip(index, 0, size - 1), inside


def random_affine_samples(rng):
    """Yield all of it with each fill mode, each part alone, and nearest sampling."""
    everything = {"translation": (-0.4, 0.4, -0.3, 0.3), "rotation": (-0.3, 0.3), "zoom": (-0.5, 0.5, -0.3, 0.9)}
    for fill_mode in FILL_MODES:
        options = {**everything, "fill_mode": fill_mode, "fill_value": 0.7, "random": Stream(fill_mode, "noise")}
        yield Sample((rng.normal(size=(3, 4, 5, 2)),), options)
    for name, ranges in everything.items():
        options = {name: ranges, "fill_mode": REFLECT, "random": Stream(4, "noise")}
        yield Sample((rng.normal(size=(3, 5, 4, 1)),), options)
    yield Sample((rng.normal(size=(2, 4, 4, 3)),), {"zoom": (-0.5, 0.5), "random": Stream(5, "noise")})
    yield Sample((rng.normal(size=(3, 5, 4, 2)),), {**everything, "bilinear": 0, "random": Stream(6, "noise")})


register(
    "random_affine",
    forward=random_affine_forward,
    backward=random_affine_backward,
    formula=r"Y_{nij} = \sum_{p} w(y - p_1)\, w(x - p_2)\, X_{np}, \quad w(d) = \max(0, 1 - |d|)",
    gradient=r"dX_{np} = \sum_{ij} w(y - p_1)\, w(x - p_2)\, dY_{nij}",
    samples=random_affine_samples,
    random=True,
)
