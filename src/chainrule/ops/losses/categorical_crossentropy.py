"""Categorical crossentropy of probabilities: one loss a row, l = −Σₖ tₖ log qₖ, with q = p / Σₖ pₖ.

Shapes: K classes; probabilities P and targets T (N, …, K), losses L (N, …): the sum is over the last axis.

    gradient   dQ = −dL · T / Q, 0 where Q was clipped;   dP = (dQ − Σₖ dQₖ Qₖ) / S,   S = Σₖ Pₖ

P is divided by its sum, and Q clipped to [ε, 1 − ε] with ε = 1e-7, as Keras does. Dividing by S makes the loss blind
to the scale of P, so dP is at right angles to P: Σₖ dPₖ Pₖ = 0. After a softmax `categorical_crossentropy_logits` does
both at once.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.losses.common import EPSILON, one_loss_a_row, smooth
from chainrule.ops.registry import Sample, register


def categorical_crossentropy_forward(P, T, label_smoothing=0.0):
    """Return −Σ T log Q, and what the two steps back need: the sum S, Q before and after the clip, the smoothed T."""
    T = smooth(T, label_smoothing, classes=P.shape[-1])
    S = P.sum(axis=-1, keepdims=True)
    Q = P / S  # 1
    C = np.clip(Q, EPSILON, 1 - EPSILON)  # 2
    L = -(T * np.log(C)).sum(axis=-1)  # 3
    return L, (S, Q, C, T)


def categorical_crossentropy_backward(dL, cache):
    """Return dP; the targets have no gradient."""
    S, Q, C, T = cache
    dC = -dL[..., None] * (T / C)  # 3
    dQ = dC * (Q == C)  # 2: what was clipped doesn't move the loss
    dP = (dQ - (dQ * Q).sum(axis=-1, keepdims=True)) / S  # 1: P enters its own numerator and every sum
    return dP, None


def categorical_crossentropy_samples(rng):
    """Yield one-hot, soft and smoothed labels, probabilities away from the clip."""
    for shape in ((6, 3), (2, 3, 4)):
        T = np.eye(shape[-1])[rng.integers(0, shape[-1], shape[:-1])]
        yield Sample((rng.uniform(0.05, 0.95, shape), T))
        yield Sample((rng.uniform(0.05, 0.95, shape), T), {"label_smoothing": 0.1})
    yield Sample((rng.uniform(0.05, 0.95, (5, 2)), rng.uniform(size=(5, 2))))


register(
    "categorical_crossentropy",
    forward=categorical_crossentropy_forward,
    backward=categorical_crossentropy_backward,
    formula=r"l = -\sum_k t_k \log q_k \qquad q_k = \frac{p_k}{\sum_j p_j}",
    gradient=r"\frac{\partial l}{\partial p_k} = \frac{1}{\sum_j p_j} \left( \sum_j t_j - \frac{t_k}{q_k} \right)",
    samples=categorical_crossentropy_samples,
    output_shape=one_loss_a_row,
    family="loss",
)
