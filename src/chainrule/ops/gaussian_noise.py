"""Gaussian noise: Y = X + stddev · Z, Z drawn from the normal distribution.

Shapes: X, Z and Y alike.

    gradient   dX = dY: the noise does not depend on X, so nothing is cached

The noise is drawn from a stream named by seed, layer and step, so that the same step draws the same noise on every
engine.

Source: Bishop, "Training with noise is equivalent to Tikhonov regularization", Neural Computation 7, 1995.
"""

from __future__ import annotations

from chainrule.ops.registry import Sample, register
from chainrule.random import Stream


def gaussian_noise_forward(X, stddev, random):
    """Return X with noise added; the gradient needs nothing."""
    Z = random.normal(X.shape, stddev=stddev).astype(X.dtype)
    return X + Z, None


def gaussian_noise_backward(dY, cache):
    """Return dX = dY."""
    return dY


def gaussian_noise_samples(rng):
    """Yield a matrix."""
    yield Sample((rng.normal(size=(6, 5)),), {"stddev": 0.3, "random": Stream(3, "noise")})


register(
    "gaussian_noise",
    forward=gaussian_noise_forward,
    backward=gaussian_noise_backward,
    formula=r"Y = X + \sigma Z, \quad Z \sim \mathcal{N}(0, 1)",
    gradient=r"dX = dY",
    samples=gaussian_noise_samples,
    random=True,
)
