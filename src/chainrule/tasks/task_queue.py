"""The task queue: threads of this process, or a database that outlives it."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, overload

from chainrule.errors import ArgumentError
from chainrule.tasks.admission import Admission
from chainrule.tasks.checks import not_callable, whole_above_zero
from chainrule.tasks.options import RESERVED, take_options
from chainrule.tasks.task import Task

if TYPE_CHECKING:
    from chainrule.tasks.durable import DurableQueue


class TaskQueue(Admission):
    """Run functions beside the program: add a task, and go on at once.

    Use it for what would keep gradient descent waiting: writing figures and files, sending them somewhere. A thread
    helps where a task waits for a disk, a network or another program, or computes inside NumPy; a task that keeps the
    interpreter busy slows the program down as much as before, and belongs into a durable queue, whose worker is a
    process of its own.

    Threads are started by the first task. An exception in a task ends the task only: it is kept in its handle and in
    `failures`, and told once, with its traceback, through the logger "chainrule.tasks" (without any set-up: on standard
    error). When the program comes to its end, what was added is still run, delayed tasks too; Ctrl-C ends that wait.
    In a process that was forked the queue is empty, and starts threads of its own.

    Parameters
    ----------
    where : None, str or path, default None
        None: threads, in memory. A path such as "tasks.db": a `DurableQueue` in that file.
    num_workers : int, default 1
        Threads. Tasks of one thread run one after the other; more make sense if they wait, and may overtake each other.
    max_waiting : int, default 10_000
        How many tasks may wait; what then happens is said by a task's `policy`.

    Raises
    ------
    ArgumentError
        If an argument can't be used.

    Examples
    --------
    >>> queue = TaskQueue(num_workers=1)
    >>> tasks = [queue.add_task(pow, 2, n) for n in range(3)]
    >>> queue.join()
    True
    >>> [task.result for task in tasks]
    [1, 2, 4]
    """

    @overload
    def __new__(cls, where: None = None, *args: Any, **options: Any) -> TaskQueue: ...
    @overload
    def __new__(cls, where: str | os.PathLike[str], *args: Any, **options: Any) -> DurableQueue: ...
    def __new__(cls, where: Any = None, *args: Any, **options: Any) -> Any:
        """Return threads, or the durable form for a path."""
        if where is None:
            return super().__new__(cls)
        from chainrule.tasks.durable import DurableQueue

        return DurableQueue(_path(where), *args, **options)

    def __init__(self, where: None = None, num_workers: int = 1, max_waiting: int = 10_000):
        super().__init__(whole_above_zero("num_workers", num_workers), whole_above_zero("max_waiting", max_waiting))
        self._ids = itertools.count(1)

    def add_task(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Task:
        """Hand a function and its arguments to the threads, and return a handle at once.

        The arguments are not copied: what the program changes before the task has run, the task sees changed.

        Parameters
        ----------
        function : callable
            What to run.
        *args, **kwargs
            Its arguments. These keywords are the queue's own:

            policy : {"block", "drop_oldest", "raise"}, default "block"
                If `max_waiting` tasks wait: wait for room; drop the one that has waited longest in the line of the
                lowest priority; raise `QueueFull`. A task that adds tasks to its own queue is never blocked: it could
                wait for itself.
            coalesce : str, optional
                A key. If a task of this key still waits, the new one takes its place, and the old one is dropped.
            priority : int, default 0
                Higher first; among equals, in the order in which they were added.
            delay : float, default 0
                Seconds from now before which it does not start.
            max_attempts : int, default 1
                How often it is run until it does not raise, the second time after half a second, then after twice
                that, and so on.

        Returns
        -------
        Task
            Its handle: `id`, `state`, `result`, `exception`, `wait`, `cancel`.

        Raises
        ------
        ArgumentError
            If the function can't be called, an option can't be used, or is a parameter of the function too.
        QueueFull
            With policy "raise".
        TaskError
            If the queue was closed.

        Examples
        --------
        >>> queue = TaskQueue()
        >>> task = queue.add_task("loss {:.2f}".format, 0.125, priority=1)
        >>> task.wait(), task.result
        (True, 'loss 0.12')
        """
        if not RESERVED.isdisjoint(kwargs):
            return self._add_with_options(function, args, kwargs)
        if not callable(function):
            raise not_callable(function)
        task = Task(next(self._ids), self, function, args, kwargs, time.monotonic())
        # What most calls need stands here and not in functions: this is to cost a microsecond.
        with self._lock:
            backlog = self._backlog
            if backlog.size >= self.max_waiting or self._closed:
                self._put(task)
            else:
                if self._sleeping <= backlog.size and len(self._workers) < self.num_workers:
                    self._start_worker()
                backlog.size += 1  # first, for Ctrl-C may be heard when `append` has come back
                backlog.plain.append(task)
                if self._sleeping:
                    self._work.notify()
        return task

    def _add_with_options(self, function: Any, args: Any, kwargs: dict[str, Any]) -> Task:
        if not callable(function):
            raise not_callable(function)
        options = take_options(function, kwargs)
        task = Task(next(self._ids), self, function, args, kwargs, time.monotonic())
        task._options = options
        with self._lock:
            self._put(task)
        return task

    def start_workers(self) -> None:
        """Start all threads now; else the first tasks do, as they need them. It may be called again."""
        with self._lock:
            self._refuse_if_closed()
            while len(self._workers) < self.num_workers:
                self._start_worker()

    def join(self, timeout: float | None = None) -> bool:
        """Wait until everything that was added has ended, delayed tasks too, and return whether it has.

        Parameters
        ----------
        timeout : float, optional
            The most seconds to wait; by default as long as it takes. Ctrl-C ends the wait, not the tasks.

        Raises
        ------
        TaskError
            If a task of this queue calls it: it would wait for itself.
        """
        self._refuse_own_task("join")
        return self._wait_until_idle(timeout)

    def close(self) -> None:
        """Wait for everything that was added, and end the threads; nothing can be added any more.

        Raises
        ------
        TaskError
            If a task of this queue calls it: it would wait for itself.
        """
        self._refuse_own_task("close")
        workers = self._shut()
        self._wait_until_idle(None)
        for worker in workers:
            worker.join()

    def counts(self) -> dict[str, int]:
        """Return how many tasks are in each state, since the queue was made; dropped ones are among the cancelled.

        Examples
        --------
        >>> TaskQueue().counts()
        {'ready': 0, 'running': 0, 'done': 0, 'failed': 0, 'lost': 0, 'cancelled': 0}
        """
        return self._status().counts

    @property
    def dropped(self) -> int:
        """How many tasks gave way to newer ones: by policy "drop_oldest", or by their key."""
        return self._dropped

    @property
    def failures(self) -> list[Task]:
        """The last tasks that failed, oldest first: at most 100, so that a long run does not fill the memory."""
        return list(self._failures)

    def __enter__(self) -> TaskQueue:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        told = ", ".join(f"{count} {state}" for state, count in self.counts().items() if count)
        return f"<TaskQueue of {self.num_workers} thread{'s' * (self.num_workers > 1)}: {told or 'empty'}>"


def _path(where: Any) -> str | os.PathLike[str]:
    """Return the path of a durable queue, or refuse what is none."""
    if isinstance(where, str) and "://" in where:
        raise ArgumentError(
            f"where is None for threads, or the path of a file such as 'tasks.db'; received the address {where!r}: "
            "brokers for several machines are not part of this version."
        )
    if not isinstance(where, (str, os.PathLike)):
        hint = f" For {where} threads: TaskQueue(num_workers={where})." if type(where) is int else ""
        raise ArgumentError(f"where is None for threads, or the path of a database; received {where!r}.{hint}")
    return where
