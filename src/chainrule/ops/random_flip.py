"""Random flips: an image is mirrored left to right, or upside down, or both, or neither.

Shapes: X and Y (N, H, W, C). Two numbers u, v are drawn for each image, evenly from 0 to 1: it is mirrored left to
right where u < ½, and upside down where v < ½, if asked for. Each is drawn whether asked for or not.

    gradient   dX = dY, mirrored as X was: a mirror image mirrored again is the image

The draws come from a stream named by seed, layer and step; image n takes the words 2n and 2n + 1, whatever its batch's
other images take. They are cached, and nothing else is needed.
"""

from __future__ import annotations

from chainrule.ops.registry import Sample, register
from chainrule.random import Stream

#: An image is mirrored along an axis with this probability.
CHANCE = 0.5


def random_flip_forward(X, random, horizontal=1, vertical=1):
    """Return X with some images mirrored, and which of them are mirrored along each axis."""
    flipped = random.uniform_rows(len(X), (0, 1), (0, 1)) < CHANCE
    flipped &= [bool(horizontal), bool(vertical)]
    return mirrored(X, flipped), flipped


def random_flip_backward(dY, cache):
    """Return dX: dY with the same images mirrored."""
    return mirrored(dY, cache)


def mirrored(X, flipped):
    """Return X with the images of column 0 mirrored left to right, and then those of column 1 upside down."""
    horizontally, vertically = flipped.T
    Y = X.copy()
    Y[horizontally] = Y[horizontally, :, ::-1]
    Y[vertically] = Y[vertically, ::-1]
    return Y


def random_flip_samples(rng):
    """Yield both directions, and each alone; odd and even sizes."""
    yield Sample((rng.normal(size=(6, 3, 4, 2)),), {"random": Stream(3, "noise")})
    yield Sample((rng.normal(size=(7, 4, 3, 1)),), {"horizontal": 1, "vertical": 0, "random": Stream(4, "noise")})
    yield Sample((rng.normal(size=(7, 2, 5, 3)),), {"horizontal": 0, "vertical": 1, "random": Stream(5, "noise")})


register(
    "random_flip",
    forward=random_flip_forward,
    backward=random_flip_backward,
    formula=r"Y_{nij} = X_{ni'j'}, \quad i' \in \{i,\, H - 1 - i\}, \quad j' \in \{j,\, W - 1 - j\}",
    gradient=r"dX_{ni'j'} = dY_{nij}",
    samples=random_flip_samples,
    random=True,
)
