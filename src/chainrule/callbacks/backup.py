"""BackupAndRestore: a run that died goes on as if it had not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chainrule.arguments import check_flag, check_whole
from chainrule.callbacks.base import Callback
from chainrule.callbacks.files import EPOCH, check_path, make_folder
from chainrule.errors import ModelFileError

if TYPE_CHECKING:
    from pathlib import Path

#: The file that `BackupAndRestore` keeps in its folder.
BACKUP_FILE = "backup.safetensors"


class BackupAndRestore(Callback):
    """Keep a backup while training, and go on from it when the same script runs again after it died.

    The resumed run gives the same bits as one that never stopped: weights, optimizer, batch order, dropout, the History
    and the counters of the other callbacks are all taken up. An epoch that was cut short is done again from its
    beginning. (L-BFGS goes on from its last point, but SciPy keeps the steps that it remembers to itself: they are
    lost, so the bits differ.)

    Parameters
    ----------
    backup_dir : str or path
        A folder of this run's own; it is made if need be.
    save_freq : "epoch" or int, default "epoch"
        Write after each epoch, or after every so many epochs. (Keras counts batches.)
    delete_checkpoint : bool, default True
        Whether the backup is deleted when training has come to its end. After Ctrl-C, and where training broke off
        within an epoch, it is kept.

    Raises
    ------
    ArgumentError
        If an argument can't be used.
    ModelFileError
        If the backup can't be written or read, or is of another network, optimizer or callbacks.
    """

    comes_last = True

    def __init__(self, backup_dir, save_freq: str | int = EPOCH, delete_checkpoint: bool = True):
        owner = type(self).__name__
        self.backup_dir = check_path(owner, "backup_dir", backup_dir)
        self.save_freq = save_freq if save_freq == EPOCH else check_whole(owner, "save_freq", save_freq)
        self.delete_checkpoint = check_flag(owner, "delete_checkpoint", delete_checkpoint)
        self._within_epoch = False

    @property
    def file(self) -> Path:
        """The file that holds the backup."""
        from pathlib import Path

        return Path(self.backup_dir) / BACKUP_FILE

    def _others(self) -> dict[str, Callback]:
        """Return the other callbacks by class and count, so that one more in the list does not shift the rest."""
        found: dict[str, Callback] = {}
        for callback in self.callback_list or ():
            name = type(callback).__name__
            if callback is not self:
                count = sum(key.rsplit("/", 1)[0] == name for key in found)
                found[f"{name}/{count}"] = callback
        return found

    def on_train_begin(self, logs=None) -> None:
        """Take up the backup, if there is one."""
        self._within_epoch = False
        make_folder(type(self).__name__, self.file.parent)
        if not self.file.exists():
            return
        import logging

        from chainrule.saving import load_checkpoint

        found = load_checkpoint(self.model, self.file)
        self._restore(found["extra"].get("callbacks", {}))
        self.model._resume_from_epoch = found["epoch"]
        logging.getLogger("chainrule").info("resumed after epoch %d from %s", found["epoch"], self.file)

    def _restore(self, states: dict[str, Any]) -> None:
        for name, callback in self._others().items():
            if name not in states:
                continue
            try:
                callback.set_state(states[name])
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise ModelFileError(
                    f"The backup {str(self.file)!r} does not fit {name.rsplit('/', 1)[0]} ({error!r}): "
                    "delete the backup to start anew."
                ) from error

    def on_epoch_begin(self, epoch, logs=None) -> None:
        """Remember that an epoch has begun."""
        self._within_epoch = True

    def on_epoch_end(self, epoch, logs=None) -> None:
        """Write the backup, after all other callbacks have had their turn."""
        self._within_epoch = False
        # A stop may have cut the epoch short; done again from the backup before, it gives the bits of a whole one.
        if self.model.stop_training or (isinstance(self.save_freq, int) and (epoch + 1) % self.save_freq):
            return
        from chainrule.saving import save_checkpoint

        states = {name: callback.get_state() for name, callback in self._others().items()}
        save_checkpoint(self.model, self.file, epoch=epoch + 1, extra={"callbacks": states})

    def on_train_end(self, logs=None) -> None:
        """Delete the backup, if training has come to its end."""
        interrupted = getattr(self.model.history, "interrupted", False)
        # L-BFGS may find within an epoch that it has arrived; what breaks off is stopped too.
        broke_off = self._within_epoch and self.model.stop_training
        if self.delete_checkpoint and not interrupted and not broke_off:
            self.file.unlink(missing_ok=True)
