"""How a queue stands, in numbers."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chainrule.errors import ArgumentError

if TYPE_CHECKING:
    from chainrule.tasks.durable import DurableQueue
    from chainrule.tasks.task_queue import TaskQueue


@dataclass(frozen=True)
class Status:
    """What `chainrule.tasks.status` returns.

    Parameters
    ----------
    counts : dict of str to int
        How many tasks are in each state.
    oldest : float or None
        Seconds that the oldest waiting task has waited; None if none waits.
    workers : int
        Threads that are there, or workers that have been seen lately.
    dropped : int
        Tasks that gave way to newer ones.

    Examples
    --------
    >>> print(Status({"ready": 2, "running": 1, "done": 40}, 1.5, 1, 0))
    2 ready, 1 running, 40 done; oldest waiting 1.5 s; 1 worker; 0 dropped
    """

    counts: dict[str, int]
    oldest: float | None
    workers: int
    dropped: int

    def __str__(self) -> str:
        parts = [", ".join(f"{count} {state}" for state, count in self.counts.items() if count) or "no tasks"]
        if self.oldest is not None:
            parts.append(f"oldest waiting {self.oldest:.1f} s")
        parts.append(f"{self.workers} worker{'' if self.workers == 1 else 's'}")
        return "; ".join([*parts, f"{self.dropped} dropped"])


def status(where: TaskQueue | DurableQueue | str | os.PathLike[str]) -> Status:
    """Return how a queue stands: what waits, what has ended, who works on it.

    Use it from any program while others use the queue: it changes nothing, and makes no file.

    Parameters
    ----------
    where : TaskQueue, DurableQueue, str or path
        A queue, or the file of a durable one.

    Returns
    -------
    Status
        With `counts`, `oldest`, `workers` and `dropped`; printed, it is one line.

    Raises
    ------
    TasksFileError
        If there is no such file, or it is not one of tasks.
    ArgumentError
        If it is neither a queue nor a path.

    Examples
    --------
    >>> from chainrule.tasks import TaskQueue
    >>> print(status(TaskQueue()))
    no tasks; 0 workers; 0 dropped
    """
    from chainrule.tasks.threads import Threads

    if isinstance(where, Threads):
        return where._status()
    path: Any = where if isinstance(where, (str, os.PathLike)) else getattr(where, "path", None)
    if path is None:
        raise ArgumentError(f"status takes a queue, or the path of a file of tasks; received {where!r}.")
    return _status_of_file(path)


def _status_of_file(path: str | os.PathLike[str]) -> Status:
    from chainrule.tasks.finding import existing
    from chainrule.tasks.store import Store

    store = Store(existing(path))
    try:
        added = store.oldest_waiting()
        waited = None if added is None else max(0.0, time.time() - added)
        return Status(store.counts(), waited, len(store.workers()), store.dropped())
    finally:
        store.close()
