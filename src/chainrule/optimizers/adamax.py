"""Adamax: Adam with the largest recent gradient in place of the root of the average square.

Legend: θ weights, g gradient, m average of g, u the fading maximum of |g| (0 at first), η learning rate, t step from 1.

    1  m ← m + (1 − β₁)(g − m)
    2  u ← max(β₂ u, |g|)
    3  θ ← θ − η / (1 − β₁ᵗ) · m / (u + ε)

The paper divides by u alone; Keras adds ε here, PyTorch to |g| in step 2.

Source: Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 2.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.optimizers.base import Optimizer, move_towards
from chainrule.schedules import Schedule


class Adamax(Optimizer):
    """Adam in the infinity norm: θ ← θ − η / (1 − β₁ᵗ) · m / (u + ε). For gradients with rare large spikes.

    Parameters
    ----------
    learning_rate : float or Schedule, default 0.001
        About how far each weight moves at most at a step.
    beta_1, beta_2 : float, default 0.9 and 0.999
        How slowly the average and the maximum change: from 0, below 1.
    epsilon : float, default 1e-7
        Keeps the division away from 0; at least 0.
    name : str, default "adamax"
        A name of your own.
    **options
        Clipping, weight decay, averages: see `chainrule.optimizers.Optimizer`.

    Raises
    ------
    ArgumentError
        If an argument can't be used.

    Examples
    --------
    >>> theta, optimizer = np.array([1.0, -2.0]), Adamax(learning_rate=0.1)
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
        name: str | None = "adamax",
        **options: Any,
    ):
        super().__init__(learning_rate, name=name, **options)
        self.beta_1 = self._fraction("beta_1", beta_1)
        self.beta_2 = self._fraction("beta_2", beta_2)
        self.epsilon = self._at_least_0("epsilon", epsilon)

    def _make_slots(self, theta):
        return {"momentum": np.zeros_like(theta), "norm": np.zeros_like(theta)}

    def _step(self, theta, gradient, rate, t):
        m, u, S = self.slots["momentum"], self.slots["norm"], self._scratch
        move_towards(m, gradient, 1 - self.beta_1, S)  # 1
        u *= self.beta_2
        np.maximum(u, np.abs(gradient, out=S), out=u)  # 2
        np.add(u, self.epsilon, out=S)
        np.divide(m, S, out=S)
        S *= rate / (1 - self.beta_1**t)
        theta -= S  # 3
