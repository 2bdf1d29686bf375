"""Mean squared error: one loss a row, l = (1/O) Σₒ (pₒ − tₒ)².

Shapes: predictions P and targets T (N, …, O), losses L (N, …): the mean is over the last axis.

    gradient   dP = dL · (2/O) (P − T)
"""

from __future__ import annotations

from chainrule.ops.registry import Sample, register


def mean_squared_error_forward(P, T):
    """Return the mean over the last axis of (P − T)², and the difference."""
    D = P - T  # 1
    L = (D * D).mean(axis=-1)  # 2
    return L, D


def mean_squared_error_backward(dL, cache):
    """Return dP; the targets have no gradient."""
    D = cache
    dP = dL[..., None] * (2 / D.shape[-1]) * D  # 2, 1
    return dP, None


def mean_squared_error_samples(rng):
    """Yield one and several outputs."""
    yield Sample((rng.normal(size=(5, 3)), rng.normal(size=(5, 3))))
    yield Sample((rng.normal(size=(4, 1)), rng.normal(size=(4, 1))))


register(
    "mean_squared_error",
    forward=mean_squared_error_forward,
    backward=mean_squared_error_backward,
    formula=r"l = \frac{1}{O} \sum_o (p_o - t_o)^2",
    gradient=r"\frac{\partial l}{\partial p_o} = \frac{2}{O} (p_o - t_o)",
    samples=mean_squared_error_samples,
    output_shape=lambda P, T: P[:-1],
    family="loss",
)
