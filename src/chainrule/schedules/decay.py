"""Schedules that lower the rate by steps, powers and fractions. The legend is in `chainrule.schedules`."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from chainrule.arguments import check_flag
from chainrule.errors import ArgumentError
from chainrule.schedules.base import Schedule


class PiecewiseConstantDecay(Schedule):
    """A list of rates, each up to and including its boundary: η = values[i] where n ≤ boundaries[i].

    Parameters
    ----------
    boundaries : list of int
        Steps, each larger than the one before.
    values : list of float
        The rates; one more than the boundaries.
    name : str, optional
        A name of your own.

    Raises
    ------
    ArgumentError
        If the lists don't fit each other, or the boundaries don't rise.

    Examples
    --------
    >>> rate = PiecewiseConstantDecay([100, 200], [1.0, 0.5, 0.1])
    >>> rate(100), rate(101), rate(201)
    (1.0, 0.5, 0.1)
    """

    def __init__(self, boundaries: Sequence[int], values: Sequence[float], name: str | None = None):
        self.boundaries = [self._number("boundaries", boundary) for boundary in boundaries]
        self.values = [self._number("values", value) for value in values]
        self.name = name
        if len(self.values) != len(self.boundaries) + 1:
            raise ArgumentError(
                f"PiecewiseConstantDecay needs one value more than boundaries; received {len(self.values)} values and "
                f"{len(self.boundaries)} boundaries."
            )
        if any(left >= right for left, right in itertools.pairwise(self.boundaries)):
            raise ArgumentError(f"PiecewiseConstantDecay's boundaries must rise; received {list(boundaries)}.")

    def __call__(self, step):
        """Return the value of the stretch that the step lies in."""
        for boundary, value in zip(self.boundaries, self.values, strict=False):
            if step <= boundary:
                return value
        return self.values[-1]


class ExponentialDecay(Schedule):
    """The rate shrinks by the same factor every T steps: η = η₀ γᵖ.

    Parameters
    ----------
    initial_learning_rate : float
        The rate η₀ at step 0.
    decay_steps : float
        T, above 0.
    decay_rate : float
        The factor γ.
    staircase : bool, default False
        Whether to take whole steps only: ⌊p⌋ for p.
    name : str, optional
        A name of your own.

    Examples
    --------
    >>> ExponentialDecay(0.5, decay_steps=10, decay_rate=0.5)(20)
    0.125
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str | None = None,
    ):
        self.initial_learning_rate = self._number("initial_learning_rate", initial_learning_rate)
        self.decay_steps = self._number("decay_steps", decay_steps, above=True)
        self.decay_rate = self._number("decay_rate", decay_rate)
        self.staircase = check_flag(type(self).__name__, "staircase", staircase)
        self.name = name

    def _progress(self, step: int) -> float:
        """Return p, or ⌊p⌋ on a staircase."""
        progress = step / self.decay_steps
        return math.floor(progress) if self.staircase else progress

    def __call__(self, step):
        """Return η₀ γᵖ."""
        return self.initial_learning_rate * self.decay_rate ** self._progress(step)


class StepDecay(ExponentialDecay):
    """The rate drops by a factor every T steps: η = η₀ γ^⌊p⌋, PyTorch's `StepLR`.

    Parameters
    ----------
    initial_learning_rate : float
        The rate η₀ at step 0.
    decay_steps : float
        T, above 0.
    decay_rate : float, default 0.1
        The factor γ.

    Examples
    --------
    >>> rate = StepDecay(0.5, decay_steps=10, decay_rate=0.5)
    >>> rate(9), rate(10)
    (0.5, 0.25)
    """

    def __init__(self, initial_learning_rate: float, decay_steps: float, decay_rate: float = 0.1):
        super().__init__(initial_learning_rate, decay_steps, decay_rate, staircase=True)


class InverseTimeDecay(ExponentialDecay):
    """The rate falls as one over the time: η = η₀ / (1 + γ p); Keras' old `decay=` with γ = decay and T = 1.

    Parameters
    ----------
    initial_learning_rate, decay_steps, decay_rate, staircase, name
        As in `ExponentialDecay`.

    Examples
    --------
    >>> InverseTimeDecay(0.5, decay_steps=1, decay_rate=0.25)(4)
    0.25
    """

    def __call__(self, step):
        """Return η₀ / (1 + γ p)."""
        return self.initial_learning_rate / (1 + self.decay_rate * self._progress(step))


class PolynomialDecay(Schedule):
    """The rate falls to η₁ along a power: η = (η₀ − η₁)(1 − p)ᵏ + η₁, then stays.

    Parameters
    ----------
    initial_learning_rate : float
        The rate η₀ at step 0.
    decay_steps : float
        T, above 0.
    end_learning_rate : float, default 0.0001
        The rate η₁ at step T.
    power : float, default 1
        The power k: 1 is a straight line.
    cycle : bool, default False
        Whether to start again, each time with the next multiple of T for T, instead of staying at η₁.
    name : str, optional
        A name of your own.

    Examples
    --------
    >>> PolynomialDecay(0.5, decay_steps=10, end_learning_rate=0.0)(5)
    0.25
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str | None = None,
    ):
        self.initial_learning_rate = self._number("initial_learning_rate", initial_learning_rate)
        self.decay_steps = self._number("decay_steps", decay_steps, above=True)
        self.end_learning_rate = self._number("end_learning_rate", end_learning_rate)
        self.power = self._number("power", power)
        self.cycle = check_flag("PolynomialDecay", "cycle", cycle)
        self.name = name

    def __call__(self, step):
        """Return (η₀ − η₁)(1 − p)ᵏ + η₁."""
        periods = max(1, math.ceil(step / self.decay_steps)) if self.cycle else 1
        progress = min(step / (self.decay_steps * periods), 1.0)
        span = self.initial_learning_rate - self.end_learning_rate
        return span * (1 - progress) ** self.power + self.end_learning_rate
