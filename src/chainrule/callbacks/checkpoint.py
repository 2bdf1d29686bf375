"""ModelCheckpoint: the model in a file, each epoch or at its best."""

from __future__ import annotations

import math
import os
from typing import Any

from chainrule.arguments import check_flag, check_number, check_whole
from chainrule.callbacks.base import Callback
from chainrule.callbacks.files import EPOCH, check_path, make_folder
from chainrule.callbacks.monitor import Monitor, is_number
from chainrule.errors import ArgumentError


class ModelCheckpoint(Callback):
    """Write the model after each epoch, or only where it is the best so far.

    Parameters
    ----------
    filepath : str or path
        May hold `{epoch:02d}` (counted from 1) and any number of the logs, such as `{val_loss:.4f}`. Missing folders
        are made.
    monitor : str, default "val_loss"
        With `save_best_only`: the number that must get better.
    verbose : int, default 0
        Above 0, a line says what was written.
    save_best_only : bool, default False
    save_weights_only : bool, default False
        Call `model.save_weights` instead of `model.save`.
    mode : {"auto", "min", "max"}, default "auto"
        Whether less is better or more; "auto" asks the metric.
    save_freq : "epoch" or int, default "epoch"
        A number writes every so many batches.
    initial_value_threshold : float, optional
        With `save_best_only`: the value to beat at first.

    Notes
    -----
    Where the loss or the monitored number is NaN or infinite nothing is written, so a good file stays; each file is
    written whole or not at all.

    Raises
    ------
    ArgumentError
        If an argument can't be used; when it writes, if the path names a number that is not in the logs.
    ModelFileError
        If the file can't be written.

    Examples
    --------
    >>> ModelCheckpoint("models/{epoch:02d}-{val_loss:.4f}.safetensors").path(0, {"val_loss": 0.5})
    'models/01-0.5000.safetensors'
    """

    def __init__(
        self,
        filepath,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = EPOCH,
        initial_value_threshold: float | None = None,
    ):
        owner = type(self).__name__
        self.filepath = check_path(owner, "filepath", filepath)
        self.monitor, self.mode, self.verbose = monitor, mode, verbose
        self.save_best_only = check_flag(owner, "save_best_only", save_best_only)
        self.save_weights_only = check_flag(owner, "save_weights_only", save_weights_only)
        self.save_freq = save_freq if save_freq == EPOCH else check_whole(owner, "save_freq", save_freq)
        threshold = initial_value_threshold
        self.initial_value_threshold = threshold
        self.best = None if threshold is None else check_number(owner, "initial_value_threshold", threshold)
        self._watch = Monitor(owner, monitor, mode)
        self._epoch, self._batches = 0, 0

    @property
    def watches_batches(self) -> bool:
        """True where the file is written every so many batches."""
        return self.save_freq != EPOCH or type(self) is not ModelCheckpoint

    def on_epoch_begin(self, epoch, logs=None) -> None:
        """Remember the epoch, for files that are written within it."""
        self._epoch = epoch

    def on_train_batch_end(self, batch, logs=None) -> None:
        """Write every `save_freq` batches."""
        self._batches += 1
        if isinstance(self.save_freq, int) and self._batches % self.save_freq == 0:
            self._save(self._epoch, logs or {})

    def on_epoch_end(self, epoch, logs=None) -> None:
        """Write after the epoch."""
        if self.save_freq == EPOCH:
            self._save(epoch, logs or {})

    def _save(self, epoch: int, logs: dict[str, Any]) -> None:
        measured = [logs[name] for name in ("loss", self.monitor) if name in logs and is_number(logs[name])]
        if not all(math.isfinite(value) for value in measured):
            return
        if self.save_best_only and not self._is_best(epoch, logs):
            return
        path = self.path(epoch, logs)
        make_folder(type(self).__name__, os.path.dirname(path))
        (self.model.save_weights if self.save_weights_only else self.model.save)(path)
        if self.verbose:
            from chainrule.saving.paths import target_of

            self.say(f"epoch {epoch + 1}: wrote {target_of(path)}")

    def _is_best(self, epoch: int, logs: dict[str, Any]) -> bool:
        value = self._watch.read(logs, self.model, self.params, epoch)
        if value is None or not self._watch.better(value, self.best):
            return False
        self.best = value
        return True

    def path(self, epoch: int, logs: dict[str, Any]) -> str:
        """Return the path of an epoch (counted from 0)."""
        try:
            return self.filepath.format(**{**logs, EPOCH: epoch + 1})
        except (KeyError, IndexError, ValueError, TypeError, AttributeError) as error:
            raise ArgumentError(
                f"ModelCheckpoint can't fill in its path {self.filepath!r} ({error}); it may name "
                f"{', '.join([EPOCH, *logs])}, as in {{epoch:02d}}."
            ) from None

    def get_state(self) -> dict[str, Any]:
        """Return the best value so far and the number of batches."""
        return {"best": self.best, "batches": self._batches}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from the best value."""
        self.best, self._batches = state["best"], state["batches"]
