"""Binary crossentropy of logits z, the sigmoid's input: one loss a row, with p = σ(z) = 1 / (1 + e⁻ᶻ).

    l = −(1/O) Σₒ [tₒ log pₒ + (1 − tₒ) log(1 − pₒ)]
      =  (1/O) Σₒ [max(zₒ, 0) − zₒ tₒ + log(1 + e^(−|zₒ|))]

Shapes: logits Z and targets T (N, …, O), losses L (N, …): the mean is over the last axis.

    gradient   dZ = dL · (σ(Z) − T) / O

Why: −t log σ(z) − (1 − t) log(1 − σ(z)) = log(1 + eᶻ) − z t, whose derivative is σ(z) − t; and
log(1 + eᶻ) = max(z, 0) + log(1 + e^(−|z|)) never overflows. The famous P − T is true where a loss meets the activation
made for it: sigmoid with binary crossentropy, softmax with categorical crossentropy, linear with ½ squares.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.losses.common import one_loss_a_row, smooth
from chainrule.ops.registry import Sample, register


def binary_crossentropy_logits_forward(Z, T, label_smoothing=0.0):
    """Return the loss of each row; Z, e^(−|Z|) and the smoothed T, from which σ(Z) − T costs one division."""
    T = smooth(T, label_smoothing, classes=2)
    E = np.exp(-np.abs(Z))  # 1
    L = (np.maximum(Z, 0) - Z * T + np.log1p(E)).sum(axis=-1) / Z.shape[-1]  # 2
    return L, (Z, E, T)


def binary_crossentropy_logits_backward(dL, cache):
    """Return dZ; the targets have no gradient."""
    Z, E, T = cache
    P = np.where(Z >= 0, 1, E) / (1 + E)
    dZ = dL[..., None] * ((P - T) / Z.shape[-1])  # 2, 1
    return dZ, None


def binary_crossentropy_logits_samples(rng):
    """Yield hard, soft and smoothed labels."""
    for shape in ((6, 1), (5, 3), (2, 3, 2)):
        yield Sample((rng.normal(scale=2.0, size=shape), rng.integers(0, 2, shape).astype(float)))
    yield Sample((rng.normal(scale=2.0, size=(5, 2)), rng.uniform(size=(5, 2))), {"label_smoothing": 0.1})


register(
    "binary_crossentropy_logits",
    forward=binary_crossentropy_logits_forward,
    backward=binary_crossentropy_logits_backward,
    formula=r"l = \frac{1}{O} \sum_o \left[ \max(z_o, 0) - z_o t_o + \log(1 + e^{-|z_o|}) \right]",
    gradient=r"\frac{\partial l}{\partial z_o} = \frac{1}{O} (\sigma(z_o) - t_o)",
    samples=binary_crossentropy_logits_samples,
    output_shape=one_loss_a_row,
    family="loss",
)
