"""SeriesRecorder: one run for several fits, one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule.callbacks.monitor import is_number
from chainrule.callbacks.record import RunRecorder

#: Under this name each epoch says of which network it is, counted from 1.
NETWORK, LOSS = "network", "loss"


class SeriesRecorder(RunRecorder):
    """Record all networks that are trained within a `with` block as one run, one after the other.

    A table's model is chosen among many small networks, each a fit of its own. Their steps and epochs are counted on
    from one to the next, and each epoch has the number of its network beside its losses.

    Parameters
    ----------
    folder : str or path, optional
        By default the folder that `CHAINRULE_RUNS` names, else `runs`.
    name : str, optional
        What the run is called; by default the first model's name.
    about : dict, optional
        Settings to be recorded beside those of the first network.
    seed : int, optional
        By default the first model's.
    snapshots : {"auto", True, False}, default False
        Histograms of each network, as `RunRecorder` takes them.

    Attributes
    ----------
    path : str or None
        The file; None until the first network begins to train.
    id : str or None
        By which `chainrule runs` finds it.

    Examples
    --------
    >>> import tempfile
    >>> from chainrule.runs import Run
    >>> from chainrule.tables import TableModel
    >>> table = {"x": [0, 1] * 20, "y": ["no", "yes"] * 20}
    >>> folder = tempfile.TemporaryDirectory()
    >>> with SeriesRecorder(folder.name, name="two networks") as recorder:
    ...     model = TableModel.fit(table, target="y", layers=[2], restarts=2, epochs=3, callbacks=recorder)
    >>> Run(recorder.path).epochs["network"]
    [1.0, 1.0, 1.0, 2.0, 2.0, 2.0]
    >>> folder.cleanup()
    """

    def __init__(
        self,
        folder=None,
        name: str | None = None,
        about: Mapping[str, Any] | None = None,
        seed: int | None = None,
        snapshots: str | bool = False,
    ):
        super().__init__(folder, name, snapshots)
        self.about, self.seed = dict(about or {}), seed
        self.id: str | None = None
        self._run: Any = None  # the recorder of the whole command; `self.recorder` is that of one network
        self._network = self._steps = self._epochs = 0
        self._interrupted = False

    def on_train_begin(self, logs=None) -> None:
        """Open the file for the first network, and go on in it for the others."""
        from chainrule.callbacks.snapshots import Snapshots

        if self._run is None:
            self._run = self._begin_run()
            self.path, self.id = str(self._run.path), self._run.id
        self._network += 1
        self.model.history.run = self.path
        self.recorder = Continued(self._run, self._network, self._steps, self._epochs)
        self.step_recorder = Losses(self.recorder)
        if self.snapshots:
            self._taken = Snapshots(self.model, self.recorder, self._source, always=self.snapshots is True)
            self._taken.begin()

    def _begin_run(self) -> Any:
        from chainrule.callbacks.run_data import describe_data
        from chainrule.callbacks.run_settings import describe_settings
        from chainrule.runs import Recorder, default_folder

        model = self.model
        return Recorder(
            self.folder or default_folder(),
            name=self.name or model.name,
            settings=self.about | describe_settings(model, self._options, self.params, self.callback_list),
            data=describe_data(model, self._source),
            seed=model.seed if self.seed is None else self.seed,
        )

    def on_epoch_end(self, epoch, logs=None) -> None:
        """Record the epoch's numbers and its learning rate, as they are when all other callbacks had their turn."""
        if self.recorder is None:
            return
        values = {name: float(value) for name, value in (logs or {}).items() if is_number(value)}
        optimizer = self.model.optimizer
        if not optimizer.full_batch:
            values.setdefault("learning_rate", optimizer.current_learning_rate)
        self.step_recorder.hand_over()
        self.recorder.epoch(epoch, optimizer.iterations, values)
        if self._taken is not None:
            self._taken.after_epoch()

    def close(self, error: BaseException | None = None) -> None:
        """End one network's part; `fit` calls it whatever happened."""
        ended, taken, losses = self.recorder, self._taken, self.step_recorder
        self.recorder = self._taken = self.step_recorder = None
        if losses is not None:
            losses.close()
        if taken is not None:
            taken.close()
        if ended is None:
            return
        self._steps += self.model.optimizer.iterations
        self._epochs += len(self.model.history.epoch)
        self._interrupted = self._interrupted or self.model.history.interrupted
        why = self.model.history.stopped if error is None else f"{type(error).__name__}: {error}"
        if why is not None:
            self._run.note(f"{NETWORK} {self._network}", why)

    def __enter__(self) -> SeriesRecorder:
        return self

    def __exit__(self, kind, error, trace) -> None:
        """End the run, with how the command ended."""
        if self._run is None:
            return
        if error is None and self._interrupted:
            self._run.finish("stopped", reason="Ctrl-C ended the training.")
        else:
            self._run.__exit__(kind, error, trace)


class Continued:
    """The recorder of one network among several: its steps and epochs go on where those before it ended."""

    def __init__(self, run: Any, network: int, steps: int, epochs: int):
        self._run, self._network, self._steps, self._epochs = run, network, steps, epochs
        self.note, self.charge = run.note, run.charge

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Record numbers of one step of the network."""
        self._run.log(self._steps + step, values)

    def log_steps(self, first: int, values: Mapping[str, Any]) -> None:
        """Record numbers of steps of the network that follow each other."""
        self._run.log_steps(self._steps + first, values)

    def epoch(self, number: int, step: int, values: Mapping[str, float]) -> None:
        """Record an epoch of the network."""
        self._run.epoch(self._epochs + number, self._steps + step, {NETWORK: self._network, **values})

    def histogram(self, step: int, *arguments: Any, **statistics: Any) -> None:
        """Record how numbers of a layer are spread."""
        self._run.histogram(self._steps + step, *arguments, **statistics)


class Losses:
    """Hands each step's loss from the training loops to a recorder: one by one, or a call of the core's at a time."""

    def __init__(self, recorder: Any):
        self._recorder, self._network = recorder, None
        self._first, self._losses = 0, np.empty(0)

    def one(self, step: int, loss: float) -> None:
        """Record the loss of one step."""
        self._recorder.log(step, {LOSS: loss})

    def prepare(self, network: Any, step: int, n: int, rates: Any) -> None:
        """Let the core write the losses of n steps, from `step` on; their learning rates stand with the epochs."""
        self.hand_over()
        self._network, self._first, self._losses = network, step, np.full(n, np.nan)
        network.keep_losses(self._losses, step)

    def hand_over(self) -> None:
        """Record the losses of the steps that were taken since: of those to come there are none yet."""
        n = int(np.isfinite(self._losses).sum())
        if n:
            self._recorder.log_steps(self._first, {LOSS: self._losses[:n]})
            self._first, self._losses = self._first + n, self._losses[n:]

    def close(self) -> None:
        """Record the last ones, and let the core write none any more."""
        self.hand_over()
        if self._network is not None:
            self._network.keep_losses(None, 0)
