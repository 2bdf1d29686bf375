"""Sum of squares: one loss a row, l = ½ Σₒ (pₒ − tₒ)², or Σₒ (pₒ − tₒ)² without the half.

Shapes: predictions P and targets T (N, …, O), losses L (N, …): the sum is over the last axis.

    gradient   dP = dL · (P − T),   twice that without the half

The half is there for the gradient's sake: it cancels the 2 that the square brings down.
"""

from __future__ import annotations

from chainrule.ops.losses.common import one_loss_a_row
from chainrule.ops.registry import Sample, register


def sum_of_squares_forward(P, T, half=True):
    """Return the sum over the last axis of (P − T)², halved or not, and the difference."""
    D = P - T  # 1
    L = (D * D).sum(axis=-1)  # 2
    if half:
        L = L * 0.5  # 3
    return L, (D, half)


def sum_of_squares_backward(dL, cache):
    """Return dP; the targets have no gradient."""
    D, half = cache
    dP = dL[..., None] * (D if half else 2 * D)  # 3, 2, 1
    return dP, None


def sum_of_squares_samples(rng):
    """Yield both scales, one output, and a third axis."""
    for shape, half in (((5, 3), True), ((5, 3), False), ((4, 1), True), ((2, 3, 2), False)):
        yield Sample((rng.normal(size=shape), rng.normal(size=shape)), {"half": half})


register(
    "sum_of_squares",
    forward=sum_of_squares_forward,
    backward=sum_of_squares_backward,
    formula=r"l = \tfrac{1}{2} \sum_o (p_o - t_o)^2",
    gradient=r"\frac{\partial l}{\partial p_o} = p_o - t_o",
    samples=sum_of_squares_samples,
    output_shape=one_loss_a_row,
    family="loss",
)
