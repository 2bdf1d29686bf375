"""Huber: squares for small errors, absolute values for large ones: one loss a row.

With d = p − t:   l = (1/O) Σₒ ½ d²             where |d| ≤ δ
                            δ |d| − ½ δ²        elsewhere

Shapes: predictions P and targets T (N, …, O), losses L (N, …): the mean is over the last axis.

    gradient   dP = dL · c / O,   c = d clipped to [−δ, δ]

Both lines are c (d − ½ c): with c = d the first, with c = ±δ the second. Both meet at ±δ with the same slope.

Source: P. J. Huber, "Robust Estimation of a Location Parameter", Ann. Math. Statist. 35 (1964), example (iii).
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.losses.common import one_loss_a_row
from chainrule.ops.registry import Sample, away_from, register


def huber_forward(P, T, delta=1.0):
    """Return the mean over the last axis of c (d − ½ c), and the clipped difference c."""
    D = P - T  # 1
    C = np.clip(D, -delta, delta)  # 2
    L = (C * (D - 0.5 * C)).sum(axis=-1) / D.shape[-1]  # 3
    return L, C


def huber_backward(dL, cache):
    """Return dP; the targets have no gradient."""
    C = cache
    dP = dL[..., None] * (C / C.shape[-1])  # 3, 2, 1
    return dP, None


def huber_samples(rng):
    """Yield a small and a large δ, differences on both sides of it and away from it."""
    for shape, delta in (((6, 3), 1.0), ((5, 1), 0.3), ((2, 3, 2), 2.5)):
        T = rng.normal(size=shape)
        yield Sample((T + away_from(rng, shape, [-delta, delta]), T), {"delta": delta})


register(
    "huber",
    forward=huber_forward,
    backward=huber_backward,
    formula=r"l = \frac{1}{O} \sum_o \begin{cases} \tfrac{1}{2} d_o^2 & |d_o| \le \delta \\"
    r" \delta |d_o| - \tfrac{1}{2} \delta^2 & |d_o| > \delta \end{cases} \qquad d = p - t",
    gradient=r"\frac{\partial l}{\partial p_o} = \frac{1}{O} \min(\delta, \max(-\delta, d_o))",
    samples=huber_samples,
    output_shape=one_loss_a_row,
    family="loss",
)
