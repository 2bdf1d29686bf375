"""SELU, the self-normalising ELU: y = λ x where x > 0, else λ α (eˣ − 1), elementwise.

    gradient   dx = dy λ where x > 0, else dy λ α eˣ

λ and α are such that mean 0 and variance 1 are a fixed point from layer to layer.

Source: Klambauer, Unterthiner, Mayr and Hochreiter, "Self-normalizing neural networks", NeurIPS 2017, equation 2 and
appendix A1.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.registry import Sample, away_from, register

#: λ and α of the paper, to float64.
SCALE = 1.0507009873554804934193349852946
ALPHA = 1.6732632423543772848170429916717


def selu_forward(X):
    """Return λ x or λ α (eˣ − 1), and the slope at each x."""
    N = np.minimum(X, 0)
    with np.errstate(over="ignore"):  # λ x is ∞ where x is within 5 % of the largest number
        Y = SCALE * np.where(X > 0, X, ALPHA * np.expm1(N))
    D = np.where(X > 0, X.dtype.type(SCALE), SCALE * ALPHA * np.exp(N))
    return Y, D


def selu_backward(dY, cache):
    """Return dX = dY times the slope."""
    D = cache
    return dY * D


def selu_samples(rng):
    """Yield inputs away from the kinks."""
    yield Sample((away_from(rng, (7, 5), [0.0]),))


register(
    "selu",
    forward=selu_forward,
    backward=selu_backward,
    formula=r"f(x) = \lambda \begin{cases} x & x > 0 \\ \alpha (e^x - 1) & x \le 0 \end{cases}",
    gradient=r"f'(x) = \lambda \begin{cases} 1 & x > 0 \\ \alpha e^x & x \le 0 \end{cases}",
    samples=selu_samples,
    family="activation",
)
