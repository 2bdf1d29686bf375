"""Binary crossentropy of probabilities: one loss a row, l = −(1/O) Σₒ [tₒ log pₒ + (1 − tₒ) log(1 − pₒ)].

Shapes: probabilities P and targets T (N, …, O), losses L (N, …): the mean is over the last axis.

    gradient   dP = dL · (P − T) / (P (1 − P)) / O,   0 where P was clipped

P is clipped to [ε, 1 − ε] with ε = 1e-7, as Keras does. The 1 / (P (1 − P)) is undone by the sigmoid's own gradient:
after a sigmoid `binary_crossentropy_logits` computes both at once, and nothing needs to be clipped.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.losses.common import EPSILON, one_loss_a_row, smooth
from chainrule.ops.registry import Sample, register


def binary_crossentropy_forward(P, T, label_smoothing=0.0):
    """Return the mean over the last axis of the surprise at T, the clipped Q, the smoothed T, and where P = Q."""
    T = smooth(T, label_smoothing, classes=2)
    Q = np.clip(P, EPSILON, 1 - EPSILON)  # 1
    L = -(T * np.log(Q) + (1 - T) * np.log1p(-Q)).sum(axis=-1) / P.shape[-1]  # 2
    return L, (Q, T, P == Q)


def binary_crossentropy_backward(dL, cache):
    """Return dP; the targets have no gradient."""
    Q, T, inside = cache
    dQ = dL[..., None] * ((Q - T) / (Q * (1 - Q) * Q.shape[-1]))  # 2
    dP = dQ * inside  # 1: what was clipped doesn't move the loss
    return dP, None


def binary_crossentropy_samples(rng):
    """Yield hard, soft and smoothed labels, probabilities away from the clip."""
    for shape in ((6, 1), (5, 3), (2, 3, 2)):
        yield Sample((rng.uniform(0.05, 0.95, shape), rng.integers(0, 2, shape).astype(float)))
    yield Sample((rng.uniform(0.05, 0.95, (5, 2)), rng.uniform(size=(5, 2))), {"label_smoothing": 0.1})


register(
    "binary_crossentropy",
    forward=binary_crossentropy_forward,
    backward=binary_crossentropy_backward,
    formula=r"l = -\frac{1}{O} \sum_o \left[ t_o \log p_o + (1 - t_o) \log(1 - p_o) \right]",
    gradient=r"\frac{\partial l}{\partial p_o} = \frac{1}{O} \frac{p_o - t_o}{p_o (1 - p_o)}",
    samples=binary_crossentropy_samples,
    output_shape=one_loss_a_row,
    family="loss",
)
