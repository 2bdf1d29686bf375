"""The training loop on the native engine: many batches in one call of the core, which comes back now and then."""

from __future__ import annotations

import numpy as np

from chainrule.engines.native import GRADIENT_NOT_FINITE, LOSS_NOT_FINITE, Ended, Feed
from chainrule.training.batches import StreamSource
from chainrule.training.diagnosis import report_non_finite
from chainrule.training.feeds import batch_of, feeds
from chainrule.training.loop import Loop
from chainrule.training.objective import Measured

#: Metrics that need the predictions are shown so many batches at a time.
BATCHES_A_LOOK = 64


class NativeLoop(Loop):
    """Runs epochs as `Loop` does, with the steps in the core.

    Callbacks that look at every batch see every batch: then each is a call of its own. Otherwise the core trains for a
    few hundredths of a second at a time, so that Ctrl-C and the progress line are not kept waiting.
    """

    def epoch(self, epoch: int) -> dict[str, float]:
        """Run one epoch and return its losses and metrics."""
        self.tracker.reset()
        number = 0
        for feed in feeds(self.source, self._order()):
            number = self._train(feed, epoch, number)
            if self.failed or self.model.stop_training:
                break
        return self.tracker.logs()

    def _train(self, feed: Feed, epoch: int, number: int) -> int:
        """Train on all of a feed; return the number of the next batch."""
        model, callbacks, tracker = self.model, self.callbacks, self.tracker
        native = model.training_step.native
        some = callbacks.needs_batches
        every = some and callbacks.needs_every_batch
        batch_size = getattr(self.source, "batch_size", feed.n_rows)
        predictions = Predictions(tracker, feed, native.native, batch_size if every else BATCHES_A_LOOK * batch_size)
        first = 0
        while first < feed.n_rows:
            if every:
                callbacks.on_train_batch_begin(number, {})
            n_rows = min(batch_size, feed.n_rows - first) if every else feed.n_rows - first
            outputs = predictions.room(first, n_rows)
            ended = native.train(feed, first, n_rows, batch_size, model.seed, outputs, tracker.sums, self.recorder)
            tracker.carry_on(ended)
            first, number = first + min(ended.batches * batch_size, n_rows), number + ended.batches
            predictions.show(first)
            if ended.ending in (LOSS_NOT_FINITE, GRADIENT_NOT_FINITE):
                self._report(ended, feed, first, min(batch_size, feed.n_rows - first), epoch, number)
                break
            if some:
                callbacks.on_train_batch_end(number - 1, tracker.logs())
            if model.stop_training:
                break
        predictions.show(first, last=True)
        return number

    def _report(self, ended: Ended, feed: Feed, first: int, size: int, epoch: int, number: int) -> None:
        self.failed = True
        model, step = self.model, self.model.training_step
        batch = batch_of(feed, first, size, model.dtype)
        of_gradient = ended.ending == GRADIENT_NOT_FINITE
        measured = Measured(ended.total, [], 0.0)
        failure = step.non_finite(batch, model.seed, model.optimizer.iterations, measured, of_gradient)
        report_non_finite(model, failure, batch, epoch, number, self.callbacks)

    def _order(self):
        """Return the epoch's order, as `Loop` does, made by the core."""
        n = self.source.n_batches if isinstance(self.source, StreamSource) else self.source.n_rows
        if not self.shuffle or n is None:
            return None
        order = np.empty(n, np.int64)
        self.model.training_step.native.native.core.permute(order, self.model.seed, 0, self.model.optimizer.iterations)
        return order


class Predictions:
    """What the metrics that the core can't count are shown: a feed's predictions, in stretches of fixed length.

    The length is fixed, since where a call of the core ends must not be seen in the last bit of a metric.
    """

    def __init__(self, tracker, feed: Feed, native, stretch: int):
        self.tracker, self.feed, self.stretch, self.shown = tracker, feed, stretch, 0
        self.outputs = native.new_outputs(feed.n_rows) if tracker.needs_predictions else []

    def room(self, first: int, n_rows: int) -> list[np.ndarray]:
        """Return where the core writes the predictions of these rows."""
        return [Y[first : first + n_rows] for Y in self.outputs]

    def show(self, done: int, last: bool = False) -> None:
        """Show the metrics all whole stretches up to row `done`; at last the rest as well."""
        while self.outputs and self.shown < done and (last or self.shown + self.stretch <= done):
            n_rows = min(self.stretch, done - self.shown)
            self.tracker.add_predictions(self.feed, self.shown, self.room(self.shown, n_rows))
            self.shown += n_rows
