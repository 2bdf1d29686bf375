"""Binary step, the perceptron's: y = 1 where x ≥ 0, else 0, elementwise.

There is no gradient: the function is flat wherever it has a slope at all, so nothing would be learnt. A network with it
can be used, with weights set by hand, and is refused in training.

Source: Rosenblatt, "The perceptron", 1958.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.registry import Sample, away_from, register


def binary_step_forward(X):
    """Return 1 where x ≥ 0, else 0 (NaN stays NaN)."""
    return np.heaviside(X, 1), None


def binary_step_samples(rng):
    """Yield inputs away from the step."""
    yield Sample((away_from(rng, (7, 5), [0.0]),))


register(
    "binary_step",
    forward=binary_step_forward,
    backward=None,
    why_no_gradient=(
        "binary_step is flat everywhere, so its gradient is 0 and nothing would be learnt; use 'sigmoid' or "
        "'hard_sigmoid' while training."
    ),
    formula=r"f(x) = \begin{cases} 1 & x \ge 0 \\ 0 & x < 0 \end{cases}",
    gradient=r"f'(x) = 0 \text{ (undefined at } 0)",
    samples=binary_step_samples,
    family="activation",
)
