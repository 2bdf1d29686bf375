"""Lion: every weight moves by exactly the learning rate, against the sign of a blend of gradient and momentum.

Legend: θ weights, g gradient, m average of g (0 at first), η learning rate.

    1  θ ← θ − η sign(β₁ m + (1 − β₁) g)
    2  m ← m + (1 − β₂)(g − m)

Source: Chen et al., "Symbolic discovery of optimization algorithms", NeurIPS 2023, program 1 (its weight decay is
`weight_decay=`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.arguments import check_number
from chainrule.optimizers.base import Optimizer, move_towards
from chainrule.schedules import Schedule


class Lion(Optimizer):
    """Evolved sign momentum: θ ← θ − η sign(β₁ m + (1 − β₁) g). Half of Adam's memory.

    It wants a rate 3 to 10 times smaller than Adam's and a weight decay as many times larger.

    Parameters
    ----------
    learning_rate : float or Schedule, default 0.001
        How far each weight moves at a step.
    beta_1 : float, default 0.9
        The share of the average in the blend: above 0, up to 1.
    beta_2 : float, default 0.99
        How slowly the average changes: from 0, below 1.
    name : str, default "lion"
        A name of your own.
    **options
        Clipping, weight decay, averages: see `chainrule.optimizers.Optimizer`.

    Raises
    ------
    ArgumentError
        If an argument can't be used.

    Examples
    --------
    >>> theta, optimizer = np.array([1.0, -2.0]), Lion(learning_rate=0.1)
    >>> optimizer.start(theta)
    >>> optimizer.update(theta, np.array([0.5, 100.0]))
    >>> theta
    array([ 0.9, -2.1])
    """

    def __init__(
        self,
        learning_rate: float | Schedule | dict = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
        name: str | None = "lion",
        **options: Any,
    ):
        super().__init__(learning_rate, name=name, **options)
        self.beta_1 = check_number(self._owner, "beta_1", beta_1, 0, 1, above=True)
        self.beta_2 = self._fraction("beta_2", beta_2)

    def _make_slots(self, theta):
        return {"momentum": np.zeros_like(theta)}

    def _step(self, theta, gradient, rate, t):
        m, S = self.slots["momentum"], self._scratch
        np.subtract(m, gradient, out=S)
        S *= self.beta_1
        S += gradient  # β₁ m + (1 − β₁) g
        np.sign(S, out=S)
        S *= rate
        theta -= S  # 1
        move_towards(m, gradient, 1 - self.beta_2, S)  # 2
