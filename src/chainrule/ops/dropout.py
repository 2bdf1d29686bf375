"""Dropout, inverted: Y = X · M / (1 − rate), M a random mask of zeros and ones.

Shapes: X, M and Y alike. Each number of M is 0 with probability `rate`. Dividing by the share that is kept leaves the
expected value as it was, so that nothing is to be done when the network is used.

    gradient   dX = dY · M / (1 − rate)

The mask is drawn from a stream named by seed, layer and step, so that the same step draws the same mask on every
engine; the scaled mask is all that is cached.

Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 15, 2014.
"""

from __future__ import annotations

from chainrule.ops.registry import Sample, register
from chainrule.random import Stream


def dropout_forward(X, rate, random):
    """Return X with some entries at 0 and the others scaled up, and the scaled mask."""
    M = random.mask(X.shape, rate).astype(X.dtype)  # 1
    M *= 1 / (1 - rate)  # 2
    Y = X * M  # 3
    return Y, M


def dropout_backward(dY, cache):
    """Return dX: the gradient passes where the input did, scaled alike."""
    M = cache
    return dY * M


def dropout_samples(rng):
    """Yield two rates."""
    yield Sample((rng.normal(size=(6, 5)),), {"rate": 0.5, "random": Stream(3, "noise")})
    yield Sample((rng.normal(size=(4, 3, 2)),), {"rate": 0.2, "random": Stream(4, "noise")})


register(
    "dropout",
    forward=dropout_forward,
    backward=dropout_backward,
    formula=r"Y = \frac{X \odot M}{1 - p}, \quad M \sim \operatorname{Bernoulli}(1 - p)",
    gradient=r"dX = \frac{dY \odot M}{1 - p}",
    samples=dropout_samples,
    random=True,
)
