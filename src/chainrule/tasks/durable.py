"""DurableQueue: tasks in a file, which outlive the program; `chainrule worker` runs them."""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

from chainrule.errors import ArgumentError, TaskError
from chainrule.tasks import putting
from chainrule.tasks.arguments import encode
from chainrule.tasks.checks import not_callable, whole_above_zero
from chainrule.tasks.durable_task import DurableTask, wait_until
from chainrule.tasks.naming import name_of
from chainrule.tasks.options import Options, take_options
from chainrule.tasks.rows import NewTask
from chainrule.tasks.states import READY, RUNNING
from chainrule.tasks.store import Store
from chainrule.tasks.task_writer import TaskWriter
from chainrule.tasks.written import Written

#: How often a task is begun at most.
ATTEMPTS = 3
_LARGEST = 2**63 - 1


class DurableQueue:
    """A queue in a file: a task that was accepted runs to its end, though the program or the worker dies.

    Use it where a task must not be lost, or keeps the interpreter busy so that a thread can't help; it starts no worker
    itself: `chainrule worker tasks.db --allow mytasks` runs the tasks, now or later. `TaskQueue("tasks.db")` makes it.
    A task may run twice, if its worker dies just at its end.

    Parameters
    ----------
    where : str or path
        The file, made where it isn't there. Arrays go into a folder beside it, `<where>.arrays`.
    num_workers : int, default 0
        Always 0: workers are programs of their own.
    max_waiting : int, default 1_000_000
        How many tasks of a queue may wait; then `policy` decides.

    Raises
    ------
    TasksFileError
        If the file can't be used: not ours, newer than this version, read-only, on a network file system.
    ArgumentError
        If another argument can't be used.

    Examples
    --------
    >>> import shutil, tempfile
    >>> with tempfile.TemporaryDirectory() as folder, DurableQueue(f"{folder}/tasks.db") as queue:
    ...     task = queue.add_task(shutil.copy, "loss.html", "copy.html")
    ...     state, waiting = task.state, queue.counts()["ready"]
    >>> state, waiting
    ('ready', 1)
    """

    def __init__(self, where: str | os.PathLike[str], num_workers: int = 0, max_waiting: int = 1_000_000):
        if num_workers:
            raise ArgumentError(
                f"The queue in {os.fspath(where)!r} starts no workers itself (num_workers={num_workers!r}); leave "
                f"num_workers out, and run: chainrule worker {os.fspath(where)} --allow MODULE"
            )
        whole_above_zero("max_waiting", max_waiting)
        self._store, self._told = Store(where), False
        putter = putting.Putter(self._store, max_waiting)
        self._put, self._writer = putter, TaskWriter(putter)
        putter.writer = self._writer
        # Runs at the latest before Python ends; it must not hold the queue itself, or the queue would live until then.
        self._finalizer = weakref.finalize(self, _close, self._writer, self._store)

    def add_task(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> DurableTask:
        """Add a task; it is on the disk when this returns.

        Parameters
        ----------
        function : callable
            Defined with `def` at the top of a module that the worker can import.
        *args, **kwargs
            Its arguments, which must be data: None, bool, int, float, str, bytes, list, tuple, dict, paths, dates and
            NumPy arrays. And options: `policy` ("block", "drop_oldest" or "raise", where no more may wait), `coalesce`
            (a key; a waiting task of that key is dropped for this one), `priority` (higher first), `delay` (seconds),
            `max_attempts` (3 by default), `timeout` (seconds that it may run), `queue` (a name), and `durable` (False
            returns before the task is on the disk; `flush` waits for it).

        Raises
        ------
        ArgumentError
            If the function can't be called or found by name, or an argument can't be carried: nothing was added then.
        QueueFull
            With `policy="raise"`, if as many tasks wait as may wait.
        TasksFileError
            If the file can't be written, as on a full disk: the task was not accepted then.
        """
        if not callable(function):
            raise not_callable(function)
        options = take_options(function, kwargs, durable=True)
        _check(options)
        task = NewTask(
            function=name_of(function),
            arguments=encode(args, kwargs, self._store.arrays_folder),
            queue=options.queue,
            key=options.coalesce,
            priority=options.priority,
            delay=options.delay,
            max_attempts=options.max_attempts or ATTEMPTS,
            timeout=options.timeout,
        )
        if not options.durable:
            return DurableTask(self, self._writer.hand(task, options.policy))
        return self._handle(self._put([task], options.policy)[0])

    def task(self, id: int) -> DurableTask:
        """Return the handle of a task by its id, as of another program.

        Raises
        ------
        TaskError
            If there is none.
        """
        return self._handle(self._store.get(id).id)

    def flush(self) -> None:
        """Wait until the tasks added with `durable=False` are on the disk.

        Raises
        ------
        TaskError
            If one could not be written.
        """
        self._writer.flush()

    def join(self, timeout: float | None = None) -> bool:
        """Wait until no task waits, is scheduled or runs, in any queue of the file; return whether that is so.

        Parameters
        ----------
        timeout : float, optional
            The most seconds to wait; by default as long as it takes. If no worker is seen for 3 seconds, a line of the
            log `chainrule.tasks` says how to start one.

        Raises
        ------
        TaskError
            If a task that a worker runs calls it without a timeout: it would wait for itself.
        """
        if timeout is None and putting.inside_worker():
            raise TaskError("A task can't wait for all tasks of its queue, since it is one of them; give a timeout.")
        self.flush()
        begun = time.monotonic()

        def is_empty() -> bool:
            counts = self._store.counts()
            empty = not counts[READY] and not counts[RUNNING]
            if not empty and not self._told and time.monotonic() - begun > putting.HINT_AFTER:
                self._told = not self._store.workers()
                if self._told:
                    logging.getLogger("chainrule.tasks").warning("%s", putting.how_to_start(self._store))
            return empty

        return wait_until(is_empty, timeout)

    def start_workers(self) -> None:
        """Start nothing: workers are programs of their own, `chainrule worker`. For programs written for threads."""

    def counts(self) -> dict[str, int]:
        """Return how many tasks are in each state."""
        return self._store.counts()

    @property
    def dropped(self) -> int:
        """How many tasks were dropped for newer ones since the file was made."""
        return self._store.dropped()

    @property
    def path(self) -> Path:
        """The file."""
        return self._store.path

    @property
    def store(self) -> Store:
        """The store below, for what the queue itself doesn't offer."""
        return self._store

    def close(self) -> None:
        """Write what is pending and close the file; tasks that wait stay in it."""
        self._finalizer()

    def __enter__(self) -> DurableQueue:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<DurableQueue {str(self._store.path)!r}>"

    def _handle(self, id: int) -> DurableTask:
        written = Written()
        written.come(id)
        return DurableTask(self, written)


def _check(options: Options) -> None:
    """Refuse what SQLite can't hold."""
    if not -_LARGEST <= options.priority <= _LARGEST or (options.max_attempts or 0) > _LARGEST:
        raise ArgumentError("priority and max_attempts are whole numbers below 2**63 in a durable queue.")
    for name, text in (("queue", options.queue), ("coalesce", options.coalesce)):
        if text is not None and not text.isprintable():
            raise ArgumentError(f"{name} is a text of printable characters; received {text!r}.")


def _close(writer: TaskWriter, store: Store) -> None:
    if writer.is_this_thread():  # Python clears up cycles in any thread, also in the midst of writing a task
        threading.Thread(target=_close, args=(writer, store), name="chainrule-task-closing").start()
        return
    writer.close()
    store.close()
