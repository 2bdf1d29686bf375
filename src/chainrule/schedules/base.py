"""What a learning-rate schedule is, and the list of all of them."""

from __future__ import annotations

import math
from typing import Any

from chainrule.arguments import check_number
from chainrule.configurable import Configurable, Registry


class Schedule(Configurable):
    """Base of schedules: `schedule(step)` returns the learning rate of that step, as a float."""

    def __call__(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0."""
        raise NotImplementedError(f"{type(self).__name__} has to define __call__(self, step).")

    def _number(
        self, argument: str, value: Any, low: float = 0.0, high: float = math.inf, *, above: bool = False
    ) -> float:
        """Check a number that must not be negative (or within the given bounds)."""
        return check_number(type(self).__name__, argument, value, low, high, above=above)


SCHEDULES = Registry("schedule", Schedule)


class Constant(Schedule):
    """The same rate at every step: η = η₀.

    Parameters
    ----------
    learning_rate : float
        The rate η₀, at least 0.

    Examples
    --------
    >>> Constant(0.01)(1000)
    0.01
    """

    def __init__(self, learning_rate: float):
        self.learning_rate = self._number("learning_rate", learning_rate)

    def __call__(self, step):
        """Return η₀."""
        return self.learning_rate
