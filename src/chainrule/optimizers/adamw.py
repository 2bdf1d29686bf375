"""AdamW: Adam with weight decay.

    θ ← θ − η λ θ, then Adam's step

Unlike an L2 penalty, whose gradient Adam would divide by √v, decay shrinks all weights alike. The step is in `adam.py`,
the decay in `base.py`: every optimizer has it as `weight_decay=`.

Source: Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019, algorithm 2.
"""

from __future__ import annotations

from typing import Any

from chainrule.optimizers.adam import Adam
from chainrule.schedules import Schedule


class AdamW(Adam):
    """Adam that also shrinks every weight by a little: θ ← θ − η λ θ.

    Parameters
    ----------
    learning_rate : float or Schedule, default 0.001
        About how far each weight moves at a step.
    weight_decay : float, default 0.004
        The decay λ, at least 0.
    beta_1, beta_2, epsilon, amsgrad
        As in `Adam`.
    name : str, default "adamw"
        A name of your own.
    **options
        Clipping, averages: see `chainrule.optimizers.Optimizer`.

    Raises
    ------
    ArgumentError
        If an argument can't be used.

    Examples
    --------
    >>> import numpy as np
    >>> theta, optimizer = np.array([1.0, -2.0]), AdamW(learning_rate=0.1, weight_decay=0.5)
    >>> optimizer.start(theta)
    >>> optimizer.update(theta, np.array([0.5, 100.0]))
    >>> theta.round(4)
    array([ 0.85, -2.  ])
    """

    def __init__(
        self,
        learning_rate: float | Schedule | dict = 0.001,
        weight_decay: float | None = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        name: str | None = "adamw",
        **options: Any,
    ):
        super().__init__(
            learning_rate, beta_1, beta_2, epsilon, amsgrad, name=name, weight_decay=weight_decay, **options
        )
