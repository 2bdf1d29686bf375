"""Schedules along half a cosine, once or again and again. The legend is in `chainrule.schedules`."""

from __future__ import annotations

import math

from chainrule.errors import ArgumentError
from chainrule.schedules.base import Schedule

#: More than a logarithm's error and less than any step: a restart comes on its step, not one later.
ROUNDING = 1e-9


def half_cosine(progress: float) -> float:
    """Return ½ (1 + cos π p): from 1 to 0, flat at both ends."""
    return 0.5 * (1 + math.cos(math.pi * progress))


class CosineDecay(Schedule):
    """The rate falls along half a cosine: η = ηₘ ((1 − α) ½ (1 + cos π p) + α), after an optional linear warm-up to ηₘ.

    Parameters
    ----------
    initial_learning_rate : float
        The rate at step 0: ηₘ itself without a warm-up, else where the warm-up starts.
    decay_steps : float
        T, above 0: the length of the cosine, not counting the warm-up.
    alpha : float, default 0
        The fraction α of ηₘ that is left at the end.
    name : str, optional
        A name of your own.
    warmup_target : float, optional
        The rate ηₘ at the end of the warm-up; None for no warm-up.
    warmup_steps : float, default 0
        How many steps the warm-up takes.

    References
    ----------
    Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017, equation 5.

    Examples
    --------
    >>> round(CosineDecay(0.5, decay_steps=10)(5), 6)
    0.25
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        alpha: float = 0.0,
        name: str | None = None,
        warmup_target: float | None = None,
        warmup_steps: float = 0,
    ):
        self.initial_learning_rate = self._number("initial_learning_rate", initial_learning_rate)
        self.decay_steps = self._number("decay_steps", decay_steps, above=True)
        self.alpha = self._number("alpha", alpha, 0, 1)
        self.name = name
        self.warmup_target = None if warmup_target is None else self._number("warmup_target", warmup_target)
        self.warmup_steps = self._number("warmup_steps", warmup_steps)
        if self.warmup_steps and self.warmup_target is None:
            raise ArgumentError("CosineDecay has warmup_steps and no warmup_target; say what rate to warm up to.")

    def __call__(self, step):
        """Return the rate of the warm-up, or of the cosine after it."""
        if self.warmup_target is None:
            top = self.initial_learning_rate
        elif step < self.warmup_steps:
            span = self.warmup_target - self.initial_learning_rate
            return self.initial_learning_rate + span * step / self.warmup_steps
        else:
            top, step = self.warmup_target, step - self.warmup_steps
        progress = min(step / self.decay_steps, 1.0)
        return top * ((1 - self.alpha) * half_cosine(progress) + self.alpha)


class CosineDecayRestarts(Schedule):
    """Half a cosine again and again, each `t_mul` times as long and starting `m_mul` times as high as the one before.

    η = η₀ ((1 − α) mⁱ ½ (1 + cos π p) + α) in the i-th period (from 0), of length T tⁱ, of which p is done.

    Parameters
    ----------
    initial_learning_rate : float
        The rate η₀ at step 0.
    first_decay_steps : float
        The length T of the first period, above 0.
    t_mul : float, default 2
        The factor t of the lengths, at least 1.
    m_mul : float, default 1
        The factor m of the heights.
    alpha : float, default 0
        The fraction α of η₀ that is left at the end of a period.
    name : str, optional
        A name of your own.

    References
    ----------
    Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017, section 3.

    Examples
    --------
    >>> rate = CosineDecayRestarts(0.5, first_decay_steps=10)
    >>> rate(10), round(rate(20), 6)
    (0.5, 0.25)
    """

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: float,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str | None = None,
    ):
        self.initial_learning_rate = self._number("initial_learning_rate", initial_learning_rate)
        self.first_decay_steps = self._number("first_decay_steps", first_decay_steps, above=True)
        self.t_mul = self._number("t_mul", t_mul, 1)
        self.m_mul = self._number("m_mul", m_mul)
        self.alpha = self._number("alpha", alpha, 0, 1)
        self.name = name

    def _start(self, period: int) -> float:
        """Return when a period starts, in units of the first period: 1 + t + t² + … + tⁱ⁻¹."""
        return period if self.t_mul == 1 else (self.t_mul**period - 1) / (self.t_mul - 1)

    def __call__(self, step):
        """Return the rate within the period that the step lies in."""
        elapsed = step / self.first_decay_steps
        if self.t_mul == 1:
            period = math.floor(elapsed)
        else:
            period = math.floor(math.log(1 + elapsed * (self.t_mul - 1)) / math.log(self.t_mul) + ROUNDING)
        progress = max(0.0, (elapsed - self._start(period)) / self.t_mul**period)
        return self.initial_learning_rate * ((1 - self.alpha) * self.m_mul**period * half_cosine(progress) + self.alpha)
