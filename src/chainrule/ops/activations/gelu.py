"""GELU, the Gaussian error linear unit: y = x Φ(x), elementwise.

Φ is the distribution function of the normal distribution, φ its density.

    exact      Φ(x) = (1 + erf(x / √2)) / 2
    tanh form  Φ(x) ≈ (1 + tanh u) / 2,  u = √(2/π) (x + 0.044715 x³)

    gradient   exact      dx = dy (Φ(x) + x φ(x)),  φ(x) = e^(−x²/2) / √(2π)
               tanh form  dx = dy ((1 + t) / 2 + x (1 − t²) u′ / 2),  t = tanh u,  u′ = √(2/π) (1 + 3 · 0.044715 x²)

x is held within ±LARGE for Φ and the products, where both forms have long since reached 0 and 1: nothing overflows.

Source: Hendrycks and Gimpel, "Gaussian error linear units", 2016.
"""

from __future__ import annotations

import math

import numpy as np

from chainrule.ops.registry import Sample, register

ROOT_HALF = math.sqrt(0.5)
ROOT_2_OVER_PI = math.sqrt(2 / math.pi)
DENSITY = 1 / math.sqrt(2 * math.pi)
#: The factor of x³ that the paper found to fit best.
CUBIC = 0.044715
#: Beyond, Φ is 0 or 1 in float64.
LARGE = 50.0
#: The C library's, accurate to a rounding; NumPy has none.
erfc = np.frompyfunc(math.erfc, 1, 1)


def gelu_forward(X, approximate=False):
    """Return x Φ(x), and what the slope is made of."""
    Z = np.clip(X, -LARGE, LARGE)
    if approximate:
        T = np.tanh(ROOT_2_OVER_PI * (Z + CUBIC * Z * Z * Z))
        P = (1 + T) / 2
        D = P + Z * (1 - T * T) * (ROOT_2_OVER_PI * (1 + 3 * CUBIC * Z * Z)) / 2
    else:
        P = erfc(Z * -ROOT_HALF).astype(X.dtype) / 2  # (1 + erf z) / 2 without cancellation on the negative side
        D = P + Z * np.exp(Z * Z * -0.5) * DENSITY
    Y = np.maximum(X, -LARGE) * P  # −∞ · 0 would be NaN
    return Y, D


def gelu_backward(dY, cache):
    """Return dX = dY times the slope."""
    D = cache
    return dY * D


def gelu_samples(rng):
    """Yield the default and another option."""
    yield Sample((rng.normal(scale=2.0, size=(7, 5)),))
    yield Sample((rng.normal(scale=2.0, size=(7, 5)),), {"approximate": True})


register(
    "gelu",
    forward=gelu_forward,
    backward=gelu_backward,
    formula=r"f(x) = x\,\Phi(x)",
    gradient=r"f'(x) = \Phi(x) + x\,\varphi(x)",
    samples=gelu_samples,
    family="activation",
)
