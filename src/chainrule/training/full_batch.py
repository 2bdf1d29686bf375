"""Training with an optimizer that takes all rows at once (L-BFGS): each of its iterations counts as an epoch."""

from __future__ import annotations

import numpy as np

from chainrule.errors import ArgumentError
from chainrule.training.batches import ArraySource
from chainrule.training.diagnosis import report_non_finite
from chainrule.training.step import NonFinite
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
    shuffle : bool
        Means nothing here: all rows are one batch.

    Raises
    ------
    ArgumentError
        If the rows come batch by batch, or a weight has a constraint.
    """

    def __init__(self, model, source, callbacks, after_epoch, shuffle=True):
        name = type(model.optimizer).__name__
        if not isinstance(source, ArraySource):
            raise ArgumentError(
                f"{name} needs all rows at once, and a generator gives them batch by batch: pass arrays, or choose "
                "another optimizer, such as 'adam'."
            )
        constrained = [
            path for path, weight in model.named_weights(trainable_only=True) if weight.constraint is not None
        ]
        if constrained:
            raise ArgumentError(
                f"{name} can't keep the constraint of {constrained[0]!r}, since its line search knows of none: drop "
                "the constraint, or choose another optimizer, such as 'adam'."
            )
        self.model, self.callbacks, self.after_epoch = model, callbacks, after_epoch
        self.batch = source.whole()
        self.tracker = Tracker(model.compilation)
        self.logs: dict[str, float] = {}

    def run(self, first: int, epochs: int) -> dict[str, float]:
        """Minimise, for at most `epochs` iterations; return the last epoch's losses and metrics."""
        if first >= epochs or self.model.stop_training:
            return self.logs
        step, model = self.model.training_step, self.model
        latest, epoch = None, first

        def function(theta):
            nonlocal latest
            latest = step.gradients(self.batch, model.seed, 0)
            return latest.measured.total, step.parameters.gradient.astype(np.float64)

        def after_iteration(number, loss):
            nonlocal epoch
            self._end_epoch(epoch, latest)
            epoch += 1
            if model.stop_training or epoch >= epochs:
                return True
            self.callbacks.on_epoch_begin(epoch, {})
            return False

        try:
            self.callbacks.on_epoch_begin(first, {})
            found = model.optimizer.minimize(function, step.parameters.theta, after_iteration)
        except NonFinite as failure:
            report_non_finite(model, failure, self.batch, epoch, 0, self.callbacks)
        else:
            if epoch < epochs and not model.stop_training:
                model.history.stopped = (
                    f"{type(model.optimizer).__name__} ended after {found.iterations} steps: {found.message}"
                )
        return self.logs

    def _end_epoch(self, epoch, latest) -> None:
        for weight, new in latest.state:
            weight.value[...] = new
        self.tracker.reset()
        self.tracker.add(latest, self.batch)
        self.logs = self.tracker.logs()
        self.after_epoch(epoch, self.logs)
