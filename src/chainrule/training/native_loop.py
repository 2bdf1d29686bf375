"""The training loop on the native engine: many batches in one call of the core, which comes back now and then."""

from __future__ import annotations

import numpy as np

from chainrule.engines.native import GRADIENT_NOT_FINITE, LOSS_NOT_FINITE, Ended, Feed
from chainrule.training.batches import StreamSource
from chainrule.training.diagnosis import report_non_finite
from chainrule.training.feeds import batch_of, feeds
from chainrule.training.loop import Loop
from chainrule.training.objective import Measured


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
        outputs = native.native.new_outputs(feed.n_rows) if tracker.needs_predictions else []
        first = 0
        while first < feed.n_rows:
            if every:
                callbacks.on_train_batch_begin(number, {})
            n_rows = min(batch_size, feed.n_rows - first) if every else feed.n_rows - first
            ended = native.train(feed, first, n_rows, batch_size, model.seed, [Y[first:][:n_rows] for Y in outputs])
            done = min(ended.batches * batch_size, n_rows)
            tracker.add_sums(ended)
            if outputs:
                tracker.add_predictions(feed, first, [Y[first : first + done] for Y in outputs])
            first, number = first + done, number + ended.batches
            if ended.ending in (LOSS_NOT_FINITE, GRADIENT_NOT_FINITE):
                self._report(ended, feed, first, min(batch_size, feed.n_rows - first), epoch, number)
                break
            if some:
                callbacks.on_train_batch_end(number - 1, tracker.logs())
            if model.stop_training:
                break
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
