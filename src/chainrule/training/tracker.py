"""Losses and metrics gathered over an epoch: of the data as a whole, not averages of batches."""

from __future__ import annotations

import copy

from chainrule.training.native_training import counted_in_core
from chainrule.training.step import StepResult


class Tracker:
    """Adds up what each batch says.

    Parameters
    ----------
    compilation : Compilation
    apart : bool, default False
        Count in copies of the metrics: for what a callback may ask in the middle of an epoch that counts in them too.
    """

    def __init__(self, compilation, apart: bool = False):
        self.outputs = [number for number, loss in enumerate(compilation.losses) if loss is not None]
        self.losses = [compilation.losses[number] for number in self.outputs]
        self.loss_weights = [compilation.loss_weights[number] for number in self.outputs]
        self.loss_names = [f"{compilation.output_names[number]}_loss" for number in self.outputs]
        named = compilation.named_metrics()
        self.metrics = [(name, copy.copy(metric) if apart else metric, *rest) for name, metric, *rest in named]
        self._in_core = [(metric, counted_in_core(metric, weighted)) for _, metric, _, weighted in self.metrics]
        #: Whether some metric has to see the predictions, when the core adds up what it can by itself.
        self.needs_predictions = not all(counted for _, counted in self._in_core)
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._sums = [0.0] * len(self.losses)
        self._counts = [0.0] * len(self.losses)
        self._penalty, self._batches = 0.0, 0
        self.sums: list[float] = []
        for _, metric, *_ in self.metrics:
            metric.reset_state()

    def add(self, result: StepResult, batch) -> None:
        """Add one batch."""
        for number, loss in enumerate(self.losses):
            weights = batch.weights[self.outputs[number]] if loss.reduction == "mean_with_sample_weight" else None
            count = result.size if weights is None else float(weights.sum())
            summed = loss.reduction == "sum"
            self._sums[number] += result.measured.losses[number] * (1 if summed else count)
            self._counts[number] += 0 if summed else count
        self._penalty += result.measured.penalty
        self._batches += 1
        for _, metric, output, weighted in self.metrics:
            metric.update_state(
                batch.targets[output], result.outputs[output], batch.weights[output] if weighted else None
            )

    def carry_on(self, ended) -> None:
        """Take over what the core has added up: losses, and the metrics that it counts by itself.

        The next call of the core is given `sums`, and goes on from there.
        """
        self.sums = ended.sums
        self._sums, self._counts, self._penalty = ended.losses, ended.counts, ended.penalty
        self._batches += ended.batches
        counted = (metric for metric, in_core in self._in_core if in_core)
        for metric, hits, answers in zip(counted, ended.hits, ended.answers, strict=True):
            metric.total, metric.count = hits, answers

    def count_penalty(self, penalty: float) -> None:
        """Let every batch so far count the same penalty: that of weights that don't change."""
        self._penalty = penalty * self._batches

    def add_predictions(self, feed, first: int, outputs) -> None:
        """Let the other metrics see the predictions for rows of a feed, from place `first` on."""
        n_rows = len(outputs[0])
        places = slice(first, first + n_rows) if feed.order is None else feed.order[first : first + n_rows]
        for (_, metric, output, weighted), (_, in_core) in zip(self.metrics, self._in_core, strict=True):
            if not in_core and n_rows:
                weights = feed.weights[output] if weighted else None
                W = None if weights is None else weights[places]
                metric.update_state(feed.targets[output][places], outputs[output], W)

    def loss(self) -> tuple[float, list[float]]:
        """Return the total and each output's loss so far."""
        parts = [total / count if count else total for total, count in zip(self._sums, self._counts, strict=True)]
        total = sum(weight * part for weight, part in zip(self.loss_weights, parts, strict=True))
        return total + (self._penalty / self._batches if self._batches else 0.0), parts

    def logs(self) -> dict[str, float]:
        """Return everything by name."""
        total, parts = self.loss()
        logs = {"loss": total}
        if len(self.losses) > 1:
            logs.update(zip(self.loss_names, parts, strict=True))
        logs.update({name: metric.result() for name, metric, *_ in self.metrics})
        return logs
