"""Schedules that first raise the rate. The legend is in `chainrule.schedules`."""

from __future__ import annotations

from chainrule.arguments import check_choice, check_whole
from chainrule.schedules.base import SCHEDULES, Constant, Schedule
from chainrule.schedules.cosine import half_cosine


class LinearWarmup(Schedule):
    """A straight line up to another schedule's first rate, then that schedule from its beginning.

    Parameters
    ----------
    schedule : Schedule or float
        What comes after the warm-up.
    warmup_steps : int
        How many steps the warm-up takes, at least 1.
    initial_learning_rate : float, default 0
        The rate at step 0.

    References
    ----------
    Goyal et al., "Accurate, large minibatch SGD", 2017, section 2.2.

    Examples
    --------
    >>> rate = LinearWarmup(0.5, warmup_steps=10)
    >>> rate(0), rate(5), rate(10), rate(99)
    (0.0, 0.25, 0.5, 0.5)
    """

    def __init__(self, schedule: Schedule | float | dict, warmup_steps: int, initial_learning_rate: float = 0.0):
        self.schedule = SCHEDULES.get(schedule) if isinstance(schedule, (Schedule, dict)) else Constant(schedule)
        self.warmup_steps = check_whole("LinearWarmup", "warmup_steps", warmup_steps)
        self.initial_learning_rate = self._number("initial_learning_rate", initial_learning_rate)

    def __call__(self, step):
        """Return a point of the line, or of the schedule after it."""
        if step >= self.warmup_steps:
            return self.schedule(step - self.warmup_steps)
        span = self.schedule(0) - self.initial_learning_rate
        return self.initial_learning_rate + span * step / self.warmup_steps


class OneCycle(Schedule):
    """Up to a high rate, then down far below the first one: fast training with a known number of steps.

    From `max / initial_divisor` at step 0 to `max`, then to the first rate / `final_divisor` at the last step.

    Parameters
    ----------
    max_learning_rate : float
        The highest rate; `lr_find` suggests one.
    total_steps : int
        Epochs times batches an epoch, at least 2.
    warmup_fraction : float, default 0.3
        The share of the steps that goes up.
    initial_divisor, final_divisor : float, default 25 and 10000
        See above; at least 1.
    shape : {"cosine", "linear"}, default "cosine"
        The form of both flanks.

    References ---------- Smith and Topin, "Super-convergence: very fast training of neural networks using large
    learning rates", 2018. The numbers are those of PyTorch's `OneCycleLR`.

    Examples
    --------
    >>> rate = OneCycle(0.5, total_steps=11, warmup_fraction=0.5, shape="linear")
    >>> round(rate(0), 9), round(rate(4), 3), round(rate(10), 9)
    (0.02, 0.447, 2e-06)
    """

    def __init__(
        self,
        max_learning_rate: float,
        total_steps: int,
        warmup_fraction: float = 0.3,
        initial_divisor: float = 25.0,
        final_divisor: float = 1e4,
        shape: str = "cosine",
    ):
        self.max_learning_rate = self._number("max_learning_rate", max_learning_rate)
        self.total_steps = check_whole("OneCycle", "total_steps", total_steps, 2)
        self.warmup_fraction = self._number("warmup_fraction", warmup_fraction, 0, 1)
        self.initial_divisor = self._number("initial_divisor", initial_divisor, 1)
        self.final_divisor = self._number("final_divisor", final_divisor, 1)
        self.shape = check_choice("OneCycle", "shape", shape, ("cosine", "linear"))

    def __call__(self, step):
        """Return a point of the rising or of the falling flank."""
        last = self.total_steps - 1
        peak = min(max(self.warmup_fraction * self.total_steps - 1, 0.0), last)
        first = self.max_learning_rate / self.initial_divisor
        if step < peak:
            start, end, progress = first, self.max_learning_rate, step / peak
        else:
            start, end = self.max_learning_rate, first / self.final_divisor
            progress = min((step - peak) / (last - peak), 1.0) if last > peak else float(step > peak)
        remaining = half_cosine(progress) if self.shape == "cosine" else 1 - progress
        return end + (start - end) * remaining
