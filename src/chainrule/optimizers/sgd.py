"""SGD: stochastic gradient descent, with momentum or Nesterov's momentum.

Legend: θ weights, g gradient, v velocity (0 at first), η learning rate, μ momentum.

    plain       θ ← θ − η g
    momentum    v ← μ v − η g,   θ ← θ + v
    nesterov    v ← μ v − η g,   θ ← θ + μ v − η g

The velocity holds η, as in Keras, so that a change of the rate acts slowly; PyTorch multiplies by η afterwards. At a
constant rate both are the same.

Sources: Robbins and Monro, "A stochastic approximation method", 1951; Polyak, "Some methods of speeding up the
convergence of iteration methods", 1964; Sutskever et al., "On the importance of initialization and momentum in deep
learning", 2013, equations 1–4.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.arguments import check_flag, check_number
from chainrule.errors import ArgumentError
from chainrule.optimizers.base import Optimizer
from chainrule.schedules import Schedule


class SGD(Optimizer):
    """Gradient descent: go against the gradient, θ ← θ − η g; with momentum, keep some of the last step's speed.

    Use it to see what learning is; with momentum 0.9 and a schedule it trains convolutional networks as well as
    anything.

    Parameters
    ----------
    learning_rate : float or Schedule, default 0.01
        How far a step goes.
    momentum : float, default 0
        The share μ of the velocity that is kept, from 0 to 1.
    nesterov : bool, default False
        Whether to look ahead: step by what the velocity will be.
    name : str, default "sgd"
        A name of your own.
    **options
        Clipping, weight decay, averages: see `chainrule.optimizers.Optimizer`.

    Raises
    ------
    ArgumentError
        If an argument can't be used, or `nesterov` is asked for without momentum.

    Examples
    --------
    >>> theta, optimizer = np.array([1.0, -2.0]), SGD(learning_rate=0.1)
    >>> optimizer.start(theta)
    >>> optimizer.update(theta, np.array([0.5, 1.0]))
    >>> theta
    array([ 0.95, -2.1 ])
    """

    def __init__(
        self,
        learning_rate: float | Schedule | dict = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        name: str | None = "sgd",
        **options: Any,
    ):
        super().__init__(learning_rate, name=name, **options)
        self.momentum = check_number(self._owner, "momentum", momentum, 0, 1)
        self.nesterov = check_flag(self._owner, "nesterov", nesterov)
        if self.nesterov and not self.momentum:
            raise ArgumentError("SGD's nesterov=True does nothing without momentum; add one, as in momentum=0.9.")

    def _make_slots(self, theta):
        return {"momentum": np.zeros_like(theta)} if self.momentum else {}

    def _step(self, theta, gradient, rate, t):
        gradient *= -rate
        if not self.momentum:
            theta += gradient
            return
        v = self.slots["momentum"]
        v *= self.momentum
        v += gradient  # 1: v ← μ v − η g
        if self.nesterov:
            np.multiply(v, self.momentum, out=self._scratch)
            theta += self._scratch  # 2: θ ← θ + μ v
            theta += gradient  # 3: θ ← θ − η g
        else:
            theta += v  # 2
