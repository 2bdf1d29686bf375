"""Categorical crossentropy of logits with whole-number labels: one loss a row, l = log Σₖ e^zₖ − zₜ, p = softmax(z).

Shapes: K classes; logits Z (N, …, K), labels T (N, …), whole numbers from 0 to K − 1; losses L (N, …).

    gradient   dZₖ = dL · (pₖ − [k = t])

The same numbers as `categorical_crossentropy_logits` with one-hot rows, without making them. P − T is true for this
pair, softmax with crossentropy; see there why, and why the largest z is subtracted first.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.losses.common import one_loss_a_row
from chainrule.ops.registry import Sample, register


def sparse_categorical_crossentropy_logits_forward(Z, T):
    """Return the loss of each row; softmax(Z) and the labels, of which the gradient is made."""
    R = Z.reshape(-1, Z.shape[-1])  # every position is a row
    labels = T.reshape(-1)
    D = R - R.max(axis=-1, keepdims=True)  # 1
    E = np.exp(D)
    S = E.sum(axis=-1, keepdims=True)
    L = np.log(S)[:, 0] - D[np.arange(len(D)), labels]  # 2
    return L.reshape(T.shape), (E / S, labels, Z.shape)


def sparse_categorical_crossentropy_logits_backward(dL, cache):
    """Return dZ; the labels have no gradient."""
    P, labels, shape = cache
    dL = dL.reshape(-1)
    dZ = dL[:, None] * P  # 2: the logarithm of the sum
    dZ[np.arange(len(dZ)), labels] -= dL  # 2: the label's own logit; 1 cancels
    return dZ.reshape(shape), None


def sparse_categorical_crossentropy_logits_samples(rng):
    """Yield labels of a matrix and of a third axis."""
    for shape in ((6, 3), (4, 2), (2, 3, 4)):
        yield Sample((rng.normal(scale=2.0, size=shape), rng.integers(0, shape[-1], shape[:-1])))


register(
    "sparse_categorical_crossentropy_logits",
    forward=sparse_categorical_crossentropy_logits_forward,
    backward=sparse_categorical_crossentropy_logits_backward,
    formula=r"l = \log \sum_k e^{z_k} - z_t",
    gradient=r"\frac{\partial l}{\partial z_k} = p_k - [k = t] \qquad p = \operatorname{softmax}(z)",
    samples=sparse_categorical_crossentropy_logits_samples,
    output_shape=one_loss_a_row,
    family="loss",
)
