"""Work done ahead on threads: results come in the order of the items, and only so many are waiting at a time."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

#: What Pillow does between two calls of Python runs without the interpreter's lock; more threads than this wait for it.
MOST_WORKERS = 8
NAME = "chainrule-images"
_END = object()


def default_workers() -> int:
    """Return how many threads decode: one for each processor that this process may use, up to a bound."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST_WORKERS)


def map_ahead(work: Callable[[Any], Any], items: Iterable[Any], workers: int, ahead: int) -> Iterator[Any]:
    """Yield `work(item)` for each item, in order, with at most `ahead` of them begun and not yet yielded.

    An error is raised where its item's result would come. The threads end with the iterator: at its end, at an error,
    or when it is dropped. In a forked child, which has none of its parent's threads, it starts its own.

    Parameters
    ----------
    work : callable
    items : iterable
    workers : int
        How many threads; 0 for none.
    ahead : int

    Examples
    --------
    >>> list(map_ahead(lambda n: n * n, range(5), workers=2, ahead=3))
    [0, 1, 4, 9, 16]
    """
    if not workers:
        yield from map(work, items)
        return
    items, waiting = iter(items), deque[tuple[Any, Future]]()
    pool, owner = None, None
    try:
        while True:
            if pool is None or owner != os.getpid():
                pool, owner = ThreadPoolExecutor(workers, thread_name_prefix=NAME), os.getpid()
                waiting = deque((item, pool.submit(work, item)) for item, _ in waiting)
            while len(waiting) < ahead and (item := next(items, _END)) is not _END:
                waiting.append((item, pool.submit(work, item)))
            if not waiting:
                return
            yield waiting.popleft()[1].result()
    finally:
        if pool is not None and owner == os.getpid():
            pool.shutdown(wait=False, cancel_futures=True)
