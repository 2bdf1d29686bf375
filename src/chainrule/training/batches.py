"""Where batches come from: arrays in memory or on disk, `Sequence`-like objects, generators.

A source is asked for one epoch at a time and yields `Batch`es, already of the model's dtype and checked. Arrays in
memory of a moderate size are converted and checked once, and gathered once an epoch, so that a batch is a slice.
Larger and memory-mapped ones are converted and checked batch by batch and never read whole; what was seen once is not
checked again.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.errors import DataError

#: Up to so many bytes (64 MiB, in the model's dtype) arrays are converted as a whole.
WHOLE_BYTES = 2**26


@dataclass(eq=False, slots=True)
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
    steps : int, optional
        At most so many batches an epoch.
    """

    def __init__(self, inputs, targets, weights, reader, batch_size, rows=None, steps=None):
        self.inputs, self.targets, self.weights = inputs, targets, weights
        self.reader, self.batch_size, self.rows = reader, batch_size, rows
        self.n_rows = len(inputs[0]) if rows is None else len(rows)
        self.n_batches = -(-self.n_rows // batch_size)
        if steps is not None:
            self.n_batches = min(self.n_batches, steps)
        self.checked = False
        self.whole_batch: Batch | None = None

    def prepare(self) -> None:
        """Convert and check arrays that are small enough, before anything is trained."""
        arrays = [A for A in (*self.inputs, *self.targets, *self.weights) if A is not None]
        size = self.bytes_a_row * self.n_rows
        if self.whole_batch is None and size <= WHOLE_BYTES and not any(on_disk(A) for A in arrays):
            self.whole_batch = self.whole()

    @property
    def bytes_a_row(self) -> int:
        """What a row takes in the model's dtype, targets and weights included."""
        arrays = [A for A in (*self.inputs, *self.targets, *self.weights) if A is not None]
        return sum(A[:1].size for A in arrays) * self.reader.dtype.itemsize

    def whole(self) -> Batch:
        """Return all rows of this source as one batch."""
        return self.batch(slice(0, self.n_rows) if self.rows is None else self.rows, self.n_rows, True)

    def epoch(self, order=None):
        """Yield the batches of one pass, in the order of the given permutation of this source's rows."""
        self.prepare()
        limit = min(self.n_rows, self.n_batches * self.batch_size)
        if order is not None:
            order = order[:limit]
        return self._slices(order, limit) if self.whole_batch is not None else self._read(order, limit)

    def _slices(self, order, limit):
        """Yield slices of the arrays, gathered once in the epoch's order."""
        whole: Any = self.whole_batch
        rows = self.rows
        if order is not None:
            whole = _gathered(whole, order)
            rows = order if rows is None else rows[order]
        inputs, targets, weights = whole.inputs, whole.targets, whole.weights
        for start in range(0, limit, self.batch_size):
            stop = min(start + self.batch_size, limit)
            part = slice(start, stop)
            yield Batch(
                [A[part] for A in inputs],
                [None if A is None else A[part] for A in targets],
                [None if A is None else A[part] for A in weights],
                stop - start,
                part if rows is None else rows[part],
            )

    def _read(self, order, limit):
        """Yield batches that are read, converted and (in the first pass) checked one by one."""
        if self.rows is not None:
            order = self.rows if order is None else self.rows[order]
        check = not self.checked
        for start in range(0, limit, self.batch_size):
            stop = min(start + self.batch_size, limit)
            yield self.batch(slice(start, stop) if order is None else order[start:stop], stop - start, check)
        # Rows that a shorter epoch left out are still to be looked at.
        self.checked = self.checked or limit == self.n_rows

    def batch(self, rows, size, check) -> Batch:
        """Return the given rows, converted and, with `check`, looked at."""
        inputs = [A[rows] for A in self.inputs]
        targets = [None if A is None else A[rows] for A in self.targets]
        weights = [None if A is None else A[rows] for A in self.weights]
        return self.reader.batch(inputs, targets, weights, size, rows, check)


def _gathered(batch: Batch, order) -> Batch:
    def gather(arrays) -> list[Any]:
        return [None if A is None else A.take(order, axis=0) for A in arrays]

    return Batch(gather(batch.inputs), gather(batch.targets), gather(batch.weights), len(order), order)


def on_disk(A: np.ndarray) -> bool:
    """Tell whether an array's numbers lie in a memory-mapped file, itself or as a view of another array."""
    while isinstance(A, np.ndarray):
        if isinstance(A, np.memmap):
            return True
        A = A.base  # pyright: ignore[reportAssignmentType]
    return False


class StreamSource:
    """Batches out of a `Sequence`-like object (`len` and `[i]`) or an iterator.

    Parameters
    ----------
    stream : object
        Gives tuples `(x,)`, `(x, y)` or `(x, y, sample_weight)`, or x alone where there is nothing to compare with.
    reader : Reader
    steps : int, optional
        Batches an epoch; needed where the stream doesn't end by itself.
    """

    n_rows = None

    def __init__(self, stream, reader, steps=None):
        self.stream, self.reader, self.steps = stream, reader, steps
        self.indexed = is_indexed(stream)
        self.n_batches = min(steps or len(stream), len(stream)) if self.indexed else steps
        if self.indexed and len(stream) == 0:
            raise DataError("The sequence of batches is empty: its len() is 0.")

    def prepare(self) -> None:
        """Do nothing: a stream is read when its batch comes."""

    def epoch(self, order=None):
        """Yield the batches of one pass; for a sequence in the order of the given permutation of its batches."""
        if self.indexed:
            indices = range(self.n_batches or 0) if order is None else order[: self.n_batches]
            ahead = getattr(self.stream, "in_order", None)  # a source that reads ahead is told the order
            items = (self.stream[int(index)] for index in indices) if ahead is None else ahead(indices)
        else:
            items = iter(self.stream)  # an iterator gives itself, so that the next epoch goes on where this one ends
        number = -1
        for number, item in enumerate(itertools.islice(items, self.steps)):
            yield self.reader.item(item, number)
        if number < 0:
            raise DataError(
                "The generator gave no batch. A generator runs once: pass one that goes on for ever with "
                "steps_per_epoch, or an object whose iter() starts anew."
            )
        self.skip(1)

    def skip(self, epochs: int) -> None:
        """Tell a stream that draws a new order at the end of an epoch that so many have ended."""
        if hasattr(self.stream, "on_epoch_end"):
            for _ in range(epochs):
                self.stream.on_epoch_end()


def is_indexed(stream: Any) -> bool:
    """Tell a `Sequence`-like object, whose batches can be read in any order, from an iterator."""
    return hasattr(stream, "__getitem__") and hasattr(stream, "__len__")


def is_stream(x: Any) -> bool:
    """Tell a generator or a `Sequence`-like object of batches from data."""
    if isinstance(x, (np.ndarray, list, tuple, dict, range, str)):
        return False
    if any(hasattr(x, name) for name in ("__array__", "columns", "toarray")):  # arrays, data frames, sparse matrices
        return False
    return hasattr(x, "__iter__") or is_indexed(x)


def peeked(stream: Any) -> tuple[Any, Any]:
    """Return the first item of a stream, and a stream that still begins with it."""
    if is_indexed(stream):
        return (stream[0] if len(stream) else None), stream
    iterator = iter(stream)
    first = next(iterator, None)
    if iterator is not stream:
        return first, stream
    return first, itertools.chain([first] if first is not None else [], iterator)
