"""Callbacks that change the learning rate from epoch to epoch."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from chainrule.arguments import check_number, check_whole
from chainrule.callbacks.base import Callback
from chainrule.callbacks.monitor import Monitor
from chainrule.errors import ArgumentError
from chainrule.schedules import Schedule


def check_settable(owner: str, optimizer: Any) -> None:
    """Refuse an optimizer whose rate is not a number that a callback may change."""
    if optimizer.full_batch:
        raise ArgumentError(
            f"{owner} changes a learning rate, and {type(optimizer).__name__} finds the length of each step by itself: "
            "leave the callback out."
        )
    if isinstance(optimizer.learning_rate, Schedule):
        raise ArgumentError(
            f"{owner} would overrule the optimizer's schedule {optimizer.learning_rate!r}: compile with a number as "
            "learning_rate, or leave the callback out."
        )


class LearningRateScheduler(Callback):
    """Set the learning rate at the beginning of each epoch, by a function of your own.

    Parameters
    ----------
    schedule : callable
        `schedule(epoch, rate)` or `schedule(epoch)` returns the epoch's rate; epochs are counted from 0, and `rate` is
        the one in use.
    verbose : int, default 0
        Above 0, a line an epoch says the rate.

    Raises
    ------
    ArgumentError
        If the schedule can't be called or returns no rate, or the optimizer has a schedule already.

    Examples
    --------
    >>> LearningRateScheduler(lambda epoch, rate: rate if epoch < 10 else rate * 0.9).schedule(10, 0.5)
    0.45
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0):
        if not callable(schedule):
            raise ArgumentError(f"LearningRateScheduler's schedule is a function of the epoch; received {schedule!r}.")
        self.schedule, self.verbose = schedule, verbose
        self._takes_rate = _takes_two(schedule)

    def on_train_begin(self, logs=None) -> None:
        """See that the rate can be set."""
        check_settable("LearningRateScheduler", self.model.optimizer)

    def on_epoch_begin(self, epoch, logs=None) -> None:
        """Ask the function and set the rate."""
        optimizer = self.model.optimizer
        rate = self.schedule(epoch, optimizer.learning_rate) if self._takes_rate else self.schedule(epoch)
        optimizer.learning_rate = check_number("LearningRateScheduler", f"rate for epoch {epoch}", rate, 0)
        if self.verbose:
            self.say(f"epoch {epoch + 1}: learning rate {optimizer.learning_rate:.4g}")

    def on_epoch_end(self, epoch, logs=None) -> None:
        """Put the rate into the epoch's logs."""
        if logs is not None:
            logs["learning_rate"] = self.model.optimizer.learning_rate


def _takes_two(function: Callable[..., Any]) -> bool:
    try:
        inspect.signature(function).bind(0, 0.1)
    except (TypeError, ValueError):
        return False
    return True


class ReduceLROnPlateau(Callback):
    """Lower the learning rate when a watched number has stopped getting better: rate ← max(rate · factor, min_lr).

    Parameters
    ----------
    monitor : str, default "val_loss"
        The number watched, one of those in the History.
    factor : float, default 0.1
        Between 0 and 1.
    patience : int, default 10
        The rate is lowered at the epoch that makes so many in a row without getting better (0 is as 1).
    verbose : int, default 0
        Above 0, a line says each change.
    mode : {"auto", "min", "max"}, default "auto"
        Whether less is better or more; "auto" asks the metric.
    min_delta : float, default 1e-4
        How much better counts as better.
    cooldown : int, default 0
        How many epochs after a change are not counted.
    min_lr : float, default 0
        The rate never goes below it.

    Raises
    ------
    ArgumentError
        If an argument can't be used, or the optimizer has a schedule; after the first epoch, if the watched number is
        not measured.

    Examples
    --------
    >>> ReduceLROnPlateau("loss", factor=1.5)
    Traceback (most recent call last):
    chainrule.errors.ArgumentError: ReduceLROnPlateau's factor is a number between 0 and 1, both excluded; received 1.5.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ):
        owner = type(self).__name__
        self.monitor, self.mode, self.verbose = monitor, mode, verbose
        self.factor = check_number(owner, "factor", factor, 0, 1, above=True, below=True)
        self.patience = check_whole(owner, "patience", patience, 0)
        self.min_delta = check_number(owner, "min_delta", min_delta)
        self.cooldown = check_whole(owner, "cooldown", cooldown, 0)
        self.min_lr = check_number(owner, "min_lr", min_lr, 0)
        self._forget()

    def _forget(self) -> None:
        self._watch = Monitor(type(self).__name__, self.monitor, self.mode, self.min_delta)
        self.best: float | None = None
        self.wait, self.cooldown_counter = 0, 0

    def on_train_begin(self, logs=None) -> None:
        """Start counting, and see that the rate can be set."""
        check_settable(type(self).__name__, self.model.optimizer)
        self._forget()

    def on_epoch_end(self, epoch, logs=None) -> None:
        """Compare, and lower the rate when patience is out."""
        value = self._watch.read(logs, self.model, self.params, epoch)
        if logs is not None:
            logs["learning_rate"] = self.model.optimizer.learning_rate
        if value is None:
            return
        if self.cooldown_counter:
            self.cooldown_counter -= 1
            self.wait = 0
        if self._watch.better(value, self.best):
            self.best, self.wait = value, 0
        elif not self.cooldown_counter:
            self.wait += 1
            if self.wait >= self.patience:
                self._lower(epoch)

    def _lower(self, epoch: int) -> None:
        optimizer = self.model.optimizer
        if optimizer.learning_rate <= self.min_lr:
            return
        optimizer.learning_rate = max(optimizer.learning_rate * self.factor, self.min_lr)
        self.cooldown_counter, self.wait = self.cooldown, 0
        if self.verbose:
            self.say(f"epoch {epoch + 1}: learning rate lowered to {optimizer.learning_rate:.4g}")

    def get_state(self) -> dict[str, Any]:
        """Return the counters; the rate itself is the optimizer's."""
        return {"best": self.best, "wait": self.wait, "cooldown_counter": self.cooldown_counter}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from counters."""
        self.best, self.wait, self.cooldown_counter = state["best"], state["wait"], state["cooldown_counter"]
