"""Quantile (pinball): one loss a row whose smallest mean is at the q-quantile instead of the mean.

With e = t − p:   l = (1/O) Σₒ q e          where e ≥ 0 (predicted too low)
                              (q − 1) e     where e < 0 (predicted too high)

Shapes: predictions P and targets T (N, …, O), losses L (N, …): the mean is over the last axis.

    gradient   dP = dL · −q / O where e > 0,   dL · (1 − q) / O where e < 0

At e = 0 there is a kink; we take 0 there. With q = 0.5 it is half the mean absolute error.

Source: R. Koenker, G. Bassett, "Regression Quantiles", Econometrica 46 (1978), equation (3.1).
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.losses.common import one_loss_a_row
from chainrule.ops.registry import Sample, away_from, register


def quantile_forward(P, T, quantile=0.5):
    """Return the mean over the last axis of max(q E, (q − 1) E), and E = T − P with q."""
    E = T - P  # 1
    L = np.maximum(quantile * E, (quantile - 1) * E).sum(axis=-1) / E.shape[-1]  # 2
    return L, (E, quantile)


def quantile_backward(dL, cache):
    """Return dP; the targets have no gradient."""
    E, quantile = cache
    dE = quantile * (E > 0) + (quantile - 1) * (E < 0)  # 2
    dP = -dL[..., None] * (dE.astype(E.dtype) / E.shape[-1])  # 1
    return dP, None


def quantile_samples(rng):
    """Yield the median, a low and a high quantile, differences away from 0."""
    for shape, q in (((5, 3), 0.5), ((6, 1), 0.9), ((2, 3, 2), 0.1)):
        T = rng.normal(size=shape)
        yield Sample((T + away_from(rng, shape, [0.0]), T), {"quantile": q})


register(
    "quantile",
    forward=quantile_forward,
    backward=quantile_backward,
    formula=r"l = \frac{1}{O} \sum_o \max(q e_o, (q - 1) e_o) \qquad e = t - p",
    gradient=r"\frac{\partial l}{\partial p_o} = \frac{1}{O} \begin{cases} -q & e_o > 0 \\ 1 - q & e_o < 0 \end{cases}",
    samples=quantile_samples,
    output_shape=one_loss_a_row,
    family="loss",
)
