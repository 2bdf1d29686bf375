"""Log-cosh: one loss a row, l = (1/O) Σₒ log cosh(pₒ − tₒ): ½ d² for small differences d, |d| − log 2 for large ones.

Shapes: predictions P and targets T (N, …, O), losses L (N, …): the mean is over the last axis.

    gradient   dP = dL · tanh(d) / O

cosh overflows, so with h = tanh d, which the gradient needs anyway, and cosh² d = 1 / (1 − h²):

    |d| < 1     log cosh d = −½ log(1 − h²)                   keeps all digits where l is tiny
    elsewhere   log cosh d = |d| + log(1 + e^(−2|d|)) − log 2   no term grows but |d|
"""

from __future__ import annotations

import math

import numpy as np

from chainrule.ops.losses.common import one_loss_a_row
from chainrule.ops.registry import Sample, register

#: Where the two formulas meet; both have full precision there.
NEAR = 1.0
NEAR_TANH_SQUARED = math.tanh(NEAR) ** 2
LOG_2 = math.log(2.0)


def log_cosh_forward(P, T):
    """Return the mean over the last axis of log cosh(P − T), and tanh(P − T)."""
    D = P - T  # 1
    H = np.tanh(D)
    A = np.abs(D)
    near = -0.5 * np.log1p(-np.minimum(H * H, NEAR_TANH_SQUARED))  # the minimum spares the unused side a log 0
    far = A + np.log1p(np.exp(-2 * A)) - LOG_2
    L = np.where(A < NEAR, near, far).sum(axis=-1) / D.shape[-1]  # 2
    return L, H


def log_cosh_backward(dL, cache):
    """Return dP; the targets have no gradient."""
    H = cache
    dP = dL[..., None] * (H / H.shape[-1])  # 2, 1
    return dP, None


def log_cosh_samples(rng):
    """Yield small and large differences."""
    for shape, scale in (((5, 3), 1.0), ((4, 1), 0.2), ((2, 3, 2), 4.0)):
        yield Sample((rng.normal(scale=scale, size=shape), rng.normal(scale=scale, size=shape)))


register(
    "log_cosh",
    forward=log_cosh_forward,
    backward=log_cosh_backward,
    formula=r"l = \frac{1}{O} \sum_o \log \cosh(p_o - t_o)",
    gradient=r"\frac{\partial l}{\partial p_o} = \frac{1}{O} \tanh(p_o - t_o)",
    samples=log_cosh_samples,
    output_shape=one_loss_a_row,
    family="loss",
)
