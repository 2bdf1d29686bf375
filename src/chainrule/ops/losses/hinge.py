"""Hinge: one loss a row, l = (1/O) Σₒ max(0, 1 − tₒ pₒ), with t = ±1; a label 0 counts as −1.

Shapes: scores P and labels T (N, …, O), losses L (N, …): the mean is over the last axis.

    gradient   dP = −dL · T / O where t p < 1, else 0

A score on the right side by 1 or more costs nothing. At t p = 1 there is a kink; we take 0 there.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.losses.common import one_loss_a_row
from chainrule.ops.registry import Sample, away_from, register


def hinge_forward(P, T):
    """Return the mean over the last axis of max(0, 1 − T P); the labels as ±1, and where the hinge is open."""
    T = np.where(T == 0, -1, T)
    M = np.maximum(1 - T * P, 0)  # 1
    L = M.sum(axis=-1) / P.shape[-1]  # 2
    return L, (T, M > 0)


def hinge_backward(dL, cache):
    """Return dP; the labels have no gradient."""
    T, is_open = cache
    dP = -dL[..., None] * (T * is_open / T.shape[-1])  # 2, 1
    return dP, None


def hinge_samples(rng):
    """Yield labels ±1 and 0/1, scores away from the kinks."""
    for shape in ((6, 3), (5, 1), (2, 3, 2)):
        T = rng.integers(0, 2, shape).astype(float)
        yield Sample((away_from(rng, shape, [-1.0, 1.0]), T))
        yield Sample((away_from(rng, shape, [-1.0, 1.0]), 2 * T - 1))


register(
    "hinge",
    forward=hinge_forward,
    backward=hinge_backward,
    formula=r"l = \frac{1}{O} \sum_o \max(0, 1 - t_o p_o)",
    gradient=r"\frac{\partial l}{\partial p_o} = \frac{1}{O} \begin{cases} -t_o & t_o p_o < 1 \\"
    r" 0 & t_o p_o \ge 1 \end{cases}",
    samples=hinge_samples,
    output_shape=one_loss_a_row,
    family="loss",
)
