"""Where batches come from: arrays in memory (or memory-mapped), `Sequence`-like objects, generators.

A source is asked for one epoch at a time and yields `Batch`es, already of the model's dtype and checked. Arrays are converted
and checked batch by batch, so that arrays larger than memory are never read whole, and what was seen once is not checked again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.errors import ArgumentError, DataError


@dataclass(eq=False)
class Batch:
    """Arrays of one batch: one for each input; targets and sample weights one for each output (or None)."""

    inputs: list[np.ndarray]
    targets: list[Any]
    weights: list[Any]
    size: int
    rows: np.ndarray | slice


class ArraySource:
    """Batches out of arrays.

    Parameters
    ----------
    inputs, targets, weights : list of array (or None)
        One for each input and output of the model.
    reader : Reader
        Converts and checks (`training.reader`).
    batch_size : int
    rows : ndarray of int, optional
        The rows that belong to this source; all without it.
    """

    def __init__(self, inputs, targets, weights, reader, batch_size, rows=None):
        self.inputs, self.targets, self.weights = inputs, targets, weights
        self.reader, self.batch_size, self.rows = reader, batch_size, rows
        self.n_rows = len(inputs[0]) if rows is None else len(rows)
        self.n_batches = -(-self.n_rows // batch_size)
        self._checked = False

    def epoch(self, order=None):
        """Yield the batches of one pass, in the order of the given permutation of this source's rows."""
        if order is not None and self.rows is not None:
            order = self.rows[order]
        elif order is None:
            order = self.rows
        check = not self._checked
        limit = min(self.n_rows, self.n_batches * self.batch_size)
        for start in range(0, limit, self.batch_size):
            stop = min(start + self.batch_size, self.n_rows)
            rows = slice(start, stop) if order is None else order[start:stop]
            yield self._batch(rows, stop - start, check)
        # Rows that a shorter epoch left out are still to be looked at.
        self._checked = self._checked or limit == self.n_rows

    def whole(self, rows) -> Batch:
        """Return the given rows as one batch."""
        return self._batch(rows, len(rows), True)

    def _batch(self, rows, size, check) -> Batch:
        inputs = [A[rows] for A in self.inputs]
        targets = [None if A is None else A[rows] for A in self.targets]
        weights = [None if A is None else A[rows] for A in self.weights]
        return self.reader.batch(inputs, targets, weights, size, rows, check)


class StreamSource:
    """Batches out of a `Sequence`-like object (`len` and `[i]`) or an iterator.

    Parameters
    ----------
    stream : object
        Gives tuples `(x,)`, `(x, y)` or `(x, y, sample_weight)`.
    reader : Reader
    steps : int, optional
        Batches an epoch; needed where the stream doesn't end by itself.
    """

    def __init__(self, stream, reader, steps=None):
        self.stream, self.reader, self.steps = stream, reader, steps
        self.indexed = hasattr(stream, "__getitem__") and hasattr(stream, "__len__")
        self.restarts = not self.indexed and iter(stream) is not stream
        self._iterator = None if self.indexed or self.restarts else iter(stream)
        self.n_batches = min(steps or len(stream), len(stream)) if self.indexed else steps
        self.n_rows = None
        if self.indexed and len(stream) == 0:
            raise DataError("The sequence of batches is empty: its len() is 0.")

    def epoch(self, order=None):
        """Yield the batches of one pass; for a sequence in the order of the given permutation of its batches."""
        if self.indexed:
            indices = range(self.n_batches) if order is None else order[: self.n_batches]
            items = (self.stream[int(index)] for index in indices)
        else:
            items = iter(self.stream) if self.restarts else self._iterator
        number = 0
        for item in items:
            yield self.reader.item(item, number)
            number += 1
            if self.steps is not None and number >= self.steps:
                break
        if number == 0:
            raise DataError(
                "The generator gave no batch. A generator runs once: pass one that goes on for ever with steps_per_epoch, or an "
                "object whose iter() starts anew."
            )
        if hasattr(self.stream, "on_epoch_end"):
            self.stream.on_epoch_end()


def check_batch_size(batch_size) -> int:
    """Return the batch size (32 for None), or refuse what is not a whole number above 0."""
    if batch_size is None:
        return 32
    if isinstance(batch_size, bool) or not isinstance(batch_size, (int, np.integer)) or batch_size < 1:
        raise ArgumentError(f"batch_size is a whole number above 0; received {batch_size!r}.")
    return int(batch_size)
