"""Squared hinge: one loss a row, l = (1/O) Σₒ max(0, 1 − tₒ pₒ)², with t = ±1; a label 0 counts as −1.

Shapes: scores P and labels T (N, …, O), losses L (N, …): the mean is over the last axis.

    gradient   dP = −dL · (2/O) T max(0, 1 − T P)

Unlike the hinge it has a slope everywhere, 0 at t p = 1, and large mistakes weigh more.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.losses.common import one_loss_a_row
from chainrule.ops.registry import Sample, away_from, register


def squared_hinge_forward(P, T):
    """Return the mean over the last axis of max(0, 1 − T P)²; the labels as ±1, and the margins missed."""
    T = np.where(T == 0, -1, T)
    M = np.maximum(1 - T * P, 0)  # 1
    L = (M * M).sum(axis=-1) / P.shape[-1]  # 2
    return L, (T, M)


def squared_hinge_backward(dL, cache):
    """Return dP; the labels have no gradient."""
    T, M = cache
    dP = -dL[..., None] * ((2 / M.shape[-1]) * M * T)  # 2, 1
    return dP, None


def squared_hinge_samples(rng):
    """Yield labels ±1 and 0/1, scores away from where the curve changes."""
    for shape in ((6, 3), (5, 1), (2, 3, 2)):
        T = rng.integers(0, 2, shape).astype(float)
        yield Sample((away_from(rng, shape, [-1.0, 1.0]), T))
        yield Sample((away_from(rng, shape, [-1.0, 1.0]), 2 * T - 1))


register(
    "squared_hinge",
    forward=squared_hinge_forward,
    backward=squared_hinge_backward,
    formula=r"l = \frac{1}{O} \sum_o \max(0, 1 - t_o p_o)^2",
    gradient=r"\frac{\partial l}{\partial p_o} = -\frac{2}{O} \, t_o \max(0, 1 - t_o p_o)",
    samples=squared_hinge_samples,
    output_shape=one_loss_a_row,
    family="loss",
)
