"""Poisson: how badly rates p explain counts t: one loss a row, l = (1/O) Σₒ [pₒ − tₒ log(pₒ + ε)].

Shapes: predicted rates P and counts T (N, …, O), losses L (N, …): the mean is over the last axis.

    gradient   dP = dL · (1 − T / (P + ε)) / O

This is the negative log-likelihood of a Poisson variable without log t!, which doesn't depend on p. ε = 1e-7, Keras'
number, keeps a rate of 0 finite; rates must not be negative, so the last activation should be softplus, exponential or
relu.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.losses.common import EPSILON, one_loss_a_row
from chainrule.ops.registry import Sample, register


def poisson_forward(P, T):
    """Return the mean over the last axis of P − T log(P + ε); the shifted rates and the counts."""
    Q = P + EPSILON  # 1
    L = (P - T * np.log(Q)).sum(axis=-1) / P.shape[-1]  # 2
    return L, (Q, T)


def poisson_backward(dL, cache):
    """Return dP; the counts have no gradient."""
    Q, T = cache
    dP = dL[..., None] * ((1 - T / Q) / Q.shape[-1])  # 2, 1
    return dP, None


def poisson_samples(rng):
    """Yield counts, 0 among them, and positive rates."""
    for shape in ((5, 3), (4, 1), (2, 3, 2)):
        yield Sample((rng.uniform(0.2, 4.0, shape), rng.poisson(2.0, shape).astype(float)))


register(
    "poisson",
    forward=poisson_forward,
    backward=poisson_backward,
    formula=r"l = \frac{1}{O} \sum_o \left[ p_o - t_o \log(p_o + \varepsilon) \right]",
    gradient=r"\frac{\partial l}{\partial p_o} = \frac{1}{O} \left( 1 - \frac{t_o}{p_o + \varepsilon} \right)",
    samples=poisson_samples,
    output_shape=one_loss_a_row,
    family="loss",
)
