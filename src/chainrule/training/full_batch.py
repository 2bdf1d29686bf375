"""Training with an optimizer that takes all rows at once (L-BFGS): each of its iterations counts as an epoch."""

from __future__ import annotations

import numpy as np

from chainrule.errors import ArgumentError
from chainrule.training.batches import ArraySource
from chainrule.training.diagnosis import non_finite_loss
from chainrule.training.step import NonFinite, StepResult
from chainrule.training.tracker import Tracker


class FullBatchLoop:
    """Runs `optimizer.minimize` on the loss of all rows.

    Parameters
    ----------
    model : Model
    source : ArraySource
    callbacks : CallbackList
    after_epoch : callable
        `after_epoch(epoch, logs)` validates and calls the callbacks.
    """

    def __init__(self, model, source, callbacks, after_epoch):
        if not isinstance(source, ArraySource):
            raise ArgumentError(
                f"{type(model.optimizer).__name__} needs all rows at once, and a generator gives them batch by batch: pass arrays, or "
                "choose another optimizer, such as 'adam'."
            )
        self.model, self.callbacks, self.after_epoch = model, callbacks, after_epoch
        rows = np.arange(source.n_rows) if source.rows is None else source.rows
        self.batch = source.whole(rows)
        self.tracker = Tracker(model.compilation)
        self.logs: dict[str, float] = {}

    def run(self, first: int, epochs: int) -> dict[str, float]:
        """Minimise, for at most `epochs` iterations; return the last epoch's losses and metrics."""
        step, model = self.model.training_step, self.model
        latest = None

        def function(theta):
            nonlocal latest
            run, measured = step.gradients(self.batch, model.seed, 0)
            latest = StepResult(measured, step.engine.outputs(run), self.batch.size), run
            return measured.total, step.parameters.gradient

        def after_iteration(number, loss):
            epoch = first + number - 1
            self.callbacks.on_epoch_begin(epoch, {})
            result, run = latest
            for weight, new in run.state:
                weight.value[...] = new
            self.tracker.reset()
            self.tracker.add(result, self.batch)
            self.logs = self.tracker.logs()
            self.after_epoch(epoch, self.logs)
            return model.stop_training or epoch + 1 >= epochs

        try:
            model.optimizer.minimize(function, step.parameters.theta, after_iteration)
        except NonFinite as failure:
            raise non_finite_loss(model, failure, self.batch, first, 0) from None
        return self.logs
