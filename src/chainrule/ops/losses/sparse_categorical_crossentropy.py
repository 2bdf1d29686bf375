"""Categorical crossentropy of probabilities with whole-number labels: one loss a row, l = −log qₜ, with q = p / Σₖ pₖ.

Shapes: K classes; probabilities P (N, …, K), labels T (N, …), whole numbers from 0 to K − 1; losses L (N, …).

    gradient   dPₖ = dL · (1/S − [k = t] / pₜ),   S = Σₖ Pₖ;   0 where qₜ was clipped

The same numbers as `categorical_crossentropy` with one-hot rows, without making them: only the label's own probability
is looked up. P is divided by its sum, and qₜ clipped to [ε, 1 − ε] with ε = 1e-7, as Keras does.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.losses.common import EPSILON, one_loss_a_row
from chainrule.ops.registry import Sample, register


def sparse_categorical_crossentropy_forward(P, T):
    """Return −log Q at the label; the labels, the sums S, and Q at the label before and after the clip."""
    R = P.reshape(-1, P.shape[-1])  # every position is a row
    labels = T.reshape(-1)
    S = R.sum(axis=-1)
    Q = R[np.arange(len(R)), labels] / S  # 1
    C = np.clip(Q, EPSILON, 1 - EPSILON)  # 2
    L = -np.log(C)  # 3
    return L.reshape(T.shape), (labels, S, Q, C, P.shape)


def sparse_categorical_crossentropy_backward(dL, cache):
    """Return dP; the labels have no gradient."""
    labels, S, Q, C, shape = cache
    dC = -dL.reshape(-1) / C  # 3
    dQ = dC * (Q == C)  # 2: what was clipped doesn't move the loss
    dN = dQ / S  # 1: of the numerator, the label's own p
    dS = -dN * Q  # 1: of the denominator, which every p is in
    dP = np.repeat(dS[:, None], shape[-1], axis=1)
    dP[np.arange(len(dP)), labels] += dN
    return dP.reshape(shape), None


def sparse_categorical_crossentropy_samples(rng):
    """Yield labels of a matrix and of a third axis, probabilities away from the clip."""
    for shape in ((6, 3), (4, 2), (2, 3, 4)):
        yield Sample((rng.uniform(0.05, 0.95, shape), rng.integers(0, shape[-1], shape[:-1])))


register(
    "sparse_categorical_crossentropy",
    forward=sparse_categorical_crossentropy_forward,
    backward=sparse_categorical_crossentropy_backward,
    formula=r"l = -\log q_t \qquad q_k = \frac{p_k}{\sum_j p_j}",
    gradient=r"\frac{\partial l}{\partial p_k} = \frac{1}{\sum_j p_j} - \frac{[k = t]}{p_t}",
    samples=sparse_categorical_crossentropy_samples,
    output_shape=one_loss_a_row,
    family="loss",
)
