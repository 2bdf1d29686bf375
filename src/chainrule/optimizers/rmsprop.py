"""RMSprop: the gradient divided by the root of the average of its square.

Legend: θ weights, g gradient, v average of g² and a average of g (0 at first), u velocity (0 at first), η learning
rate, μ momentum.

    1  v ← v + (1 − ρ)(g² − v)
    2  a ← a + (1 − ρ)(g − a)                     centered only
    3  d = η g / √(v + ε), centered: η g / √(max(v − a², 0) + ε)
    4  θ ← θ − d, with momentum: u ← μ u + d, θ ← θ − u

ε stands under the root, as in Keras; PyTorch adds it outside.

Sources: Tieleman and Hinton, "Lecture 6.5, RMSProp", Coursera, 2012; Graves, "Generating sequences with recurrent
neural networks", 2013, equations 38–41 (centered).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.arguments import check_flag, check_number
from chainrule.optimizers.base import Optimizer, move_towards
from chainrule.schedules import Schedule


class RMSprop(Optimizer):
    """Root mean square propagation: θ ← θ − η g / √(v + ε). Often used for recurrent networks.

    Parameters
    ----------
    learning_rate : float or Schedule, default 0.001
        About how far each weight moves at a step.
    rho : float, default 0.9
        How slowly the averages change: from 0, below 1.
    momentum : float, default 0
        The share of the velocity that is kept, from 0 to 1.
    epsilon : float, default 1e-7
        Keeps the division away from 0; at least 0.
    centered : bool, default False
        Whether to divide by the gradient's standard deviation rather than by its root mean square.
    name : str, default "rmsprop"
        A name of your own.
    **options
        Clipping, weight decay, averages: see `chainrule.optimizers.Optimizer`.

    Raises
    ------
    ArgumentError
        If an argument can't be used.

    Examples
    --------
    >>> theta, optimizer = np.array([1.0, -2.0]), RMSprop(learning_rate=0.1, rho=0.75)
    >>> optimizer.start(theta)
    >>> optimizer.update(theta, np.array([0.5, 100.0]))
    >>> theta.round(4)
    array([ 0.8, -2.2])
    """

    def __init__(
        self,
        learning_rate: float | Schedule | dict = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        name: str | None = "rmsprop",
        **options: Any,
    ):
        super().__init__(learning_rate, name=name, **options)
        self.rho = self._fraction("rho", rho)
        self.momentum = check_number(self._owner, "momentum", momentum, 0, 1)
        self.epsilon = self._at_least_0("epsilon", epsilon)
        self.centered = check_flag(self._owner, "centered", centered)

    def _make_slots(self, theta):
        wanted = {"velocity": True, "average_gradient": self.centered, "momentum": self.momentum > 0}
        return {name: np.zeros_like(theta) for name, needed in wanted.items() if needed}

    def _step(self, theta, gradient, rate, t):
        v, S = self.slots["velocity"], self._scratch
        np.multiply(gradient, gradient, out=S)
        move_towards(v, S, 1 - self.rho, S)  # 1
        if self.centered:
            a = self.slots["average_gradient"]
            move_towards(a, gradient, 1 - self.rho, S)  # 2
            np.multiply(a, a, out=S)
            np.subtract(v, S, out=S)
            np.maximum(S, 0, out=S)  # a variance; rounding may bring it below 0
            S += self.epsilon
        else:
            np.add(v, self.epsilon, out=S)
        np.sqrt(S, out=S)
        gradient *= rate
        gradient /= S  # 3
        if self.momentum:
            u = self.slots["momentum"]
            u *= self.momentum
            u += gradient
            theta -= u  # 4
        else:
            theta -= gradient  # 4
