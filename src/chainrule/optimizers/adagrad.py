"""Adagrad: each weight's steps get shorter the more it has moved.

Legend: θ weights, g gradient, s sum of g² (`initial_accumulator_value` at first), η learning rate.

    1  s ← s + g²
    2  θ ← θ − η g / √(s + ε)

ε stands under the root, as in Keras; PyTorch adds it outside. The paper's sum starts from 0, Keras' from 0.1.

Source: Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic optimization", JMLR
2011, figure 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.optimizers.base import Optimizer
from chainrule.schedules import Schedule


class Adagrad(Optimizer):
    """Adaptive gradients: θ ← θ − η g / √(Σ g² + ε). For sparse inputs, where some weights rarely get a gradient.

    Parameters
    ----------
    learning_rate : float or Schedule, default 0.001
        How far the first steps go; larger rates than elsewhere suit it.
    initial_accumulator_value : float, default 0.1
        Where the sum of squares starts; at least 0.
    epsilon : float, default 1e-7
        Keeps the division away from 0; at least 0.
    name : str, default "adagrad"
        A name of your own.
    **options
        Clipping, weight decay, averages: see `chainrule.optimizers.Optimizer`.

    Raises
    ------
    ArgumentError
        If an argument can't be used.

    Examples
    --------
    >>> theta, optimizer = np.array([1.0, -2.0]), Adagrad(learning_rate=0.1, initial_accumulator_value=0.0)
    >>> optimizer.start(theta)
    >>> optimizer.update(theta, np.array([0.5, 100.0]))
    >>> theta.round(4)
    array([ 0.9, -2.1])
    """

    def __init__(
        self,
        learning_rate: float | Schedule | dict = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        name: str | None = "adagrad",
        **options: Any,
    ):
        super().__init__(learning_rate, name=name, **options)
        self.initial_accumulator_value = self._at_least_0("initial_accumulator_value", initial_accumulator_value)
        self.epsilon = self._at_least_0("epsilon", epsilon)

    def _make_slots(self, theta):
        return {"accumulator": np.full_like(theta, self.initial_accumulator_value)}

    def _step(self, theta, gradient, rate, t):
        s, S = self.slots["accumulator"], self._scratch
        np.multiply(gradient, gradient, out=S)
        s += S  # 1
        np.add(s, self.epsilon, out=S)
        np.sqrt(S, out=S)
        gradient *= rate
        gradient /= S
        theta -= gradient  # 2
