"""GELU, the Gaussian error linear unit: y = x Φ(x), elementwise.

Φ is the distribution function of the normal distribution, φ its density, σ the sigmoid.

    exact      Φ(x) = erfc(−x / √2) / 2
    tanh form  Φ(x) ≈ (1 + tanh u) / 2 = σ(2u),  u = √(2/π) (x + 0.044715 x³)

    gradient   exact      dx = dy (Φ(x) + x φ(x)),  φ(x) = e^(−x²/2) / √(2π)
               tanh form  dx = dy (s + 2 x s (1 − s) u′),  s = σ(2u),  u′ = √(2/π) (1 + 3 · 0.044715 x²)

erfc and σ lose no digits on the negative side, where 1 + erf and 1 + tanh cancel. x is held within ±LARGE for Φ and the
products, where both forms have long since reached 0 and 1: nothing overflows. The slope is cached, because its parts
are at hand in the forward pass.

Source: Hendrycks and Gimpel, "Gaussian error linear units", 2016.
"""

from __future__ import annotations

import math

import numpy as np

from chainrule.ops.activations._erf import erfc
from chainrule.ops.activations.sigmoid import sigmoid_forward
from chainrule.ops.registry import Sample, register

ROOT_HALF = math.sqrt(0.5)
ROOT_2_OVER_PI = math.sqrt(2 / math.pi)
DENSITY = 1 / math.sqrt(2 * math.pi)
#: The factor of x³ that the paper found to fit best.
CUBIC = 0.044715
#: Beyond, Φ is 0 or 1 in float64.
LARGE = 50.0


def gelu_forward(X, approximate=False):
    """Return x Φ(x), and the slope at each x."""
    Z = np.clip(X, -LARGE, LARGE)
    if approximate:
        P = sigmoid_forward(2 * ROOT_2_OVER_PI * (Z + CUBIC * Z * Z * Z))[0]
        D = P + 2 * Z * P * (1 - P) * (ROOT_2_OVER_PI * (1 + 3 * CUBIC * Z * Z))
    else:
        P = erfc(Z * -ROOT_HALF) / 2
        D = P + Z * np.exp(Z * Z * -0.5) * DENSITY
    Y = np.maximum(X, -LARGE) * P  # −∞ · 0 would be NaN
    return Y, D


def gelu_backward(dY, cache):
    """Return dX = dY times the slope."""
    D = cache
    return dY * D


def gelu_samples(rng):
    """Yield the exact form and the tanh form."""
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
