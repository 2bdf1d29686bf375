"""Mean absolute error: one loss a row, l = (1/O) Σₒ |pₒ − tₒ|.

Shapes: predictions P and targets T (N, …, O), losses L (N, …): the mean is over the last axis.

    gradient   dP = dL · sign(P − T) / O

At p = t there is a kink; we take 0 there, as PyTorch does: a perfect prediction isn't moved.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.losses.common import one_loss_a_row
from chainrule.ops.registry import Sample, away_from, register


def mean_absolute_error_forward(P, T):
    """Return the mean over the last axis of |P − T|, and the difference."""
    D = P - T  # 1
    L = np.abs(D).sum(axis=-1) / D.shape[-1]  # 2
    return L, D


def mean_absolute_error_backward(dL, cache):
    """Return dP; the targets have no gradient."""
    D = cache
    dP = dL[..., None] * (np.sign(D) / D.shape[-1])  # 2, 1
    return dP, None


def mean_absolute_error_samples(rng):
    """Yield one and several outputs, differences away from 0."""
    for shape in ((5, 3), (4, 1), (2, 3, 2)):
        T = rng.normal(size=shape)
        yield Sample((T + away_from(rng, shape, [0.0]), T))


register(
    "mean_absolute_error",
    forward=mean_absolute_error_forward,
    backward=mean_absolute_error_backward,
    formula=r"l = \frac{1}{O} \sum_o |p_o - t_o|",
    gradient=r"\frac{\partial l}{\partial p_o} = \frac{1}{O} \operatorname{sign}(p_o - t_o)",
    samples=mean_absolute_error_samples,
    output_shape=one_loss_a_row,
    family="loss",
)
