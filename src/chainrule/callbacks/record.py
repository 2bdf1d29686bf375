"""RunRecorder: what happens in a fit, in a file that outlives it."""

from __future__ import annotations

import contextlib
import os
from time import monotonic
from typing import Any

from chainrule.arguments import check_flag
from chainrule.callbacks.base import Callback, CallbackList
from chainrule.callbacks.files import check_path
from chainrule.errors import ArgumentError, NonFiniteLoss, unknown_name

#: Names the folder of runs; where it is set, every fit is recorded.
FOLDER_VARIABLE = "CHAINRULE_RUNS"
FOLDER = "runs"
SNAPSHOTS = ("auto", True, False)
#: Where a loss stopped being a number, as `NonFiniteLoss` knows it.
PLACE = ("layer", "epoch", "batch", "row")


class RunRecorder(Callback):
    """Record a fit in a file of its own: settings, data, machine, every epoch, every step's loss, histograms, output.

    `fit(record=True)` does it with all defaults; take the callback itself to choose a folder, a name, or less. The run
    that it records is the same to the last bit as one that isn't recorded. Training never waits for the disk.

    Parameters
    ----------
    folder : str or path, optional
        Where the file goes; by default the folder that `CHAINRULE_RUNS` names, else `runs`. It is made if need be.
    name : str, optional
        What the run is called; by default the model's name.
    snapshots : {"auto", True, False}, default "auto"
        Histograms of weights, gradients, activations and updates, before training, after epochs 1, 2, 4, 8, … and at
        the end: "auto" as far as they cost no more than half a percent of the time trained so far (or 50 ms), True in
        any case.
    steps : bool, default True
        Whether each step's loss is recorded. Of many steps every second is kept, or every fourth, … so that there
        are no more than some thousands.

    Attributes
    ----------
    path : str or None
        The file of the run in hand, or of the last one.

    Raises
    ------
    ArgumentError
        If an argument can't be used.
    RunFileError
        When training begins, if the file can't be made.

    Examples
    --------
    >>> RunRecorder("runs", name="half the rate", snapshots=False).name
    'half the rate'
    """

    # It sees what other callbacks add to the logs, and the learning rate that they leave.
    comes_last = True

    def __init__(self, folder=None, name: str | None = None, snapshots: str | bool = "auto", steps: bool = True):
        owner = type(self).__name__
        self.folder = None if folder is None else check_path(owner, "folder", folder)
        if name is not None and not (isinstance(name, str) and name.strip()):
            raise ArgumentError(f"{owner}'s name is a text, such as 'half the rate'; received {name!r}.")
        if not isinstance(snapshots, (str, bool)) or snapshots not in SNAPSHOTS:
            raise unknown_name(f"choice of {owner}'s snapshots", snapshots, map(str, SNAPSHOTS))
        self.name, self.snapshots = name, snapshots
        self.records_steps = check_flag(owner, "steps", steps)
        self.path: str | None = None
        self.recorder: Any = None
        self._source: Any = None
        self._options: Any = None
        self._taken: Any = None
        self._writer: Any = None
        self._epochs: Any = None
        self._began = 0.0

    @property
    def watches_batches(self) -> bool:
        """False, unless a class of your own that is derived from it does."""
        return type(self) is not RunRecorder and super().watches_batches  # asked every epoch: the answer must be quick

    def expect(self, source, options) -> None:
        """Be told by `fit` which data and arguments there will be."""
        self._source, self._options = source, options

    def on_train_begin(self, logs=None) -> None:
        """Open the run's file, and take the first snapshot."""
        from chainrule.callbacks.epochs import Epochs
        from chainrule.callbacks.run_data import describe_data
        from chainrule.callbacks.run_settings import describe_settings
        from chainrule.callbacks.snapshots import Snapshots
        from chainrule.callbacks.steps import Steps
        from chainrule.runs import Recorder

        self.close()  # where it was used without `fit`, a run may still be open
        model = self.model
        self.recorder = Recorder(
            self.folder or os.environ.get(FOLDER_VARIABLE) or FOLDER,
            name=self.name or model.name,
            settings=describe_settings(model, self._options, self.params, self.callback_list),
            data=describe_data(model, self._source),
            seed=model.seed,
        )
        self.path = model.history.run = str(self.recorder.path)
        writer, optimizer = self.recorder.writer, model.optimizer
        self._began, self._writer, self._epochs = monotonic() - self.recorder.seconds, writer, Epochs()
        writer.sources.append(self._epochs.take)
        if self.records_steps:
            self.step_recorder = Steps(optimizer, writer.batch.thinning)
            writer.sources.append(self.step_recorder.take)
        if self.snapshots:
            self._taken = Snapshots(model, self.recorder, self._source, always=self.snapshots is True)
            self._taken.begin()

    def on_epoch_end(self, epoch, logs=None) -> None:
        """Record the epoch's numbers and its learning rate, as they are when all other callbacks had their turn."""
        if self.recorder is None:
            return
        optimizer = self.model.optimizer
        rate = None if optimizer.full_batch else optimizer.current_learning_rate
        self._epochs.add(epoch, optimizer.iterations, monotonic() - self._began, rate, logs or {})
        if self._taken is not None:
            self._taken.after_epoch()
        if self._writer.trouble is not None:
            self.recorder.tell_trouble()

    def on_train_end(self, logs=None) -> None:
        """Take the last snapshot."""
        if self._taken is not None:
            self._taken.end()

    def close(self, error: BaseException | None = None) -> None:
        """Close the run's file, with how the run ended; `fit` calls it whatever happened."""
        recorder, taken, steps = self.recorder, self._taken, self.step_recorder
        self.recorder = self._taken = self.step_recorder = None
        if recorder is None:
            return
        if steps is not None:
            steps.close()
        if taken is not None:
            taken.close()
        if error is None:
            reason = self.model.history.stopped
            recorder.finish("finished" if reason is None else "stopped", reason=reason)
        elif isinstance(error, Exception):
            if isinstance(error, NonFiniteLoss):
                recorder.note("non_finite", {name: getattr(error, name) for name in PLACE})
            recorder.exception(error)
            recorder.finish("failed", reason=f"{type(error).__name__}: {error}")
        else:  # a second Ctrl-C, or a program that ends itself
            recorder.finish("stopped", reason=f"Stopped by {type(error).__name__}.")


def recorder_for(record: Any) -> RunRecorder | None:
    """Return the callback that `fit(record=…)` asks for, or None.

    Raises
    ------
    ArgumentError
        If it is neither True, False, a folder nor a RunRecorder.
    """
    if isinstance(record, RunRecorder):
        return record
    if record is None:
        return RunRecorder() if os.environ.get(FOLDER_VARIABLE) else None
    if isinstance(record, bool):
        return RunRecorder() if record else None
    if isinstance(record, (str, os.PathLike)) and str(record):
        return RunRecorder(record)
    raise ArgumentError(
        f"record is True, False, the folder of the runs, or a RunRecorder; received {record!r}: write record=True."
    )


@contextlib.contextmanager
def recorded(callbacks: CallbackList, source, options):
    """Tell the RunRecorder among callbacks, if there is one, of the data, and close its run however the fit ends.

    Raises
    ------
    ArgumentError
        If there are several.
    """
    recorders = [callback for callback in callbacks if isinstance(callback, RunRecorder)]
    if len(recorders) > 1:
        raise ArgumentError(f"callbacks holds {len(recorders)} RunRecorders; one records the whole fit: keep one.")
    if not recorders:
        yield
        return
    recorders[0].expect(source, options)
    try:
        yield
    except BaseException as error:
        recorders[0].close(error)
        raise
    recorders[0].close()
