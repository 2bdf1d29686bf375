"""Adam: steps of about the same length for every weight, from averages of the gradient and of its square.

Legend: θ weights, g gradient, m and v averages of g and of g² (0 at first), η learning rate, t step from 1.

    1  m ← m + (1 − β₁)(g − m)
    2  v ← v + (1 − β₂)(g² − v)
    3  v̂ = max(v̂, v) with amsgrad, else v
    4  α = η √(1 − β₂ᵗ) / (1 − β₁ᵗ)          undoes that m and v started from 0
    5  θ ← θ − α m / (√v̂ + ε)

ε stands where Keras has it, the paper's "ε̂" (end of its section 2): PyTorch's is ε / √(1 − β₂ᵗ).

Sources: Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1; Reddi, Kale and Kumar, "On
the convergence of Adam and beyond", ICLR 2018, algorithm 2 (amsgrad).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.arguments import check_flag
from chainrule.optimizers.base import Optimizer, move_towards
from chainrule.schedules import Schedule


class Adam(Optimizer):
    """Adaptive moments: θ ← θ − α m / (√v + ε). The usual first choice: it works with little tuning.

    Parameters
    ----------
    learning_rate : float or Schedule, default 0.001
        About how far each weight moves at a step.
    beta_1, beta_2 : float, default 0.9 and 0.999
        How slowly the averages of the gradient and of its square change: from 0, below 1.
    epsilon : float, default 1e-7
        Keeps the division away from 0; at least 0.
    amsgrad : bool, default False
        Whether to divide by the largest v so far.
    name : str, default "adam"
        A name of your own.
    **options
        Clipping, weight decay, averages: see `chainrule.optimizers.Optimizer`.

    Raises
    ------
    ArgumentError
        If an argument can't be used.

    Examples
    --------
    >>> theta, optimizer = np.array([1.0, -2.0]), Adam(learning_rate=0.1)
    >>> optimizer.start(theta)
    >>> optimizer.update(theta, np.array([0.5, 100.0]))
    >>> theta.round(4)
    array([ 0.9, -2.1])
    """

    def __init__(
        self,
        learning_rate: float | Schedule | dict = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        name: str | None = "adam",
        **options: Any,
    ):
        super().__init__(learning_rate, name=name, **options)
        self.beta_1 = self._fraction("beta_1", beta_1)
        self.beta_2 = self._fraction("beta_2", beta_2)
        self.epsilon = self._at_least_0("epsilon", epsilon)
        self.amsgrad = check_flag(self._owner, "amsgrad", amsgrad)

    def _make_slots(self, theta):
        names = ("momentum", "velocity", "velocity_hat") if self.amsgrad else ("momentum", "velocity")
        return {name: np.zeros_like(theta) for name in names}

    def _step(self, theta, gradient, rate, t):
        m, v, S = self.slots["momentum"], self.slots["velocity"], self._scratch
        move_towards(m, gradient, 1 - self.beta_1, S)  # 1
        np.multiply(gradient, gradient, out=S)
        move_towards(v, S, 1 - self.beta_2, S)  # 2
        if self.amsgrad:
            v = np.maximum(self.slots["velocity_hat"], v, out=self.slots["velocity_hat"])  # 3
        alpha = rate * math.sqrt(1 - self.beta_2**t) / (1 - self.beta_1**t)  # 4
        np.sqrt(v, out=S)
        S += self.epsilon
        np.divide(m, S, out=S)
        S *= alpha
        theta -= S  # 5
