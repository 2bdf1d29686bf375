"""Callbacks that end training."""

from __future__ import annotations

from typing import Any

from chainrule.arguments import check_flag, check_number, check_whole
from chainrule.callbacks.base import Callback
from chainrule.callbacks.monitor import Monitor


class EarlyStopping(Callback):
    """End training when a watched number has stopped getting better, and put the best weights back.

    Use it with validation: the epochs after the best one only learn the training rows by heart.

    Parameters
    ----------
    monitor : str, default "val_loss"
        The number watched, one of those in the History.
    min_delta : float, default 0
        How much better counts as better.
    patience : int, default 0
        Training ends at the epoch that makes so many in a row without getting better (0 is as 1).
    verbose : int, default 0
        Above 0, a line says when and why.
    mode : {"auto", "min", "max"}, default "auto"
        Whether less is better or more; "auto" asks the metric.
    baseline : float, optional
        An epoch counts as better only if it beats this value too.
    restore_best_weights : bool, default True
        Whether the best epoch's weights are put back, however training ends. (Keras: False.) The optimizer stays as it
        is.
    start_from_epoch : int, default 0
        Epochs before this one (counted from 0) are not looked at.

    Attributes
    ----------
    best, best_epoch, best_weights
        The best value, the epoch it is of (counted from 0) and its weights; None before there is one.
    wait : int
        How many epochs in a row did not get better.
    stopped_epoch : int
        The epoch at which training was ended, 0 if it was not.

    Raises
    ------
    ArgumentError
        If an argument can't be used; after the first epoch, if the watched number is not measured.

    Examples
    --------
    >>> from chainrule.layers import Dense
    >>> from chainrule.models import Sequential
    >>> model = Sequential([Dense(1, input_dim=1)], seed=1)
    >>> model.compile(loss="mse", optimizer="sgd")
    >>> stopping = EarlyStopping("loss", min_delta=1e9, patience=3)
    >>> history = model.fit([[1.0], [2.0]], [1.0, 2.0], epochs=100, callbacks=[stopping], verbose=0)
    >>> history.stopped
    'EarlyStopping: loss has not got better for 3 epochs; the best was epoch 1.'
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0.0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = True,
        start_from_epoch: int = 0,
    ):
        owner = type(self).__name__
        self.monitor, self.mode, self.verbose = monitor, mode, verbose
        self.min_delta = check_number(owner, "min_delta", min_delta)
        self.patience = check_whole(owner, "patience", patience, 0)
        self.baseline = None if baseline is None else check_number(owner, "baseline", baseline)
        self.restore_best_weights = check_flag(owner, "restore_best_weights", restore_best_weights)
        self.start_from_epoch = check_whole(owner, "start_from_epoch", start_from_epoch, 0)
        self._forget()

    def _forget(self) -> None:
        self._watch = Monitor(type(self).__name__, self.monitor, self.mode, self.min_delta)
        self.wait, self.stopped_epoch = 0, 0
        self.best: float | None = None
        self.best_epoch: int | None = None
        self.best_weights: list[Any] | None = None

    def on_train_begin(self, logs=None) -> None:
        """Start counting."""
        self._forget()

    def on_epoch_end(self, epoch, logs=None) -> None:
        """Compare, and end training when patience is out."""
        value = self._watch.read(logs, self.model, self.params, epoch)
        if value is None or epoch < self.start_from_epoch:
            return
        better = self._watch.better(value, self.best)
        if better or self.best_epoch is None:
            self._keep(epoch)
        if better:
            self.best = value
        if better and (self.baseline is None or self._watch.better(value, self.baseline)):
            self.wait = 0
            return
        self.wait += 1
        # A first epoch has nothing to be compared with.
        if not better and self.wait >= self.patience and epoch > 0:
            self._stop(epoch)

    def _keep(self, epoch: int) -> None:
        self.best_epoch = epoch
        if self.restore_best_weights:
            self.best_weights = self.model.get_weights()

    def _stop(self, epoch: int) -> None:
        self.stopped_epoch = epoch
        epochs = "1 epoch" if self.wait == 1 else f"{self.wait} epochs"
        best = self._number(self.best_epoch)
        self.model.stop(f"EarlyStopping: {self.monitor} has not got better for {epochs}; the best was epoch {best}.")

    @staticmethod
    def _number(epoch: int | None) -> int:
        """Return an epoch as messages count them, from 1."""
        return 0 if epoch is None else epoch + 1

    def on_train_end(self, logs=None) -> None:
        """Put the best weights back."""
        if self.best_weights is not None:
            self.model.set_weights(self.best_weights)
        if self.verbose and self.stopped_epoch:
            back = f"; the weights of epoch {self._number(self.best_epoch)} are back" if self.best_weights else ""
            self.say(f"epoch {self.stopped_epoch + 1}: early stopping{back}")

    def get_state(self) -> dict[str, Any]:
        """Return the counters and the best weights."""
        return {"wait": self.wait, "best": self.best, "best_epoch": self.best_epoch, "best_weights": self.best_weights}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from counters and best weights."""
        self.wait, self.best, self.best_epoch = state["wait"], state["best"], state["best_epoch"]
        self.best_weights = state["best_weights"]


class TerminateOnNaN(Callback):
    """End training quietly when the loss is NaN or infinite: `fit` returns its History, `history.stopped` says where.

    Without it `fit` raises `NonFiniteLoss`. Either way no step is taken on such a loss. The trainer looks at every loss
    anyway, so this callback has nothing to do but be there.
    """
