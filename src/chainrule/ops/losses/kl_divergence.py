"""Kullback–Leibler divergence: one loss a row, l = Σₖ tₖ log(tₖ / pₖ).

Shapes: K classes; probabilities P and T (N, …, K), losses L (N, …): the sum is over the last axis.

    gradient   dP = −dL · T / P, 0 where P was clipped

Both are clipped to [ε, 1] with ε = 1e-7, as Keras does, so that 0 log 0 never happens; a target of 0 then adds about
1e-6 instead of 0. It differs from the categorical crossentropy by Σ t log t, which doesn't depend on p.

Source: S. Kullback, R. A. Leibler, "On Information and Sufficiency", Ann. Math. Statist. 22 (1951), equation (2.4).
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.losses.common import EPSILON, one_loss_a_row
from chainrule.ops.registry import Sample, register


def kl_divergence_forward(P, T):
    """Return Σ T log(T / P) over the last axis; both after the clip, and where P was left as it was."""
    T = np.clip(T, EPSILON, 1)
    Q = np.clip(P, EPSILON, 1)  # 1
    L = (T * np.log(T / Q)).sum(axis=-1)  # 2
    return L, (Q, T, P == Q)


def kl_divergence_backward(dL, cache):
    """Return dP; the targets have no gradient."""
    Q, T, inside = cache
    dQ = -dL[..., None] * (T / Q)  # 2
    dP = dQ * inside  # 1: what was clipped doesn't move the loss
    return dP, None


def kl_divergence_samples(rng):
    """Yield probabilities away from the clip, one-hot targets among them."""
    for shape in ((5, 3), (2, 3, 4)):
        yield Sample((rng.uniform(0.05, 0.95, shape), rng.uniform(0.05, 0.95, shape)))
    yield Sample((rng.uniform(0.05, 0.95, (4, 3)), np.eye(3)[rng.integers(0, 3, 4)]))


register(
    "kl_divergence",
    forward=kl_divergence_forward,
    backward=kl_divergence_backward,
    formula=r"l = \sum_k t_k \log \frac{t_k}{p_k}",
    gradient=r"\frac{\partial l}{\partial p_k} = -\frac{t_k}{p_k}",
    samples=kl_divergence_samples,
    output_shape=one_loss_a_row,
    family="loss",
)
