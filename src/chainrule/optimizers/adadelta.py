"""Adadelta: steps in the units of the weights, from an average of the past steps' squares.

Legend: θ weights, g gradient, s average of g², x average of d² (0 at first), d the step before η, η learning rate.

    1  s ← s + (1 − ρ)(g² − s)
    2  d = g √(x + ε) / √(s + ε)
    3  x ← x + (1 − ρ)(d² − x)
    4  θ ← θ − η d

The paper has no η (that is, 1); Keras' default is 0.001, with which it is very slow.

Source: Zeiler, "ADADELTA: an adaptive learning rate method", 2012, algorithm 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.optimizers.base import Optimizer, move_towards
from chainrule.schedules import Schedule


class Adadelta(Optimizer):
    """Adagrad with a memory that fades and no rate to choose: θ ← θ − η g √(x + ε) / √(s + ε).

    Parameters
    ----------
    learning_rate : float or Schedule, default 0.001
        A factor of every step; 1 is the paper's.
    rho : float, default 0.95
        How slowly the averages change: from 0, below 1.
    epsilon : float, default 1e-7
        Lets the first steps be more than 0; above 0.
    name : str, default "adadelta"
        A name of your own.
    **options
        Clipping, weight decay, averages: see `chainrule.optimizers.Optimizer`.

    Raises
    ------
    ArgumentError
        If an argument can't be used.

    Examples
    --------
    >>> theta, optimizer = np.array([1.0, -2.0]), Adadelta(learning_rate=1.0, rho=0.75, epsilon=0.01)
    >>> optimizer.start(theta)
    >>> optimizer.update(theta, np.array([0.5, 100.0]))
    >>> theta.round(4)
    array([ 0.8143, -2.2   ])
    """

    def __init__(
        self,
        learning_rate: float | Schedule | dict = 0.001,
        rho: float = 0.95,
        epsilon: float = 1e-7,
        name: str | None = "adadelta",
        **options: Any,
    ):
        super().__init__(learning_rate, name=name, **options)
        self.rho = self._fraction("rho", rho)
        self.epsilon = self._at_least_0("epsilon", epsilon, above=True)

    def _make_slots(self, theta):
        return {"accumulated_grad": np.zeros_like(theta), "accumulated_delta": np.zeros_like(theta)}

    def _step(self, theta, gradient, rate, t):
        s, x, S = self.slots["accumulated_grad"], self.slots["accumulated_delta"], self._scratch
        np.multiply(gradient, gradient, out=S)
        move_towards(s, S, 1 - self.rho, S)  # 1
        np.add(x, self.epsilon, out=S)
        np.sqrt(S, out=S)
        gradient *= S
        np.add(s, self.epsilon, out=S)
        np.sqrt(S, out=S)
        gradient /= S  # 2
        np.multiply(gradient, gradient, out=S)
        move_towards(x, S, 1 - self.rho, S)  # 3
        gradient *= rate
        theta -= gradient  # 4
