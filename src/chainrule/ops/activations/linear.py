"""Linear, the identity: y = x.

gradient   dx = dy
"""

from __future__ import annotations

from chainrule.ops.registry import Sample, register


def linear_forward(X):
    """Return X as it is; the gradient needs nothing."""
    return X, None


def linear_backward(dY, cache):
    """Return dX = dY."""
    return dY


def linear_samples(rng):
    """Yield ordinary inputs."""
    yield Sample((rng.normal(scale=2.0, size=(7, 5)),))


register(
    "linear",
    forward=linear_forward,
    backward=linear_backward,
    formula=r"f(x) = x",
    gradient=r"f'(x) = 1",
    samples=linear_samples,
    family="activation",
)
