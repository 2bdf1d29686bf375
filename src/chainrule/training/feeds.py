"""From a source of batches to what the native core reads: whole arrays where they can stay where they are.

Arrays that were converted as a whole, and larger or memory-mapped ones whose numbers the core converts by itself row by
row, make one feed for all of an epoch. What has to be looked at first, or comes from a generator, comes in pieces.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule.engines.native import Feed
from chainrule.training.batches import WHOLE_BYTES, ArraySource, Batch, StreamSource, on_disk

#: A piece has about so many bytes (8 MiB), in whole batches.
PIECE_BYTES = 2**23


def feeds(source: ArraySource | StreamSource, order: np.ndarray | None = None) -> Iterator[Feed]:
    """Yield the feeds of one pass over a source, in the order of the given permutation of its rows (or batches)."""
    if isinstance(source, StreamSource):
        for batch in source.epoch(order):
            yield feed_of(batch)
        return
    source.prepare()
    limit = min(source.n_rows, source.n_batches * source.batch_size)
    if order is not None:
        order = order[:limit]
    if source.whole_batch is not None:
        whole, rows = source.whole_batch, source.rows
        if order is not None:
            rows = order if rows is None else rows[order]
        yield Feed(whole.inputs, whole.targets, whole.weights, order, limit, slice(0, limit) if rows is None else rows)
        return
    if source.rows is not None:
        order = source.rows[:limit] if order is None else source.rows[order]
    yield from _from_large(source, order, limit)


def feed_of(batch: Batch) -> Feed:
    """Return a batch as a feed."""
    return Feed(batch.inputs, batch.targets, batch.weights, None, batch.size, batch.rows)


def batch_of(feed: Feed, first: int, size: int, dtype: Any) -> Batch:
    """Return rows of a feed as a batch, for the reference engine."""
    part: Any = slice(first, first + size)
    places = part if feed.order is None else feed.order[part]

    def rows_of(arrays) -> list[Any]:
        return [None if A is None else A[places] for A in arrays]

    inputs = [A if A.dtype == np.int64 else np.asarray(A, dtype) for A in rows_of(feed.inputs)]
    rows = feed.rows[part] if isinstance(feed.rows, np.ndarray) else slice(feed.rows.start + first, None)
    return Batch(inputs, rows_of(feed.targets), rows_of(feed.weights), size, rows)


def _from_large(source: ArraySource, order: np.ndarray | None, limit: int) -> Iterator[Feed]:
    """Yield arrays that are read where they are, once they were looked at; until then pieces that are looked at."""
    check = not source.checked
    beside = None if check else _targets_and_weights(source)
    if beside is not None and all(_is_plain(A) for A in source.inputs):
        rows = slice(0, limit) if order is None else order
        yield Feed(source.inputs, *beside, order, limit, rows)
        return
    batches_a_piece = max(1, PIECE_BYTES // max(1, source.bytes_a_row * source.batch_size))
    size = batches_a_piece * source.batch_size
    for first in range(0, limit, size):
        last = min(first + size, limit)
        yield feed_of(source.batch(slice(first, last) if order is None else order[first:last], last - first, check))
    source.checked = source.checked or limit == source.n_rows


def _targets_and_weights(source: ArraySource) -> tuple[list[Any], list[Any]] | None:
    """Return all targets and weights, converted; None where they are too large to keep."""
    beside = [A for A in (*source.targets, *source.weights) if A is not None]
    n_rows = len(source.inputs[0])
    size = sum(A[:1].size for A in beside) * n_rows * source.reader.dtype.itemsize
    if size > WHOLE_BYTES or any(on_disk(A) for A in beside):
        return None
    return source.reader.targets_and_weights(source.targets, source.weights, n_rows)


def _is_plain(A: np.ndarray) -> bool:
    """Tell an array whose rows the core can read: plain numbers of this machine's byte order, side by side in a row."""
    if A.dtype.kind not in "fiub" or not A.dtype.isnative or A.dtype.itemsize > 8 or A.dtype == np.float16:
        return False
    return A[:1].flags.c_contiguous
