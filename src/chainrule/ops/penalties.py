"""Penalties on a weight: L1 pulls it to exactly zero, L2 makes it small, L1L2 does both.

Shapes: any W; the penalty L is one number, (). The loss that is minimised is the data's loss plus L.

    forward    L = λ₁ Σ |w| + λ₂ Σ w²
    gradient   dW = dL · (λ₁ sign(W) + 2 λ₂ W)

At w = 0 the absolute value has a kink; we take 0 there, as PyTorch and Keras do. Keras' L2 has no factor ½, so neither
has ours.

Sources: Tibshirani, "Regression shrinkage and selection via the lasso", 1996 (L1); Hoerl and Kennard, "Ridge
regression", 1970 (L2); Zou and Hastie, "Regularization and variable selection via the elastic net", 2005 (both).
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.registry import Sample, away_from, register


def l1_penalty_forward(W, l1):
    """Return λ₁ Σ |w|, and W for its signs."""
    A = np.abs(W)  # 1
    L = np.asarray(l1 * A.sum())  # 2
    return L, (W, l1)


def l1_penalty_backward(dL, cache):
    """Return dW: every weight is pulled towards zero with the same force."""
    W, l1 = cache
    return dL * l1 * np.sign(W)  # 2, 1


def l2_penalty_forward(W, l2):
    """Return λ₂ Σ w², and W."""
    S = W * W  # 1
    L = np.asarray(l2 * S.sum())  # 2
    return L, (W, l2)


def l2_penalty_backward(dL, cache):
    """Return dW: the larger the weight, the stronger the pull."""
    W, l2 = cache
    return dL * (2 * l2) * W  # 2, 1


def l1_l2_penalty_forward(W, l1, l2):
    """Return λ₁ Σ |w| + λ₂ Σ w², and what both gradients need."""
    L1, cache1 = l1_penalty_forward(W, l1)  # 1
    L2, cache2 = l2_penalty_forward(W, l2)  # 2
    return np.asarray(L1 + L2), (cache1, cache2)  # 3


def l1_l2_penalty_backward(dL, cache):
    """Return dW, the sum of both pulls."""
    cache1, cache2 = cache
    return l1_penalty_backward(dL, cache1) + l2_penalty_backward(dL, cache2)  # 3: a sum passes dL on to both


def _weights(rng):
    """Yield a kernel, a bias and a convolution kernel, away from the kink at 0."""
    for shape in ((5, 3), (4,), (2, 2, 3, 2)):
        yield away_from(rng, shape)


register(
    "l1_penalty",
    forward=l1_penalty_forward,
    backward=l1_penalty_backward,
    formula=r"L = \lambda_1 \sum_i |w_i|",
    gradient=r"dW = dL\,\lambda_1\,\mathrm{sign}(W)",
    samples=lambda rng: (Sample((W,), {"l1": 0.3}) for W in _weights(rng)),
    output_shape=lambda W, l1: (),
    family="penalty",
)
register(
    "l2_penalty",
    forward=l2_penalty_forward,
    backward=l2_penalty_backward,
    formula=r"L = \lambda_2 \sum_i w_i^2",
    gradient=r"dW = dL\,2\,\lambda_2\,W",
    samples=lambda rng: (Sample((W,), {"l2": 0.2}) for W in _weights(rng)),
    output_shape=lambda W, l2: (),
    family="penalty",
)
register(
    "l1_l2_penalty",
    forward=l1_l2_penalty_forward,
    backward=l1_l2_penalty_backward,
    formula=r"L = \lambda_1 \sum_i |w_i| + \lambda_2 \sum_i w_i^2",
    gradient=r"dW = dL\,(\lambda_1\,\mathrm{sign}(W) + 2\,\lambda_2\,W)",
    samples=lambda rng: (Sample((W,), {"l1": 0.3, "l2": 0.2}) for W in _weights(rng)),
    output_shape=lambda W, l1, l2: (),
    family="penalty",
)
