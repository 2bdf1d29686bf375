"""Callbacks that change the learning rate from epoch to epoch."""

from __future__ import annotations

import inspect

from chainrule.arguments import check_number, check_whole
from chainrule.callbacks.base import Callback
from chainrule.callbacks.monitor import Monitor
from chainrule.errors import ArgumentError


class LearningRateScheduler(Callback):
    """Set the learning rate at the beginning of each epoch.

    Parameters
    ----------
    schedule : callable
        `schedule(epoch, rate)` or `schedule(epoch)` returns the rate.
    verbose : int, default 0
        Above 0 prints a line an epoch.

    Raises
    ------
    ArgumentError
        If the schedule can't be called, or returns something that is no rate.
    """

    def __init__(self, schedule, verbose=0):
        super().__init__()
        if not callable(schedule):
            raise ArgumentError(f"LearningRateScheduler takes a function of the epoch; received {schedule!r}.")
        self.schedule, self.verbose = schedule, verbose
        self._takes_rate = _takes_two(schedule)

    def on_epoch_begin(self, epoch, logs=None) -> None:
        """Ask the schedule and set the rate."""
        optimizer = self.model.optimizer
        rate = self.schedule(epoch, optimizer.current_learning_rate) if self._takes_rate else self.schedule(epoch)
        optimizer.learning_rate = check_number("LearningRateScheduler", "the schedule's result", rate, 0)
        if self.verbose:
            print(f"epoch {epoch + 1}: learning rate {float(rate):.3g}")

    def on_epoch_end(self, epoch, logs=None) -> None:
        """Put the rate into the epoch's logs."""
        if logs is not None:
            logs["learning_rate"] = self.model.optimizer.current_learning_rate


def _takes_two(function) -> bool:
    try:
        inspect.signature(function).bind(0, 0.1)
    except (TypeError, ValueError):
        return False
    return True


class ReduceLROnPlateau(Callback):
    """Lower the learning rate when a watched number has stopped becoming better.

    Parameters
    ----------
    monitor : str, default "val_loss"
    factor : float, default 0.1
        The rate is multiplied by it; above 0 and below 1.
    patience : int, default 10
        How many epochs without improvement are borne.
    verbose : int, default 0
    mode : {"auto", "min", "max"}, default "auto"
    min_delta : float, default 1e-4
    cooldown : int, default 0
        Epochs after a change that are not counted.
    min_lr : float, default 0
        The rate never goes below.

    Raises
    ------
    ArgumentError
        If an argument can't be used, or the watched number is not among the epoch's.
    """

    def __init__(
        self, monitor="val_loss", factor=0.1, patience=10, verbose=0, mode="auto", min_delta=1e-4, cooldown=0, min_lr=0.0
    ):
        super().__init__()
        owner = "ReduceLROnPlateau"
        self.monitor = Monitor(owner, monitor, mode, check_number(owner, "min_delta", min_delta))
        self.factor = check_number(owner, "factor", factor, 0, 1, above=True, below=True)
        self.patience, self.cooldown = check_whole(owner, "patience", patience, 0), check_whole(owner, "cooldown", cooldown, 0)
        self.min_lr, self.verbose = check_number(owner, "min_lr", min_lr, 0), verbose
        self._reset()

    def _reset(self) -> None:
        self.best, self.wait, self.cooling = self.monitor.worst(), 0, 0

    def on_train_begin(self, logs=None) -> None:
        """Start counting."""
        self._reset()

    def on_epoch_end(self, epoch, logs=None) -> None:
        """Compare, and lower the rate when patience is out."""
        value = self.monitor.value(logs)
        optimizer = self.model.optimizer
        if logs is not None:
            logs["learning_rate"] = optimizer.current_learning_rate
        if self.cooling > 0:
            self.cooling -= 1
            self.wait = 0
        if self.monitor.better(value, self.best):
            self.best, self.wait = value, 0
        elif self.cooling == 0:
            self.wait += 1
            rate = optimizer.current_learning_rate
            if self.wait >= self.patience and rate > self.min_lr:
                optimizer.learning_rate = max(rate * self.factor, self.min_lr)
                self.cooling, self.wait = self.cooldown, 0
                if self.verbose:
                    print(f"epoch {epoch + 1}: learning rate lowered to {optimizer.current_learning_rate:.3g}")

    def get_state(self):
        """Return the counters."""
        best = None if self.best in (float("inf"), float("-inf")) else self.best
        return {"best": best, "wait": self.wait, "cooling": self.cooling}

    def set_state(self, state) -> None:
        """Go on from counters."""
        self.best = self.monitor.worst() if state["best"] is None else state["best"]
        self.wait, self.cooling = state["wait"], state["cooling"]
