"""Nadam: Adam with Nesterov's look ahead.

Legend: θ weights, g gradient, m and v averages of g and of g² (0 at first), η learning rate, t step from 1, μₜ the
momentum at step t, which grows towards β₁, and Πₜ the product μ₁ … μₜ.

    1  μₜ = β₁ (1 − ½ · 0.96ᵗ),   Πₜ = Πₜ₋₁ μₜ
    2  m ← m + (1 − β₁)(g − m)
    3  v ← v + (1 − β₂)(g² − v)
    4  m̂ = μₜ₊₁ m / (1 − Πₜ μₜ₊₁) + (1 − μₜ) g / (1 − Πₜ)
    5  θ ← θ − η m̂ / (√(v / (1 − β₂ᵗ)) + ε)

The schedule of μ is Keras'; PyTorch's is 0.96 to the power of 0.004 t.

Source: Dozat, "Incorporating Nesterov momentum into Adam", ICLR workshop, 2016, algorithm 2; the schedule is in his
technical report.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.optimizers.base import Optimizer, move_towards
from chainrule.schedules import Schedule

#: How fast μ grows towards β₁ (step 1).
MOMENTUM_BASE = 0.96


class Nadam(Optimizer):
    """Adam with Nesterov momentum: θ ← θ − η m̂ / (√v̂ + ε), where m̂ already counts the next step's momentum.

    Parameters
    ----------
    learning_rate : float or Schedule, default 0.001
        About how far each weight moves at a step.
    beta_1, beta_2 : float, default 0.9 and 0.999
        How slowly the averages of the gradient and of its square change: from 0, below 1.
    epsilon : float, default 1e-7
        Keeps the division away from 0; at least 0.
    name : str, default "nadam"
        A name of your own.
    **options
        Clipping, weight decay, averages: see `chainrule.optimizers.Optimizer`.

    Raises
    ------
    ArgumentError
        If an argument can't be used.

    Examples
    --------
    >>> theta, optimizer = np.array([1.0, -2.0]), Nadam(learning_rate=0.1, beta_1=0.0)
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
        name: str | None = "nadam",
        **options: Any,
    ):
        super().__init__(learning_rate, name=name, **options)
        self.beta_1 = self._fraction("beta_1", beta_1)
        self.beta_2 = self._fraction("beta_2", beta_2)
        self.epsilon = self._at_least_0("epsilon", epsilon)

    def _make_slots(self, theta):
        product = np.ones((), dtype=np.float64)  # Π is one number, and float64 also for float32 weights
        return {"momentum": np.zeros_like(theta), "velocity": np.zeros_like(theta), "momentum_product": product}

    def _momentum(self, t: int) -> float:
        return self.beta_1 * (1 - 0.5 * MOMENTUM_BASE**t)

    def _step(self, theta, gradient, rate, t):
        m, v, S = self.slots["momentum"], self.slots["velocity"], self._scratch
        now, following = self._momentum(t), self._momentum(t + 1)
        product = float(self.slots["momentum_product"]) * now
        self.slots["momentum_product"][...] = product  # 1
        move_towards(m, gradient, 1 - self.beta_1, S)  # 2
        np.multiply(gradient, gradient, out=S)
        move_towards(v, S, 1 - self.beta_2, S)  # 3
        gradient *= rate * (1 - now) / (1 - product)
        np.multiply(m, rate * following / (1 - product * following), out=S)
        gradient += S  # 4: η m̂
        np.sqrt(v, out=S)
        S *= 1 / math.sqrt(1 - self.beta_2**t)
        S += self.epsilon
        gradient /= S
        theta -= gradient  # 5
