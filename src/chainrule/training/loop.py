"""The training loop in Python: one batch after the other."""

from __future__ import annotations

from chainrule.random import Stream
from chainrule.training.batches import StreamSource
from chainrule.training.diagnosis import report_non_finite
from chainrule.training.step import NonFinite
from chainrule.training.tracker import Tracker


class Loop:
    """One epoch after the other over a source of batches.

    Parameters
    ----------
    model : Model
    source : ArraySource or StreamSource
    callbacks : CallbackList
    after_epoch : callable
        `after_epoch(epoch, logs)` validates and calls the callbacks.
    shuffle : bool
    """

    def __init__(self, model, source, callbacks, after_epoch, shuffle):
        self.model, self.source, self.callbacks, self.shuffle = model, source, callbacks, shuffle
        self.after_epoch = after_epoch
        self.tracker = Tracker(model.compilation)
        self.recorder = callbacks.step_recorder
        self.failed = False

    def run(self, first: int, epochs: int) -> dict[str, float]:
        """Run the epochs to the last one, or until something stops training; return the last one's logs."""
        logs: dict[str, float] = {}
        for epoch in range(first, epochs):
            if self.model.stop_training:
                break
            self.callbacks.on_epoch_begin(epoch, {})
            logs = self.epoch(epoch)
            if self.failed:
                break
            self.after_epoch(epoch, logs)
        return logs

    def epoch(self, epoch: int) -> dict[str, float]:
        """Run one epoch and return its losses and metrics."""
        model, tracker, callbacks = self.model, self.tracker, self.callbacks
        train, add, seed = model.training_step.train, tracker.add, model.seed
        watched, recorder, optimizer = callbacks.needs_batches, self.recorder, model.optimizer
        tracker.reset()
        for number, batch in enumerate(self.source.epoch(self._order())):
            if watched:
                callbacks.on_train_batch_begin(number, {})
            try:
                result = train(batch, seed)
            except NonFinite as failure:
                self.failed = True
                report_non_finite(model, failure, batch, epoch, number, callbacks)
                break
            add(result, batch)
            if recorder is not None:
                recorder.one(optimizer.iterations - 1, result.measured.total)
            if watched:
                callbacks.on_train_batch_end(number, tracker.logs())
            if model.stop_training:
                break
        return tracker.logs()

    def _order(self):
        """Return the epoch's order: it follows from the seed and the steps taken, so a resumed run has the same."""
        n = self.source.n_batches if isinstance(self.source, StreamSource) else self.source.n_rows
        if not self.shuffle or n is None:
            return None
        return Stream(self.model.seed, "order", step=self.model.optimizer.iterations).permutation(n)
