"""Callbacks that write the model while it trains."""

from __future__ import annotations

import math
from pathlib import Path

from chainrule.arguments import check_number, check_whole
from chainrule.callbacks.base import Callback
from chainrule.callbacks.monitor import Monitor
from chainrule.errors import ArgumentError

#: The file that `BackupAndRestore` keeps in its folder.
BACKUP_FILE = "backup.safetensors"


class ModelCheckpoint(Callback):
    """Write the model after each epoch, or only where it is the best so far.

    Parameters
    ----------
    filepath : str or Path
        May hold `{epoch:02d}` (from 1) and any number of the logs, such as `{val_loss:.3f}`.
    monitor : str, default "val_loss"
        With `save_best_only`: the number that must become better.
    verbose : int, default 0
    save_best_only, save_weights_only : bool, default False
    mode : {"auto", "min", "max"}, default "auto"
    save_freq : "epoch" or int, default "epoch"
        A number writes every so many batches.
    initial_value_threshold : float, optional
        The value that must be beaten at first.

    Notes
    -----
    A NaN is never better, so it never overwrites a good file; each file is written whole or not at all.

    Raises
    ------
    ArgumentError
        If an argument can't be used, or the path names a number that is not in the logs.
    """

    def __init__(
        self,
        filepath,
        monitor="val_loss",
        verbose=0,
        save_best_only=False,
        save_weights_only=False,
        mode="auto",
        save_freq="epoch",
        initial_value_threshold=None,
    ):
        super().__init__()
        self.filepath, self.verbose = str(filepath), verbose
        self.monitor = Monitor("ModelCheckpoint", monitor, mode)
        self.save_best_only, self.save_weights_only = bool(save_best_only), bool(save_weights_only)
        self.save_freq = save_freq if save_freq == "epoch" else check_whole("ModelCheckpoint", "save_freq", save_freq)
        threshold = initial_value_threshold
        self.best = self.monitor.worst() if threshold is None else check_number("ModelCheckpoint", "initial_value_threshold", threshold)
        self._epoch, self._batches = 0, 0

    @property
    def watches_batches(self) -> bool:
        """True where the file is written every so many batches."""
        return self.save_freq != "epoch"

    def on_epoch_begin(self, epoch, logs=None) -> None:
        """Remember the epoch for files that are written within it."""
        self._epoch = epoch

    def on_train_batch_end(self, batch, logs=None) -> None:
        """Write every `save_freq` batches."""
        self._batches += 1
        if self.save_freq != "epoch" and self._batches % self.save_freq == 0:
            self._save(self._epoch, logs or {})

    def on_epoch_end(self, epoch, logs=None) -> None:
        """Write after the epoch."""
        if self.save_freq == "epoch":
            self._save(epoch, logs or {})

    def _save(self, epoch, logs) -> None:
        if self.save_best_only:
            value = self.monitor.value(logs)
            if not self.monitor.better(value, self.best):
                return
            self.best = value
        elif not math.isfinite(float(logs.get("loss", 0.0))):
            return
        path = self._path(epoch, logs)
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        if self.save_weights_only:
            self.model.save_weights(path)
        else:
            self.model.save(path)
        if self.verbose:
            print(f"epoch {epoch + 1}: wrote {path}")

    def _path(self, epoch, logs) -> str:
        try:
            return self.filepath.format(epoch=epoch + 1, **logs)
        except (KeyError, IndexError) as error:
            raise ArgumentError(
                f"ModelCheckpoint's path {self.filepath!r} names {error}, which is not in the logs; there is: epoch, {', '.join(logs)}."
            ) from error

    def get_state(self):
        """Return the best value so far."""
        return {"best": self.best if math.isfinite(self.best) else None}

    def set_state(self, state) -> None:
        """Go on from the best value."""
        self.best = self.monitor.worst() if state["best"] is None else state["best"]


class BackupAndRestore(Callback):
    """Keep a backup while training, and go on from it when the same script runs again after it died.

    The resumed run takes the same bits as one that never stopped: weights, optimizer, batch order, dropout, and the counters of the
    other callbacks are all taken up.

    Parameters
    ----------
    backup_dir : str or Path
        A folder of its own; it is made if need be.
    save_freq : "epoch" or int, default "epoch"
        Write after each epoch, or after every so many epochs.
    delete_checkpoint : bool, default True
        Whether the backup is deleted when training has come to its end; after Ctrl-C it is kept.
    """

    comes_last = True

    def __init__(self, backup_dir, save_freq="epoch", delete_checkpoint=True):
        super().__init__()
        self.path = Path(backup_dir) / BACKUP_FILE
        self.every = 1 if save_freq == "epoch" else check_whole("BackupAndRestore", "save_freq", save_freq)
        self.delete_checkpoint = bool(delete_checkpoint)

    def _others(self):
        return [callback for callback in self.callback_list if callback is not self]

    def on_train_begin(self, logs=None) -> None:
        """Take up the backup, if there is one."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if not self.path.exists():
            return
        from chainrule.saving import load_checkpoint

        found = load_checkpoint(self.model, self.path)
        states = found["extra"].get("callbacks", {})
        for number, callback in enumerate(self._others()):
            if str(number) in states:
                callback.set_state(states[str(number)])
        self.model._resume_from_epoch = found["epoch"]

    def on_epoch_end(self, epoch, logs=None) -> None:
        """Write the backup, after all other callbacks have had their turn."""
        if (epoch + 1) % self.every:
            return
        from chainrule.saving import save_checkpoint

        states = {str(number): callback.get_state() for number, callback in enumerate(self._others())}
        save_checkpoint(self.model, self.path, epoch=epoch + 1, extra={"callbacks": states})

    def on_train_end(self, logs=None) -> None:
        """Delete the backup, if training has come to its end."""
        interrupted = self.model.history is not None and self.model.history.interrupted
        if self.delete_checkpoint and not interrupted and self.path.exists():
            self.path.unlink()
