"""Categorical crossentropy of logits z, the softmax's input: one loss a row, with p = softmax(z).

    l = −Σₖ tₖ log pₖ = Σₖ tₖ (log Σⱼ e^zⱼ − zₖ)

Shapes: K classes; logits Z and targets T (N, …, K), losses L (N, …): the sum is over the last axis.

    gradient   dZ = dL · (P Σₖ tₖ − T)

Why: ∂ log Σⱼ e^zⱼ / ∂zₖ = pₖ, once for each unit of Σ t. Where the targets sum to 1, as one-hot rows do, this is the
famous P − T. It is true where a loss meets the activation made for it: softmax with categorical crossentropy, sigmoid
with binary crossentropy, linear with ½ squares; for other pairs it is wrong. Subtracting the largest z first changes
nothing (it cancels) and keeps e^z from overflowing.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.losses.common import one_loss_a_row, smooth
from chainrule.ops.registry import Sample, register


def categorical_crossentropy_logits_forward(Z, T, label_smoothing=0.0):
    """Return the loss of each row; softmax(Z), the smoothed T and its sum, of which the gradient is made."""
    T = smooth(T, label_smoothing, classes=Z.shape[-1])
    D = Z - Z.max(axis=-1, keepdims=True)  # 1
    E = np.exp(D)
    S = E.sum(axis=-1, keepdims=True)
    total = T.sum(axis=-1, keepdims=True)
    L = (total * np.log(S))[..., 0] - (T * D).sum(axis=-1)  # 2
    return L, (E / S, T, total)


def categorical_crossentropy_logits_backward(dL, cache):
    """Return dZ; the targets have no gradient."""
    P, T, total = cache
    dZ = dL[..., None] * (P * total - T)  # 2, 1
    return dZ, None


def categorical_crossentropy_logits_samples(rng):
    """Yield one-hot and smoothed labels, and soft ones that don't sum to 1."""
    for shape in ((6, 3), (2, 3, 4)):
        T = np.eye(shape[-1])[rng.integers(0, shape[-1], shape[:-1])]
        yield Sample((rng.normal(scale=2.0, size=shape), T))
        yield Sample((rng.normal(scale=2.0, size=shape), T), {"label_smoothing": 0.1})
    yield Sample((rng.normal(scale=2.0, size=(5, 2)), rng.uniform(size=(5, 2))))


register(
    "categorical_crossentropy_logits",
    forward=categorical_crossentropy_logits_forward,
    backward=categorical_crossentropy_logits_backward,
    formula=r"l = \sum_k t_k \left( \log \sum_j e^{z_j} - z_k \right)",
    gradient=r"\frac{\partial l}{\partial z_k} = p_k \sum_j t_j - t_k \qquad p = \operatorname{softmax}(z)",
    samples=categorical_crossentropy_logits_samples,
    output_shape=one_loss_a_row,
    family="loss",
)
