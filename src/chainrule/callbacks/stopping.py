"""Callbacks that end training."""

from __future__ import annotations

import math


from chainrule.arguments import check_flag, check_number, check_whole
from chainrule.callbacks.base import Callback
from chainrule.callbacks.monitor import Monitor


class EarlyStopping(Callback):
    """End training when a watched number has not become better for some epochs, and put the best weights back.

    Parameters
    ----------
    monitor : str, default "val_loss"
    min_delta : float, default 0
        How much better counts as better.
    patience : int, default 0
        How many epochs without improvement are borne.
    verbose : int, default 0
        Above 0 prints a line when training is ended.
    mode : {"auto", "min", "max"}, default "auto"
        Which way is better; "auto" goes by the name.
    baseline : float, optional
        The value that must be beaten at first.
    restore_best_weights : bool, default True
        Whether the weights of the best epoch are put back at the end. (Keras: False.)
    start_from_epoch : int, default 0
        Epochs before it are not looked at.

    Raises
    ------
    ArgumentError
        If an argument can't be used, or the watched number is not among the epoch's.
    """

    def __init__(
        self,
        monitor="val_loss",
        min_delta=0.0,
        patience=0,
        verbose=0,
        mode="auto",
        baseline=None,
        restore_best_weights=True,
        start_from_epoch=0,
    ):
        super().__init__()
        self.monitor = Monitor("EarlyStopping", monitor, mode, check_number("EarlyStopping", "min_delta", min_delta))
        self.patience = check_whole("EarlyStopping", "patience", patience, 0)
        self.start_from_epoch = check_whole("EarlyStopping", "start_from_epoch", start_from_epoch, 0)
        self.baseline = None if baseline is None else check_number("EarlyStopping", "baseline", baseline)
        self.restore_best_weights = check_flag("EarlyStopping", "restore_best_weights", restore_best_weights)
        self.verbose = verbose
        self._reset()

    def _reset(self) -> None:
        self.wait, self.stopped_epoch, self.best_epoch = 0, 0, 0
        self.best = self.monitor.worst() if self.baseline is None else self.baseline
        self.best_weights = None

    def on_train_begin(self, logs=None) -> None:
        """Start counting."""
        self._reset()

    def on_epoch_end(self, epoch, logs=None) -> None:
        """Compare, and end training when patience is out."""
        value = self.monitor.value(logs)
        if epoch < self.start_from_epoch:
            return
        if self.best_weights is None and self.restore_best_weights:
            self.best_weights, self.best_epoch = self.model.get_weights(), epoch
        self.wait += 1
        if self.monitor.better(value, self.best):
            self.best, self.best_epoch = value, epoch
            self.wait = 0
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop(
                f"EarlyStopping: {self.monitor.name} has not improved for {self.wait} epochs; the best was epoch "
                f"{self.best_epoch + 1}."
            )

    def on_train_end(self, logs=None) -> None:
        """Put the best weights back."""
        if self.best_weights is not None:
            self.model.set_weights(self.best_weights)
        if self.stopped_epoch and self.verbose:
            print(f"epoch {self.stopped_epoch + 1}: early stopping; the best epoch was {self.best_epoch + 1}")

    def get_state(self):
        """Return the counters and the best weights."""
        state = {"wait": self.wait, "best": self.best, "best_epoch": self.best_epoch, "has_weights": self.best_weights is not None}
        state["best"] = self.best if math.isfinite(self.best) else None
        state.update({f"weight_{number}": weight for number, weight in enumerate(self.best_weights or [])})
        return state

    def set_state(self, state) -> None:
        """Go on from counters and best weights."""
        self.wait, self.best_epoch = state["wait"], state["best_epoch"]
        self.best = self.monitor.worst() if state["best"] is None else state["best"]
        n = sum(name.startswith("weight_") for name in state)
        self.best_weights = [state[f"weight_{number}"] for number in range(n)] if state["has_weights"] else None


class TerminateOnNaN(Callback):
    """End training quietly when the loss is NaN or infinite: `fit` returns its History, with the place in `history.stopped`.

    Without it `fit` raises `NonFiniteLoss`. Either way the weights stay those of the last good step. The trainer looks at every
    loss anyway, so this callback has nothing to do but be there.
    """
